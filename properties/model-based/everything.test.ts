import { compare } from "./compare.ts"

compare("everything", 3100)
