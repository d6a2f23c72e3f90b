import { compare } from "./compare.ts"

compare("multicast", 2900)
