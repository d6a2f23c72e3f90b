/** Hex text and bytes, for the cold side. */

/** The bytes of hex text; throws RangeError naming the text when it is not an even number of hex digits. */
export const hexToBytes = (hex: string): Uint8Array<ArrayBuffer> => {
  if (!/^([0-9a-f]{2})*$/i.test(hex)) throw new RangeError(`not an even number of hex digits: "${hex.slice(0, 40)}"`)
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

/** Lower-case hex text of bytes. */
export const bytesToHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
