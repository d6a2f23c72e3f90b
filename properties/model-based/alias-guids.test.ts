import { compare } from "./compare.ts"

compare("alias GUIDs", 500)
