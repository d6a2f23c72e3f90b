import { compare } from "./compare.ts"

compare("QPs, views, port events", 1400)
