import { compare } from "./compare.ts"

compare("full rings", 1500)
