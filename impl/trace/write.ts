/** Writes a trace as JSON Lines. */
import { encodeLine, type Reply } from "./line.ts"

/** The text of a trace; every line ends with a newline. */
export const writeTrace = (lines: Iterable<Reply>): string => {
  let text = ""
  for (const line of lines) text += `${encodeLine(line)}\n`
  return text
}
