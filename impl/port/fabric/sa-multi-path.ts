/** The GIDs of a MultiPathRecord (IBTA Vol 1, 15.2.5.20), which may go on over several segments. */

const SGID_COUNT_BYTE = 15
const DGID_COUNT_BYTE = 16
const GIDS_BYTE = 24
const GID_BYTES = 16

/** Sources and destinations, 32 hex digits each; what the data is too short for is left out. */
export const multiPathGids = (data: Uint8Array) => {
  const sources = data[SGID_COUNT_BYTE] ?? 0
  const count = sources + (data[DGID_COUNT_BYTE] ?? 0)
  const present = Math.min(count, Math.floor(Math.max(0, data.length - GIDS_BYTE) / GID_BYTES))
  const gids = Array.from({ length: present }, (_, i) =>
    Buffer.from(data.subarray(GIDS_BYTE + i * GID_BYTES, GIDS_BYTE + (i + 1) * GID_BYTES)).toString("hex")
  )
  return { sources: gids.slice(0, sources), destinations: gids.slice(sources) }
}

/** A MultiPathRecord with these GIDs and nothing else asked for. */
export const multiPathRecord = (sources: ReadonlyArray<string>, destinations: ReadonlyArray<string>): Uint8Array => {
  const gids = [...sources, ...destinations]
  const data = new Uint8Array(GIDS_BYTE + gids.length * GID_BYTES)
  data[SGID_COUNT_BYTE] = sources.length
  data[DGID_COUNT_BYTE] = destinations.length
  gids.forEach((gid, i) => data.set(Buffer.from(gid, "hex"), GIDS_BYTE + i * GID_BYTES))
  return data
}
