/** What a captured exchange with OpenSM must decode to, in words a reader of the capture's name can check. */

/**
 * Values of fields by name, `Part/Name` where a name occurs twice: numbers up to 32 bits, hex text without
 * `0x` above.
 */
export type Fields = Readonly<Record<string, number | string>>
/** A MAD: its name as IBTA writes it, and its fields. */
export type ExpectedMad = Fields & { readonly name: string }
/** The MADs of a capture, by the place of their hex in the JSON: `response_mad`, `packets.0.mad`. */
export type ExpectedCapture = Readonly<Record<string, ExpectedMad>>

/** GIDs of the simulated fabric: a node's port, an alias of Hca3, Hca3's port under another prefix. */
export const gid = {
  hca1: "fe800000000000000000000000100001",
  hca2: "fe800000000000000000000000100003",
  hca3: "fe800000000000000000000000100005",
  switch1: "fe800000000000000000000000200000",
  alias: "fe800000000000000002c9aa00000001",
  unknown: "fe800000000000000000000000000abc",
  dead: "fe80000000000000000000000000dead",
  wrongPrefix: "fe800000000000010000000000100005"
} as const

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/**
 * ibsim writes its client number into bits 63..48 of a TID on the way to the SA; the answer brings it back.
 */
export const clientSlot = 0x0001_0000_0000_0000n

const responseOf: Readonly<Record<string, string>> = {
  Get: "GetResp",
  Set: "GetResp",
  Delete: "DeleteResp",
  GetTable: "GetTableResp",
  GetMulti: "GetMultiResp"
}

/** A request with its answer: `tid` as the client chose it, `mask` the ComponentMask of both. */
export const exchange = (
  method: string,
  attribute: string,
  tid: number,
  mask: number,
  request: Fields,
  response: Fields
): ExpectedCapture => ({
  request_mad: {
    name: `SubnAdm${method}(${attribute})`,
    TransactionID: hex(tid, 16),
    Status: 0,
    R: 0,
    AttributeOffset: 0,
    ComponentMask: hex(mask, 16),
    ...request
  },
  response_mad: {
    name: `SubnAdm${responseOf[method]}(${attribute})`,
    TransactionID: (BigInt(tid) | clientSlot).toString(16).padStart(16, "0"),
    Status: 0,
    R: 1,
    ComponentMask: hex(mask, 16),
    ...response
  }
})

/** Text of `lengthBytes` bytes as hex, zero-padded. */
export const text = (value: string, lengthBytes: number): string =>
  Buffer.from(value).toString("hex").padEnd(2 * lengthBytes, "0")
