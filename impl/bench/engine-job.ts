/** What the engine suite tells its thread. */
import type { CopyKind } from "../ring/memory.ts"

/**
 * What is measured: requests of functions (found by their key), answers from the wire (found by their wire
 * TID), CM messages of functions (found by the guest's comm id), CM messages from the wire (found by the wire
 * comm id).
 */
export type Traffic = "egress" | "ingress" | "cm-egress" | "cm-ingress"

/** One measurement. */
export interface EngineBenchJob {
  readonly traffic: Traffic
  readonly copy: CopyKind
  /** Functions that send or receive, 1..254. */
  readonly functions: number
  /** Transactions or exchanges of each function; a power of two. */
  readonly perFunction: number
  /** MADs a poll. */
  readonly batch: number
  readonly warmup: number
  readonly count: number
  /** Of processor time, after setting up. */
  readonly deadlineMs: number
}
