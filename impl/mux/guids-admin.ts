/** Which admin GUIDs can be given at all (spec/guid.md, "Administration"). */
/** The longest GUID table: one slot for each of 255 functions. */
export const GUID_CAP_MAX = 255
/** The admin GUID by which the SA is asked to choose; as the GUID of a slot: none. */
export const NO_GUID = "0".repeat(16)
/** The GUID in the SA's well-known GID, which no function may have. */
export const SA_GUID = "0200000000000002"

/** GUID tables by slot: 16 hex digits each. */
export interface AdminGuids {
  /** What the slots hold at the start. */
  readonly guids: ReadonlyArray<string>
  readonly adminGuids: ReadonlyArray<string | null>
  readonly guidCap: number
  /** GUIDs of the functions on the other port of the HCA. */
  readonly otherPortGuids: ReadonlyArray<string>
}

/** The first admin GUID that cannot be given, and what it would have to be; null when all can. */
export const adminGuidsFault = (
  given: AdminGuids
): { readonly slot: number; readonly expected: string } | null => {
  const { guidCap } = given
  const small = (guid: string | null): string | null => guid?.toLowerCase() ?? null
  const adminGuids = given.adminGuids.map(small)
  const guids = given.guids.map(small)
  const others = given.otherPortGuids.map(small)
  for (const [slot, guid] of adminGuids.entries()) {
    if (guid === null) continue
    const fault = (expected: string) => ({ slot, expected })
    if (slot === 0) {
      if (guid === guids[0] || guid === NO_GUID) continue
      return fault("null, 0 or guids[0]: slot 0 is the port's own")
    }
    if (slot >= guidCap) return fault(`null: the GUID table has ${guidCap} slots`)
    if (guid === SA_GUID) return fault("no well-known GUID of the SA")
    const isElsewhere = (other: string | null | undefined, at: number) => at !== slot && other === guid
    if (guid !== NO_GUID && (adminGuids.some(isElsewhere) || guids.some(isElsewhere))) {
      return fault("a GUID that no other slot has")
    }
    if (guid !== NO_GUID && others.includes(guid)) return fault("a GUID that the other port of the HCA does not have")
  }
  return null
}
