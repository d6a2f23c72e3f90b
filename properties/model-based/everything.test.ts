import { compare } from "./compare.ts"

compare("everything", 4000)
