import { compare } from "./compare.ts"

compare("transactions", 3000)
