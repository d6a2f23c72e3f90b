import { compare } from "./compare.ts"

compare("multicast", 4000)
