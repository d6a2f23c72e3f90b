/** What the ports of an HCA share: CM exchanges with their ids, and QPNs. */
import { SharedRegion } from "../ring/memory.ts"
import { Qpns } from "../vhca/qpns.ts"
import { type CmLives, cmLives } from "./cm-lives.ts"
import { CM_RECORD } from "./cm-record.ts"
import { type CmTable, cmTableWords, makeCmTable } from "./cm-table.ts"
import type { MuxConfig } from "./config.ts"
import { systemRandom32 } from "./random.ts"
import { type IdHalf, keysOf, makeWireIds, type WireIds, wireIdsWords } from "./wire-ids.ts"

/** CM exchanges and the spaces of their ids. */
export interface CmParts {
  readonly cm: CmTable
  readonly commIds: WireIds
  readonly sidrIds: WireIds
}

/** The shared parts of an HCA. */
export interface HcaParts extends CmParts {
  readonly qpns: Qpns
  /** Where the ports draw their wire TIDs from, so that none is one of the CM's. */
  readonly tidsOfPorts: IdHalf
}

/** Where a PF context stands in an HCA of two ports. */
export interface HcaPlace {
  readonly hca: HcaParts
  readonly portIndex: 0 | 1
}

type CmConfig = Pick<MuxConfig, "functions" | "limits" | "timing">

/** Room for allocations that are rounded up. */
const ALIGNMENTS_WORDS = 16 * 32

/** Wire TIDs that the exchanges may hold at once. */
export const cmTids = ({ functions, limits }: CmConfig): number => functions * CM_RECORD.TID_KINDS * limits.cm

/** Words that the exchanges and their comm ids take from a region; their TIDs come on top. */
export const cmWords = ({ functions, limits }: CmConfig, lives: CmLives): number =>
  cmTableWords(functions, limits.cm, lives.livesMs.length) + 2 * wireIdsWords(functions * limits.cm)

/** The exchanges, in a region that has room for them; they take their wire TIDs from `tids`. */
export const buildCm = (
  region: SharedRegion, { functions, limits, timing }: CmConfig, lives: CmLives, tids: WireIds, random32: () => number
): CmParts => {
  const ids = (): WireIds => makeWireIds(region, { ids: functions * limits.cm, restMs: timing.rest, random32 })
  const [commIds, sidrIds] = [ids(), ids()]
  const cm = makeCmTable(region, {
    functions, perFunction: limits.cm, lives, tids, commIds, sidrIds, seed: random32() | 0
  })
  return { cm, commIds, sidrIds }
}

/** The shared parts for ports that are configured alike in what they share. */
export const buildHcaParts = (config: MuxConfig): HcaParts => {
  const random32 = config.random32 ?? systemRandom32()
  const lives = cmLives(config.timing)
  const region = SharedRegion.create(cmWords(config, lives) + wireIdsWords(cmTids(config)) + ALIGNMENTS_WORDS)
  const keys = keysOf(random32)
  const tids = makeWireIds(region, {
    ids: cmTids(config), restMs: config.timing.rest, random32, half: { keys, half: 1 }
  })
  const parts = buildCm(region, config, lives, tids, random32)
  return { ...parts, qpns: new Qpns(), tidsOfPorts: { keys, half: 0 } }
}
