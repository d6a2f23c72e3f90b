/** How a table of the package entry is compared with what tshark says of it. */
import { MGMT_CLASS, type Table } from "../../impl/wire/index.ts"

/** The place of a field in tshark's output: a name, or a name and which of its occurrences (0 = first). */
export type Place = string | readonly [name: string, occurrence: number]

/** Fields that tshark divides otherwise: the bits of `fields` one after the other are those of `places`. */
export interface Joined {
  readonly fields: ReadonlyArray<string>
  readonly places: ReadonlyArray<readonly [name: string, occurrence: number, width: number]>
}

/** How one table of the package entry is compared. */
export interface Case {
  /** Name of the table among the exports of the package entry. */
  readonly table: string
  /** Where the table begins, counted from the first byte of the MAD or, for a header, of that header. */
  readonly base: number
  /** Words of the MAD header that make tshark dissect the table. */
  readonly mad: { readonly mgmtClass: number; readonly attributeId: number; readonly rmppType?: number }
  /** tshark's name of a field, where it is not the prefix and the field's own name in lower case. */
  readonly places: Readonly<Record<string, Place>>
  /** Prefix of the names of all other fields; their own names follow in lower case. */
  readonly prefix: string
  /** Fields that tshark leaves out or dissects wrongly: with the reason. */
  readonly excluded: Readonly<Record<string, string>>
  /** Fields compared together; each stands in one of them at most. */
  readonly joined?: ReadonlyArray<Joined>
  /** Fields that keep the value a packet needs to be dissected at all; they are compared all the same. */
  readonly fixed?: ReadonlyArray<string>
}

/** A comparison: the fields on the left, what tshark shows of the same bits on the right. */
export interface Comparison extends Joined {
  readonly name: string
}

/**
 * What is compared of a table with these fields; reserved ones only where tshark has a name of their own for
 * them.
 */
export const comparisonsOf = (
  { excluded, joined = [], places, prefix }: Case,
  table: Table
): ReadonlyArray<Comparison> => {
  const together = new Set(joined.flatMap(({ fields }) => fields))
  const single = Object.entries(table).flatMap(([name, { width }]): ReadonlyArray<Comparison> => {
    const unnamed = name.startsWith("Reserved") && !(name in places)
    if (unnamed || name in excluded || together.has(name)) return []
    const place = places[name] ?? `${prefix}.${name.toLowerCase()}`
    const [shown, occurrence] = typeof place === "string" ? [place, 0] : place
    return [{ name, fields: [name], places: [[shown, occurrence, width]] }]
  })
  return [...single, ...joined.map((one) => ({ name: one.fields.join("+"), ...one }))]
}

/** The case of an SA attribute. */
export const sa = (table: string, attributeId: number, prefix: string, rest: Partial<Case> = {}): Case => ({
  table,
  base: 56,
  mad: { mgmtClass: MGMT_CLASS.SubnAdm, attributeId },
  prefix,
  places: {},
  excluded: {},
  ...rest
})

/** The case of an attribute of a LID-routed SMP. */
export const smp = (table: string, attributeId: number, prefix: string, rest: Partial<Case> = {}): Case => ({
  ...sa(table, attributeId, prefix, rest),
  base: 64,
  mad: { mgmtClass: MGMT_CLASS.SubnLIDRouted, attributeId }
})

/** The case of a table whose offsets count from the MAD, or from the header they describe. */
export const whole = (
  table: string,
  mgmtClass: number,
  attributeId: number,
  prefix: string,
  rest: Partial<Case>
): Case => ({
  ...sa(table, attributeId, prefix, rest),
  base: 0,
  mad: { mgmtClass, attributeId }
})

/** Why a field is excluded. */
export const notShown = "tshark shows no such field"
