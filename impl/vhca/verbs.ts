/** The gate between a function's driver and its QPs (spec/qp.md). */

/** What a driver asks. Keys that the verb does not use are null. */
export interface VerbRequest {
  readonly verb: "createQp" | "modifyQp" | "postSend" | "destroyQp"
  readonly type: "smi" | "gsi" | "ud" | "rc" | null
  readonly qpn: number | null
  readonly qkey: number | null
  /** Virtual. */
  readonly pkeyIndex: number | null
  readonly sgidIndex: number | null
  readonly vl: number | null
}

/** The answer: for createQp the QPN, for postSend the Q_Key that leaves. */
export interface VerbAnswer {
  readonly status: "ok" | "refused"
  readonly qpn: number | null
  readonly qkey: number | null
}
