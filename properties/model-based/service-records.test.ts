import { compare } from "./compare.ts"

compare("service records", 900)
