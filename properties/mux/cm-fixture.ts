/** CM messages for tests, by their IBTA names. */
import { type Bench, makeMad, type Message, OWN_LID, PEER_LID, type Seen, u32 } from "./fixture.ts"

export const CM = {
  REQ: 0x10, MRA: 0x11, REJ: 0x12, REP: 0x13, RTU: 0x14, DREQ: 0x15, DREP: 0x16, SIDR_REQ: 0x17, SIDR_REP: 0x18,
  LAP: 0x19, APR: 0x1a
} as const

export const PEER_CA = "00000000000b0001"

/** A message with two ids; the TID is 1 by default. */
export const message = (kind: keyof typeof CM, local: number, remote: number, tid = "0000000000000001"): Uint8Array =>
  makeMad({ class: 7, method: 3, attribute: CM[kind], tid }, { 24: { u32: local }, 28: { u32: remote }, 200: "c0ffee" })

/** What a REQ says beside its ids. */
export interface ReqFields {
  readonly tid?: string
  readonly caGuid?: string
  readonly gid?: string
  readonly localLid?: number
  readonly remoteLid?: number
  readonly retries?: number
  readonly timeout?: number
}

/** A REQ of local id `local`. */
export const req = (local: number, fields: ReqFields = {}): Uint8Array =>
  makeMad({ class: 7, method: 3, attribute: CM.REQ, tid: fields.tid ?? "0000000000000001" }, {
    24: { u32: local },
    40: fields.caGuid ?? PEER_CA,
    67: { u8: (fields.timeout ?? 0) << 3 },
    75: { u8: (fields.retries ?? 0) << 4 },
    76: { u16: fields.localLid ?? PEER_LID },
    78: { u16: fields.remoteLid ?? OWN_LID },
    96: fields.gid ?? "0".repeat(32)
  })

/** A REP; its CA GUID is the peer's by default. */
export const rep = (local: number, remote: number, tid = "0000000000000001", caGuid = PEER_CA): Uint8Array => {
  const mad = message("REP", local, remote, tid)
  mad.set(Buffer.from(caGuid, "hex"), 52)
  return mad
}

/** A REJ with an ARI that begins with `ari`. */
export const rej = (local: number, remote: number, ari = "0".repeat(16), tid = "0000000000000001"): Uint8Array => {
  const mad = message("REJ", local, remote, tid)
  mad.set(Buffer.from(ari, "hex"), 36)
  return mad
}

/** A SIDR_REQ or SIDR_REP. */
export const sidr = (kind: "SIDR_REQ" | "SIDR_REP", id: number, serviceId = "0".repeat(16), tid = "0000000000000001") =>
  makeMad({ class: 7, method: 3, attribute: CM[kind], tid }, { 24: { u32: id }, 32: serviceId })

export const localId = (mad: Uint8Array): number => u32(mad, 24)
export const remoteId = (mad: Uint8Array): number => u32(mad, 28)

/** To or from the usual peer. */
export const toPeer = (mad: Uint8Array): Message => ({ mad, lid: PEER_LID, remoteQpn: 1 })

/** Function `f` sends one message to the peer; what left. */
export const send = (bench: Bench, f: number, mad: Uint8Array, change: Partial<Message> = {}): Seen | undefined => {
  bench.send(f, 1, { ...toPeer(mad), ...change })
  return bench.wire()[0]
}
/** One message from the peer; what function `f` got. */
export const arrive = (bench: Bench, f: number, mad: Uint8Array, change: Partial<Message> = {}): Seen | undefined => {
  bench.arrive(1, { ...toPeer(mad), ...change })
  return bench.got(f)[0]
}
