import { compare } from "./compare.ts"

compare("subscriptions", 3000)
