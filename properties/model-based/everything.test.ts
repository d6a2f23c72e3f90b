import { compare } from "./compare.ts"

compare("everything", 6000)
