/** Runs tshark over packets of ours and flattens what it says to name -> values. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BTH_BYTES, DETH_BYTES, GRH_BYTES, LRH_BYTES } from "../../impl/wire/index.ts"
import { PCAP_RECORD_BYTES, pcapHeader, pcapRecord, type Packet } from "../../impl/wire/pcap.ts"

/** Values of every field of one packet by tshark's name without `infiniband.`, in the order they occur. */
export type Dissection = ReadonlyMap<string, ReadonlyArray<string>>

const collect = (value: unknown, name: string, into: Map<string, Array<string>>): void => {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, name, into)
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) collect(inner, key, into)
  } else {
    const short = name.replace(/^infiniband\./, "")
    into.set(short, [...(into.get(short) ?? []), String(value)])
  }
}

/** The file of records as they are, so that a test may have changed their headers. */
const fileOf = (records: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat([pcapHeader(), ...records])

/** What tshark at `path` says of each packet. Throws when it fails or finds another number of packets. */
export const dissect = (path: string, records: ReadonlyArray<Uint8Array>): ReadonlyArray<Dissection> => {
  const directory = mkdtempSync(join(tmpdir(), "madmux-tshark-"))
  try {
    const file = join(directory, "packets.pcap")
    writeFileSync(file, fileOf(records))
    const json = execFileSync(path, ["-n", "-r", file, "-T", "json", "--no-duplicate-keys"], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
      // The preferences of whoever runs the test must not change the dissection.
      env: { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory }
    })
    const packets: unknown = JSON.parse(json)
    if (!Array.isArray(packets) || packets.length !== records.length) {
      throw new Error(`tshark did not find the ${records.length} packets written`)
    }
    return packets.map((packet) => {
      const fields = new Map<string, Array<string>>()
      collect(packet, "", fields)
      return fields
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A value of tshark's as a number of bits: decimal, hex, bytes with colons, or an IPv6 address. */
export const bitsOfText = (text: string, width: number): bigint => {
  const address = width === 128 && /^[0-9a-f:]*$/.test(text) && !/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/.test(text)
  if (!address) return BigInt(text.includes(":") ? `0x${text.replaceAll(":", "")}` : text)
  const [left = "", right] = text.split("::")
  const groups = (part: string): ReadonlyArray<string> => (part === "" ? [] : part.split(":"))
  const front = groups(left)
  const back = right === undefined ? [] : groups(right)
  const middle = Array.from({ length: 8 - front.length - back.length }, () => "0")
  return BigInt(`0x${[...front, ...middle, ...back].map((group) => group.padStart(4, "0")).join("")}`)
}

/** The pcap record of a packet, with the places of its headers and of the MAD inside it. */
export const placed = (packet: Packet) => {
  const record = pcapRecord(packet)
  const LRH = PCAP_RECORD_BYTES
  const GRH = LRH + LRH_BYTES
  const BTH = packet.grh === null ? GRH : GRH + GRH_BYTES
  const DETH = BTH + BTH_BYTES
  const MAD = DETH + DETH_BYTES
  return { record, places: { LRH, GRH, BTH, DETH, MAD } }
}
