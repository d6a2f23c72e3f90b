import { describe, expect, it } from "vitest"
import {
  CM_APR, CM_LAP, CM_MRA, CM_SIDR_REP, CM_SIDR_REQ, type Field, type Table
} from "../../impl/wire/index.ts"

/** The messages no dissector of ours reads, as `byte[bit] width` counted from the CM data at MAD byte 24. */
const layouts: ReadonlyArray<readonly [name: string, table: Table, places: string]> = [
  ["MRA", CM_MRA, "0[0]32 4[0]32 8[0]2 9[0]5 10[0]1776"],
  ["SIDR_REQ", CM_SIDR_REQ, "0[0]32 4[0]16 8[0]64 16[0]1728"],
  ["SIDR_REP", CM_SIDR_REP, "0[0]32 4[0]8 5[0]8 8[0]24 12[0]64 20[0]32 24[0]576 96[0]1088"],
  [
    "LAP",
    CM_LAP,
    "0[0]32 4[0]32 12[0]24 15[0]5 20[0]16 22[0]16 24[0]128 40[0]128 56[0]20 59[0]8 60[0]8 61[2]6 62[0]4 " +
    "62[4]1 63[0]5 64[0]1344"
  ],
  ["APR", CM_APR, "0[0]32 4[0]32 8[0]8 9[0]8 12[0]576 84[0]1184"]
]

const placeOf = ({ bit, byte, width }: Field): string => `${byte - 24}[${bit}]${width}`

describe("the CM messages that tshark does not dissect", () => {
  it.each(layouts)("%s has the fields of the Linux structures [SQP-WIRE-4]", (_, table, places) => {
    const fields = Object.entries(table).filter(([name]) => !name.startsWith("Reserved"))
    expect(fields.map(([, field]) => placeOf(field)).join(" ")).toBe(places)
  })
})
