import { compare } from "./compare.ts"

compare("everything", 4200)
