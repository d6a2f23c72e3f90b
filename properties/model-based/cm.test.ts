import { compare } from "./compare.ts"

compare("communication management", 2700)
