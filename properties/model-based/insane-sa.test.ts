import { compare } from "./compare.ts"

compare("an insane SA", 900)
