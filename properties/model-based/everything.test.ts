import { compare } from "./compare.ts"

compare("everything", 5000)
