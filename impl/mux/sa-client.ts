/** An area of the PF context that asks the SA on its own account, as the PF context sees it. */

/** What a port event means to those who told the SA something. */
export interface SaNews {
  /** The SM asked to reregister: the SA may have forgotten everything. */
  readonly reregister?: boolean
  /** Another LID is the SM's: its SA knows nothing. */
  readonly smChanged?: boolean
  /** The port has another LID: records that name it are of the former one. */
  readonly lidChanged?: boolean
  readonly linkUp?: boolean
}

/** One area. Nothing here throws; `nowMs` is the host's clock. */
export interface SaClient {
  /**
   * The LID to which the area sent the request with this wire TID (low 32 bits), outstanding or remembered; 0
   * when it has none.
   */
  sentTo(tid: number, nowMs: number): number
  /** Takes the SM's response at byte `mad` of the region to such a request; false: it is no answer to it. */
  answer(tid: number, mad: number, nowMs: number): boolean
  /** Does what is due: sends that wait for room, repetitions, giving up, forgetting. */
  poll(nowMs: number): void
  /** When `poll` is needed next, on the host's clock; Infinity for never. It may be earlier than needed. */
  nextDueMs(): number
  /** Function `f` ends: what it asked for goes. */
  endFunction(f: number): void
  /** A port event; after some the SA must be told again. */
  portEvent(news: SaNews): void
  /** P_Keys or GUIDs of functions, or the prefix, changed: what they may no longer have is taken back. */
  confine(): void
  /**
   * Takes everything back and forgets it, answers are not awaited (SQP-LIFE-3). False: the wire ring is full
   * or the TIDs are used up; call again when there is room. True: everything is released.
   */
  stop(): boolean
  /** True while a request is with the SA, or waits to be sent to it. */
  readonly isWithSa: boolean
  /** How many requests of function `f` are neither answered nor dropped yet. */
  waiting(f: number): number
  /** What the area holds, by table: for function `f`, or (null) in all and for nobody. Cold side. */
  held?(f: number | null): Readonly<Record<string, number>>
}
