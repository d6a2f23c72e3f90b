/** What a CM message does to its exchange (spec/cm.md), whichever side sent it. */
import type { SharedRegion } from "../ring/memory.ts"
import * as attributes from "../wire/attributes.ts"
import * as cmFields from "./cm-fields.ts"
import type { CmTable } from "./cm-table.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { CM_ATTRIBUTE } = attributes
const { APR_STATUS_BYTE, LOCAL_ID_BYTE, REMOTE_ID_BYTE } = cmFields

/** Which alternate address of a LAP is that of the peer, as bytes of the MAD: its sender and its receiver differ. */
export interface LapPlace {
  readonly lidByte: number
  readonly gidByte: number
}

/** Changes the exchange as the message says whose MAD starts at byte `mad`. */
export type CmPhase = (exchange: number, attribute: number, mad: number, now: number) => void

/** The step of an exchange after any message with two ids but REP, or after SIDR_REP. A factory, see engine.ts. */
export const makeCmPhase = (region: SharedRegion, table: CmTable, lap: LapPlace): CmPhase => {
  const { view, words } = region
  const { gidByte, lidByte } = lap
  return (exchange, attribute, mad, now) => {
    switch (attribute) {
      case CM_ATTRIBUTE.MRA:
        return table.rearmOpening(exchange, table.lives.serviceOf(view, mad), now)
      case CM_ATTRIBUTE.LAP:
        table.propose(exchange, view.getUint16(mad + lidByte), table.gidAt(words, (mad + gidByte) >>> 2))
        return table.establish(exchange)
      case CM_ATTRIBUTE.APR:
        table.settle(exchange, view.getUint8(mad + APR_STATUS_BYTE) === 0)
        return table.establish(exchange)
      case CM_ATTRIBUTE.RTU:
        return table.establish(exchange)
      case CM_ATTRIBUTE.REJ:
        return table.reject(exchange, view.getInt32(mad + LOCAL_ID_BYTE), view.getInt32(mad + REMOTE_ID_BYTE), now)
      default:
        return table.linger(exchange, now)
    }
  }
}
