import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  CM_ATTRIBUTE, CM_REJ_REASON, cmRej, decode, type DecodedMad, MAD_STATUS, madHeader, METHOD, methodByte,
  MGMT_CLASS, notice, RMPP_FLAG, RMPP_TYPE, rmppData, SA_ATTRIBUTE, SA_STATUS, saHeader, SMP_ATTRIBUTE,
  smpDirectedRoute, TRAP_NUMBER
} from "../../impl/wire/index.ts"
import { assertProperty } from "../run.ts"
import { readBits } from "./bits.ts"

const ARRAYS_PER_RUN = 100

/**
 * Small generator (mulberry32): one run of the property makes many arrays from one number that replays them.
 */
const generator = (start: number) => {
  let state = start >>> 0
  return (below: number): number => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const classes = [...Object.values(MGMT_CLASS), 0x30, 0x4f, 0x00, 0xff]
const attributes = [
  ...Object.values(SA_ATTRIBUTE),
  ...Object.values(SMP_ATTRIBUTE),
  ...Object.values(CM_ATTRIBUTE),
  0x00,
  0xffff
]

/** Any bytes; three times of four with a header that leads into one of the tables. */
const arbitraryBytes = (next: (below: number) => number): Uint8Array => {
  const length = next(3) === 0 ? 256 : next(601)
  const bytes = Uint8Array.from({ length }, () => next(256))
  if (next(4) === 0 || length < 36) return bytes
  const view = new DataView(bytes.buffer)
  madHeader.MgmtClass.set(view, 0, classes[next(classes.length)] ?? 0)
  madHeader.AttributeID.set(view, 0, attributes[next(attributes.length)] ?? 0)
  rmppData.RMPPType.set(view, 0, next(6))
  if (next(2) === 0) rmppData.PayloadLength.set(view, 0, next(400))
  if (length >= 62) {
    saHeader.AttributeOffset.set(view, 0, next(40))
    notice.IsGeneric.set(view, 56, 1)
    notice.TrapNumber.set(view, 56, next(200))
  }
  return bytes
}

/** What is wrong with a description, in words; the values are read again bit by bit when `values` says so. */
const faults = (bytes: Uint8Array, values: boolean): ReadonlyArray<string> => {
  const mad = decode(bytes)
  if (!mad.ok) return bytes.length < 24 && mad.error.includes(String(bytes.length)) ? [] : [mad.error]
  const owners = new Uint8Array(bytes.length * 8)
  const wrong = bytes.length === 256 || mad.problems.length > 0 ? [] : ["an odd length without a word"]
  for (const { bit, byte, name, part, value, width } of mad.fields) {
    for (let i = 0; i < width; i++) owners[byte * 8 + bit + i] = (owners[byte * 8 + bit + i] ?? 0) + 1
    if (!values) continue
    const seen = BigInt(value.startsWith("0x") ? value : `0x${value}`)
    const there = BigInt(`0b${readBits(bytes, 0, { byte, bit, width })}`)
    if (seen !== there) wrong.push(`${part}/${name} is not ${value}`)
  }
  const position = owners.findIndex((count) => count > 1 || (count === 0 && bytes.length >= 256))
  return position < 0 ? wrong : [...wrong, `${owners[position]} fields own ${position >> 3}[${position & 7}]`]
}

/** A MAD of 256 zeros but for what `fill` writes. */
const described = (fill: (view: DataView) => void): DecodedMad => {
  const bytes = new Uint8Array(256)
  fill(new DataView(bytes.buffer))
  const mad = decode(bytes)
  if (!mad.ok) throw new Error(mad.error)
  return mad
}

it.each([
  [0x03, 0x01, 0x0035, "SubnAdmGet(PathRecord)"],
  [0x03, 0x01, 0xe106, "SubnAdmGet(attribute 0xe106)"],
  [0x03, 0x67, 0x0035, "SubnAdm method 0x67 (PathRecord)"],
  [0x56, 0x01, 0xe106, "class 0x56 Get(attribute 0xe106)"],
  [0x56, 0xe7, 0xe106, "class 0x56 method 0xe7 (attribute 0xe106)"]
])("class %i, method %i and attribute %i are called by their names, or by what the number is of: %s [SQP-WIRE-3]", (mgmtClass, method, attribute, name) => {
  expect(described((view) => {
    madHeader.MgmtClass.set(view, 0, mgmtClass)
    methodByte.set(view, 0, method)
    madHeader.AttributeID.set(view, 0, attribute)
  }).name).toBe(name)
})

const partsOf = (mad: DecodedMad): ReadonlyArray<string> => [...new Set(mad.fields.map(({ part }) => part))]

describe("decode", () => {
  it("describes any bytes, no bit in two fields, and never throws [SQP-WIRE-3]", () => {
    assertProperty(fc.property(fc.integer(), (start) => {
      const next = generator(start)
      for (let i = 0; i < ARRAYS_PER_RUN; i++) {
        const bytes = arbitraryBytes(next)
        // Reading single bits is slow: the values of every tenth array.
        const wrong = faults(bytes, i % 10 === 0)
        if (wrong.length > 0) throw new Error(`${wrong.join("; ")} in ${Buffer.from(bytes).toString("hex")}`)
      }
    }), { numRuns: 220 })
  })

  it("says of fewer bytes than a MAD header that they are no MAD [SQP-WIRE-3]", () => {
    for (let length = 0; length < 24; length++) {
      expect(decode(new Uint8Array(length)))
        .toEqual({ ok: false, error: `${length} bytes are no MAD: its header alone has 24 bytes` })
    }
    expect(decode(new Uint8Array(24))).toMatchObject({ ok: true, name: "class 0x00 method 0x00 (attribute 0x0000)" })
  })

  it("names a length other than 256, leaves out what is cut and shows what is too much [SQP-WIRE-3]", () => {
    const short = decode(new Uint8Array(25))
    const problem = "25 bytes instead of 256: the fields past the end are left out"
    expect(short).toMatchObject({ problems: [problem] })
    expect(short.ok && short.fields.at(-1)).toMatchObject({ name: "Data", byte: 24, width: 8, value: "0x00" })
    const long = decode(new Uint8Array(300))
    const excess = "300 bytes instead of 256: what follows the MAD is shown as data"
    expect(long).toMatchObject({ problems: [excess] })
    expect(long.ok && long.fields.at(-1)).toMatchObject({ name: "Data", byte: 24, width: 276 * 8 })
    expect(decode(new Uint8Array(256))).toMatchObject({ problems: [] })
  })

  it("reads bytes at an offset of their buffer [SQP-WIRE-3]", () => {
    const buffer = new Uint8Array(300).fill(0xff)
    const bytes = buffer.subarray(7, 263)
    bytes.fill(0)
    bytes[1] = MGMT_CLASS.ComMgt
    expect(decode(bytes)).toMatchObject({ ok: true, class: "ComMgt" })
  })

  it("gives the names of class, method, attribute, status and reject reason [SQP-WIRE-3]", () => {
    const rej = described((view) => {
      madHeader.MgmtClass.set(view, 0, MGMT_CLASS.ComMgt)
      methodByte.set(view, 0, METHOD.Send)
      madHeader.AttributeID.set(view, 0, CM_ATTRIBUTE.REJ)
      cmRej.Reason.set(view, 0, CM_REJ_REASON.PrimaryRemotePortGIDRejected)
    })
    expect(rej).toMatchObject({ name: "ComMgtSend(REJ)", method: "Send", status: "Success" })
    const meanings = rej.fields.filter(({ meaning }) => meaning !== undefined)
    expect(meanings.map(({ meaning, name }) => [name, meaning])).toEqual([
      ["MgmtClass", "ComMgt"],
      ["Method", "Send"],
      ["Status", "Success"],
      ["AttributeID", "REJ"],
      ["Reason", "PrimaryRemotePortGIDRejected"]
    ])
    const refusal = described((view) => {
      madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnAdm)
      methodByte.set(view, 0, METHOD.DeleteResp)
      madHeader.AttributeID.set(view, 0, SA_ATTRIBUTE.MCMemberRecord)
      madHeader.Status.set(view, 0, SA_STATUS.ERR_REQ_INVALID | MAD_STATUS.InvalidField | MAD_STATUS.Busy)
    })
    expect(refusal).toMatchObject({
      name: "SubnAdmDeleteResp(MCMemberRecord)",
      status: "Busy+InvalidField+ERR_REQ_INVALID"
    })
  })

  it("keeps the direction bit of a directed-route SMP out of its status [SQP-WIRE-3]", () => {
    const smp = described((view) => {
      madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnDirectedRoute)
      methodByte.set(view, 0, METHOD.GetResp)
      madHeader.AttributeID.set(view, 0, SMP_ATTRIBUTE.P_KeyTable)
      smpDirectedRoute.D.set(view, 0, 1)
    })
    expect(smp).toMatchObject({ name: "SubnGetResp(P_KeyTable)", status: "Success" })
    expect(partsOf(smp)).toEqual(["directed-route SMP", "P_KeyTable"])
  })

  it("finds the whole records in the first segment of a table, by the attribute offset [SQP-WIRE-3]", () => {
    const table = (flags: number, type: number, payload: number) => described((view) => {
      madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnAdm)
      methodByte.set(view, 0, METHOD.GetTableResp)
      madHeader.AttributeID.set(view, 0, SA_ATTRIBUTE.MCMemberRecord)
      rmppData.RMPPType.set(view, 0, type)
      rmppData.RMPPFlags.set(view, 0, flags)
      rmppData.PayloadLength.set(view, 0, payload)
      saHeader.AttributeOffset.set(view, 0, 7)
    })
    const recordsOf = (mad: DecodedMad) => partsOf(mad).filter((part) => part.startsWith("MCMemberRecord"))
    const { Active, First, Last } = RMPP_FLAG
    const three = ["MCMemberRecord 1", "MCMemberRecord 2", "MCMemberRecord 3"]
    expect(recordsOf(table(Active | First | Last, RMPP_TYPE.DATA, 20 + 2 * 56))).toEqual(three.slice(0, 2))
    // The SA header counts in the payload; a record of 52 bytes stands every 56.
    expect(recordsOf(table(Active | First | Last, RMPP_TYPE.DATA, 20 + 56 + 51))).toEqual(three.slice(0, 1))
    expect(recordsOf(table(Active | First | Last, RMPP_TYPE.DATA, 20 + 56 + 52))).toEqual(three.slice(0, 2))
    expect(recordsOf(table(Active | First | Last, RMPP_TYPE.DATA, 20))).toEqual([])
    expect(recordsOf(table(Active | First, RMPP_TYPE.DATA, 5000))).toEqual(three)
    expect(recordsOf(table(Active, RMPP_TYPE.DATA, 0))).toEqual([])
    expect(recordsOf(table(Active, RMPP_TYPE.NONE, 0))).toEqual(three)
    expect(recordsOf(table(Active, RMPP_TYPE.ACK, 0))).toEqual([])
    expect(recordsOf(table(0, RMPP_TYPE.NONE, 0))).toEqual(["MCMemberRecord"])
  })

  it("shows the GID of traps 64 to 67 and the capability mask of trap 144 [SQP-WIRE-3]", () => {
    const report = (trap: number) => described((view) => {
      madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnAdm)
      madHeader.AttributeID.set(view, 0, SA_ATTRIBUTE.Notice)
      notice.IsGeneric.set(view, 56, 1)
      notice.TrapNumber.set(view, 56, trap)
    }).fields
    const place = (trap: number, field: string) => report(trap).find(({ name }) => name === field)?.byte
    for (const trap of [64, 65, 66, 67]) expect(place(trap, "GIDADDR")).toBe(56 + 16)
    expect(place(TRAP_NUMBER.LocalChanges, "CAPABILITYMASK")).toBe(56 + 16)
    expect(place(TRAP_NUMBER.LocalChanges, "GIDADDR")).toBeUndefined()
    expect(place(128, "DataDetails")).toBe(56 + 10)
  })
})
