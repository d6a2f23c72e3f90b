import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { decode, type DecodedMad } from "../../impl/wire/decode.ts"
import { nodeInfo, pKeyTable, portInfo, SMP_DATA_BYTES } from "../../impl/wire/index.ts"
import type { ExpectedCapture, ExpectedMad } from "./expected/exchange.ts"
import { multicast } from "./expected/multicast.ts"
import { records } from "./expected/records.ts"
import { smpAndCm } from "./expected/smp-and-cm.ts"

const directory = new URL("../captures/", import.meta.url)
const expected: Readonly<Record<string, ExpectedCapture>> = { ...multicast, ...records, ...smpAndCm }
/** Not MADs but answers of the simulator's control protocol: checked apart. */
const control = "ctl-replies"

const capture = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`${file}.json`, directory), "utf8"))

/** The value at a path like `packets.0.mad`. */
const lookUp = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>(
    (at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
    value
  )

const lengthOf = (file: unknown, path: string): number => {
  const place = path === "response_mad" ? "response.length" : path.replace(/mad$/, "length")
  const length = lookUp(file, place)
  return typeof length === "number" ? length : 256
}

/**
 * The bytes of a MAD: without the 32 bytes before it in a datagram, and without what lies past its length.
 */
const madBytes = (file: unknown, path: string): Uint8Array => {
  const bytes = Buffer.from(String(lookUp(file, path)), "hex")
  return path.endsWith("datagram") ? bytes.subarray(32) : bytes.subarray(0, lengthOf(file, path))
}

/** The text of a field: `Part/Name`, or `Name` where it occurs once. */
const textOf = (mad: DecodedMad, field: string): string => {
  const found = mad.fields.filter(({ name, part }) => `${part}/${name}` === field || name === field)
  const values = found.map(({ value }) => value)
  return values.length > 1 ? `ambiguous: ${values.join(", ")}` : values[0] ?? "absent"
}

const check = (bytes: Uint8Array, { name, ...fields }: ExpectedMad): void => {
  const mad = decode(bytes)
  if (!mad.ok) throw new Error(mad.error)
  const seen = Object.entries(fields).map(([field, value]) => {
    const text = textOf(mad, field)
    const isNumber = typeof value === "number" && text.startsWith("0x")
    return [field, isNumber ? Number(text) : text.replace(/^0x/, "")]
  })
  expect({ name: mad.name, ...Object.fromEntries(seen) }).toEqual({ name, ...fields })
}

/** Every place in a capture that holds a MAD; the datagram only where the MAD is not given by itself. */
const madPlaces = (value: unknown, path: string): ReadonlyArray<string> => {
  if (typeof value === "string") return /(mad|datagram)$/.test(path) ? [path] : []
  if (typeof value !== "object" || value === null) return []
  const hasMad = "request_mad" in value
  const entries = Object.entries(value).filter(([key]) => key !== "request_datagram" || !hasMad)
  return entries.flatMap(([key, inner]) => madPlaces(inner, path === "" ? key : `${path}.${key}`))
}

describe("the captured MADs of OpenSM", () => {
  it("all have an expectation, and no expectation lacks its capture [SQP-WIRE-4]", () => {
    const files = readdirSync(directory).map((file) => file.replace(/\.json$/, ""))
    expect([...Object.keys(expected), control].sort()).toEqual(files.sort())
  })

  it.each(Object.entries(expected))("%s decodes to what its name says [SQP-WIRE-4]", (file, mads) => {
    const contents = capture(file)
    expect(madPlaces(contents, "").toSorted()).toEqual(Object.keys(mads).toSorted())
    for (const [path, mad] of Object.entries(mads)) check(madBytes(contents, path), mad)
  })

  it("a wrong SM_Key brought no answer at all [SQP-WIRE-4]", () => {
    expect(capture("sa-get-classportinfo-badsmkey")).toMatchObject({ error: "mad timeout" })
  })

  it("the control answers of the simulator hold the attributes of the node Hca4 [SQP-WIRE-4]", () => {
    const contents = capture(control)
    const attribute = (name: string): DataView => {
      const bytes = new Uint8Array(Buffer.from(String(lookUp(contents, name)), "hex")).slice(16)
      expect(bytes.length).toBe(SMP_DATA_BYTES)
      return new DataView(bytes.buffer)
    }
    const node = attribute("GET_NODEINFO")
    expect(nodeInfo.NodeType.get(node, 0)).toBe(1)
    expect(nodeInfo.NodeGUID.hex(node, 0)).toBe("0000000000100006")
    expect(nodeInfo.PortGUID.getBig(node, 0)).toBe(0x100006n)
    expect(nodeInfo.PartitionCap.get(node, 0)).toBe(64)
    const port = attribute("GET_PORTINFO")
    expect(portInfo.LID.get(port, 0)).toBe(6)
    expect(portInfo.MasterSMLID.get(port, 0)).toBe(1)
    expect([portInfo.GidPrefix.high(port, 0), portInfo.GidPrefix.low(port, 0)]).toEqual([0xfe80_0000, 0])
    expect(portInfo.PortState.get(port, 0)).toBe(4)
    expect(portInfo.GUIDCap.get(port, 0)).toBe(32)
    const pKeys = attribute("GET_PKEYS")
    expect([pKeyTable.P_Key0.get(pKeys, 0), pKeyTable.P_Key0.get(pKeys, 2)]).toEqual([0xffff, 0])
  })
})
