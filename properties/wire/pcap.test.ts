import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { packetBytes, pcapFile, type Packet } from "../../impl/wire/index.ts"

const mad = new Uint8Array(256).fill(0xa5)
const packet: Packet = {
  timestampMs: 1_700_000_000_250,
  sl: 3,
  slid: 5,
  dlid: 1,
  grh: null,
  pkey: 0xffff,
  destQp: 1,
  srcQp: 0x1234,
  qkey: 0x8001_0000,
  psn: 7,
  mad
}
const grh = {
  sgid: "fe800000000000000002c90000000001",
  dgid: "fe800000000000000002c90000000002",
  hopLimit: 0x40,
  flowLabel: 0xabcde,
  trafficClass: 0x5a
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

describe("a packet in a capture", () => {
  it("is LRH, BTH, DETH, MAD and two empty CRCs, bit by bit [SQP-WIRE-4]", () => {
    expect(hex(packetBytes(packet))).toBe([
      "00", "32", "0001", "0048", "0005", // VL 0; SL 3, LNH 2; DLID; 72 words; SLID
      "64", "00", "ffff", "00", "000001", "00", "000007", // UD SEND Only; P_Key; destination QP; PSN
      "80010000", "00", "001234", // Q_Key; source QP
      "a5".repeat(256),
      "00000000", "0000"
    ].join(""))
  })

  it("has a GRH between LRH and BTH when it is global [SQP-WIRE-4]", () => {
    const bytes = hex(packetBytes({ ...packet, grh }))
    // 82 words with the GRH; the payload of the GRH is all behind it but the VCRC: 12 + 8 + 256 + 4 bytes.
    expect(bytes.slice(0, 16)).toBe("0033000100520005")
    expect(bytes.slice(16, 96)).toBe(`65aabcde01181b40${grh.sgid}${grh.dgid}`)
    expect(bytes.slice(96)).toBe(hex(packetBytes(packet)).slice(16))
  })

  it("travels on VL15 when it goes to QP0 [SQP-WIRE-4]", () => {
    expect(packetBytes({ ...packet, destQp: 0 })[0]).toBe(0xf0)
  })

  it("pads a MAD of odd length to whole words and says so [SQP-WIRE-4]", () => {
    const bytes = packetBytes({ ...packet, mad: new Uint8Array([1, 2, 3, 4, 5]) })
    // 8 + 12 + 8 + 5 + 3 + 4 bytes are 10 words; PadCnt 3.
    expect(hex(bytes)).toBe(`003200010` + `00a000564` + `30ffff0000000100000007` + `8001000000001234` +
      `0102030405000000` + `000000000000`)
  })

  it("refuses a GID that is none [SQP-WIRE-4]", () => {
    expect(() => packetBytes({ ...packet, grh: { ...grh, dgid: "fe80::1" } })).toThrow(/32 hex digits/)
  })
})

describe("a capture file", () => {
  it("is a pcap header and an ERF record for each packet, with its time [SQP-WIRE-4]", () => {
    const inner = hex(packetBytes(packet))
    const record = [
      "6553f100", "0003d090", "00000132", "00000132", // seconds, microseconds, lengths 16 + 290
      "00000040", "00f15365", // the quarter of a second and the seconds, little-endian
      "15", "04", "0132", "0000", "0122", // INFINIBAND, varying length, 306, no loss, 290
      inner
    ].join("")
    const header = "a1b2c3d4" + "00020004" + "00000000" + "00000000" + "0000ffff" + "000000c5"
    expect(hex(pcapFile([packet, packet]))).toBe(header + record + record)
    expect(hex(pcapFile([]))).toBe(header)
  })

  it("keeps a captured MAD as it is [SQP-WIRE-4]", () => {
    const url = new URL("../captures/sa-mc-create.json", import.meta.url)
    const captured = String(JSON.parse(readFileSync(url, "utf8")).request_mad)
    const file = pcapFile([{ ...packet, mad: new Uint8Array(Buffer.from(captured, "hex")) }])
    expect(hex(file)).toContain(captured)
  })
})
