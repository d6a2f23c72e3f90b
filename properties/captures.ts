/** MADs captured between a raw ibsim client and a real OpenSM. */
import { readFileSync } from "node:fs"

/** The request MAD of a capture in hex, 512 digits. */
export const readCapture = (name: string): string => {
  const text = readFileSync(new URL(`./captures/${name}.json`, import.meta.url), "utf8")
  const capture: { readonly request_mad?: string } = JSON.parse(text)
  if (capture.request_mad === undefined) throw new Error(`capture ${name} has no request_mad`)
  return capture.request_mad
}
