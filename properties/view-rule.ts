/**
 * The bytes of a local query's answer beyond what the model compares [SQP-VIEW-1]: the physical attribute,
 * with the fields a function must see its own way. Offsets are those of NodeInfo and PortInfo (IBTA 14.2.5.3,
 * 14.2.5.6).
 */
import type { CompleteInit } from "../impl/trace/init.ts"
import type { Port } from "../model/state.ts"

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/** Hex text with the bytes from `at` replaced. */
const withBytes = (text: string, at: number, hex: string): string =>
  text.slice(0, 2 * at) + hex + text.slice(2 * at + hex.length)

const byteAt = (text: string, at: number): number => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)

const withBits = (text: string, at: number, mask: number, value: number): string =>
  withBytes(text, at, hexOf((byteAt(text, at) & ~mask) | (value & mask), 2))

/**
 * PortInfo as any function must see it, but for its port state: M_Key 0, and the current prefix, LID, LMC, SM
 * LID and SM SL.
 */
const portInfo = (physical: string, port: Port): string => {
  const blanked = withBytes(physical, 0, "0".repeat(16))
  const named = withBytes(
    withBytes(withBytes(blanked, 8, port.prefix), 16, hexOf(port.lid, 4)),
    18,
    hexOf(port.smLid ?? 0, 4)
  )
  return withBits(withBits(named, 34, 0x07, port.lmc), 36, 0x0f, port.smSl)
}

/**
 * What is wrong with the answer's bytes, in words; empty when nothing is. The model compares NodeGUID, GUIDs,
 * P_Keys and port state.
 */
export const viewViolations = (
  attribute: string,
  data: string,
  init: CompleteInit,
  port: Port
): ReadonlyArray<string> => {
  const differing = (expected: string, open: ReadonlyArray<number>): ReadonlyArray<string> =>
    Array.from({ length: 64 }, (_, i) => i)
      .filter((i) => !open.includes(i) && byteAt(expected, i) !== byteAt(data, i))
      .map(
        (i) =>
          `byte ${i} of ${attribute} must be 0x${hexOf(byteAt(expected, i), 2)}, got 0x${hexOf(byteAt(data, i), 2)}`
      )
  if (data.length !== 128) return [`${attribute} has ${data.length / 2} bytes, not 64`]
  switch (attribute) {
    case "NodeInfo":
      return differing(init.nodeInfo, [12, 13, 14, 15, 16, 17, 18, 19])
    case "PortInfo": {
      const state = byteAt(data, 32) & 0x0f
      return differing(withBits(portInfo(init.portInfo, port), 32, 0x0f, state), [])
    }
    case "GUIDInfo":
      return differing("0".repeat(128), [0, 1, 2, 3, 4, 5, 6, 7])
    default:
      return []
  }
}
