import { compare } from "./compare.ts"

compare("subscriptions", 2700)
