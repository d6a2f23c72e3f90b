/** The oldest Node.js that the command runs on; the same as `engines` of package.json. */
const OLDEST = [22, 19] as const

/** What to say where the runtime is too old for the command; null where it is not. `version` is like "22.19.0". */
export const tooOld = (version: string): string | null => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return isOld ? `madmux: needs Node.js ${OLDEST.join(".")} or newer, and this is ${version}` : null
}
