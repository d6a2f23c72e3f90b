/** What an administrator may say about classes and SA attributes (spec/classes.md), and the check of it. */
import { checkList, checkObject, checkOneOf, inputError } from "../input/check.ts"

/** How much VFs may use: nothing, Get forms, every request. */
export type Allowance = "none" | "get" | "all"

/** What the administrator allows instead of the default; what is not listed has the default. */
export interface PolicyLists {
  readonly classes: ReadonlyArray<{ readonly mgmtClass: number; readonly allow: Allowance }>
  readonly saAttributes: ReadonlyArray<{ readonly attributeId: number; readonly allow: Allowance }>
}

/** Nothing listed: the default of spec/classes.md. */
export const DEFAULT_POLICY: PolicyLists = { classes: [], saAttributes: [] }

/** Classes that no list may name: SMPs (R7), the SA with its own list, the CM. */
export const UNLISTED: ReadonlyArray<number> = [0x01, 0x03, 0x07, 0x81]
/** Attributes that no list may name: MCMemberRecord, because who joined must be able to leave. */
export const UNLISTED_ATTRIBUTES: ReadonlyArray<number> = [0x38]

const ALLOWANCES: ReadonlyArray<string> = ["none", "get", "all"] satisfies ReadonlyArray<Allowance>
const CLASSES = 0x100
const ATTRIBUTES = 0x1_0000

/** Checks a list whose entries name a number below `numbers` under `key`, none of `unlisted`. */
const checkListed = (
  name: string, listed: ReadonlyArray<object>, key: "mgmtClass" | "attributeId", numbers: number,
  unlisted: ReadonlyArray<number>
): void => {
  checkList(name, listed, numbers)
  listed.forEach((entry: { readonly allow?: unknown; readonly mgmtClass?: unknown; readonly attributeId?: unknown }, i) => {
    checkObject(`${name}[${i}]`, entry)
    const value = entry[key]
    const isNumber = typeof value === "number" && Number.isInteger(value) && value >= 0 && value < numbers
    if (!isNumber || unlisted.includes(value)) {
      throw inputError(`${name}[${i}].${key}`, `in 0..${numbers - 1} and none of ${unlisted.join(", ")}`, value)
    }
    checkOneOf(`${name}[${i}].allow`, entry.allow, ALLOWANCES)
  })
}

/** Throws an InputError unless the lists name classes (0..255) and attributes (16 bits), and none of the unlisted. */
export const checkPolicy = ({ classes, saAttributes }: PolicyLists): void => {
  checkListed("policy.classes", classes, "mgmtClass", CLASSES, UNLISTED)
  checkListed("policy.saAttributes", saAttributes, "attributeId", ATTRIBUTES, UNLISTED_ATTRIBUTES)
}
