/** What an administrator may say about classes and SA attributes (spec/classes.md), and the check of it. */

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

/** Throws a RangeError unless the lists name classes (0..255) and attributes (16 bits), and none of the unlisted. */
export const checkPolicy = ({ classes, saAttributes }: PolicyLists): void => {
  classes.forEach(({ mgmtClass }, i) => {
    const isClass = Number.isInteger(mgmtClass) && mgmtClass >= 0 && mgmtClass <= 0xff
    if (isClass && !UNLISTED.includes(mgmtClass)) return
    throw new RangeError(`policy.classes[${i}].mgmtClass must be in 0..255 and none of ${UNLISTED}, got ${mgmtClass}`)
  })
  saAttributes.forEach(({ attributeId }, i) => {
    const isAttribute = Number.isInteger(attributeId) && attributeId >= 0 && attributeId <= 0xffff
    if (isAttribute && !UNLISTED_ATTRIBUTES.includes(attributeId)) return
    throw new RangeError(
      `policy.saAttributes[${i}].attributeId must be in 0..65535 and not ${UNLISTED_ATTRIBUTES}, got ${attributeId}`
    )
  })
}
