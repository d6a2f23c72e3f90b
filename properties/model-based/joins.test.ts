import { compare } from "./compare.ts"

compare("joins and leaves", 400)
