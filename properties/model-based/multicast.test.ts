import { compare } from "./compare.ts"

compare("multicast", 3200)
