import { compare } from "./compare.ts"

compare("transactions", 2800)
