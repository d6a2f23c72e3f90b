/** Wrong implementations of what stands between functions and the SA: late, odd and missing answers. */
import type { Mutant } from "./mutant.ts"

const ABOUT = "multicast"
const MULTICAST = "impl/mux/multicast.ts"
const GROUPS = "impl/mux/multicast-groups.ts"
const TRANSACTIONS = "impl/mux/sa-transactions.ts"

const members: ReadonlyArray<Mutant> = [
  {
    name: "own-membership-is-not-told",
    title: "does not answer a function that asks for its own membership by Get",
    source: "D-E8",
    about: ABOUT,
    patch: {
      file: MULTICAST,
      find: "else this.#query(request, method === METHOD.GetTable)",
      replace: "else if (method === METHOD.GetTable) this.#query(request, true)"
    }
  },
  {
    name: "old-answer-stops-the-timer",
    title: "repeats nothing any more once an answer with an old TID came",
    source: "D-M7",
    about: ABOUT,
    patch: {
      file: TRANSACTIONS,
      find: "if (transaction === undefined || !transaction.givenUp || nowMs < transaction.dueMs) return transaction",
      replace:
        "if (transaction?.givenUp) for (const each of this.#byTid.values()) if (!each.givenUp) each.dueMs = Number.POSITIVE_INFINITY\n    " +
        "if (transaction === undefined || !transaction.givenUp || nowMs < transaction.dueMs) return transaction"
    }
  },
  {
    name: "refused-mgid-0-is-silent",
    title: "does not answer a join of MGID 0 that the SA refuses",
    source: "D-M12",
    about: ABOUT,
    patch: {
      file: MULTICAST,
      find: "if (request !== null) this.#answers.conclude(request, status, own)",
      replace: "if (request !== null && transaction.mgid !== MGID_ZERO) this.#answers.conclude(request, status, own)"
    }
  },
  {
    name: "mgid-0-outlives-its-function",
    title: "goes on with the joins of MGID 0 of a function that ended",
    source: "D-M14",
    about: ABOUT,
    patch: { file: MULTICAST, find: "if (!isIn(group, f)) continue", replace: "if (!isIn(group, f) || group.mgid === MGID_ZERO) continue" }
  },
  {
    name: "answers-with-p-key-index-0",
    title: "answers with P_Key index 0 whatever index the request had",
    source: "D-M18",
    about: "everything",
    patch: {
      file: "impl/mux/function-answers.ts",
      find: "const address = answerAddress(request, this.#host.smLid(), ownGid)",
      replace: "const address = answerAddress({ ...request, pkeyIndex: 0 }, this.#host.smLid(), ownGid)"
    }
  },
  {
    name: "deaf-while-it-joins-again",
    title: "drops the joins that come while it joins again after a reregister",
    source: "D-M26",
    about: ABOUT,
    patch: {
      file: MULTICAST,
      find: "if (this.#groups.exceedsQuota(request)) return this.#host.drop(f, \"group-quota\")",
      replace: "if (this.#groups.exceedsQuota(request) || this.#groups.get(request.mgid)?.rejoin) return this.#host.drop(f, \"group-quota\")"
    }
  },
  {
    name: "end-stops-the-transaction-of-another",
    title: "stops the request of another function when one ends",
    source: "D-M29",
    about: ABOUT,
    patch: {
      file: GROUPS,
      find: "if (transaction?.request?.function === f) {",
      replace: "if (transaction !== null && transaction.request?.function !== f) this.interrupt(group, 0)\n    if (transaction?.request?.function === f) {"
    }
  },
  {
    name: "left-is-what-the-sa-says",
    title: "takes the bits in a DeleteResp for those that remain",
    source: "D-M35",
    about: ABOUT,
    patch: {
      file: MULTICAST,
      find: "if (own !== undefined) this.#left(own, transaction.joinState, status, nowMs)",
      replace:
        "if (own !== undefined) this.#left(own, ~mcMemberRecord.JoinState.get(record, 0) & 15, status, nowMs)"
    }
  },
  {
    name: "lost-bits-are-not-told",
    title: "tells no function that the SA refused to have it again",
    source: "D-M38",
    about: ABOUT,
    patch: {
      file: GROUPS,
      find: "if (removeBits(group, f, ~held)) this.#host.tell(f, \"reregister\")",
      replace: "removeBits(group, f, ~held)"
    }
  }
]

const others: ReadonlyArray<Mutant> = [
  {
    name: "subscription-granted-too-early",
    title: "grants a subscription before the SA did",
    source: "plausible: the answer is a success in nearly all cases",
    about: "subscriptions",
    patch: {
      file: "impl/mux/subscriptions.ts",
      find: "subscription.waiting.push(request)\n    this.#answers.await(request)",
      replace: "subscription.waiting.push(request)\n    this.#answers.await(request)\n    this.#table.answer(request, 0)"
    }
  },
  {
    name: "guid-asked-before-its-release",
    title: "asks for a GUID for one function while the SA still holds it for another",
    source: "A43",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-sa.ts",
      find: "if (wanted !== NO_GUID && this.#aliases.isTaken(f, wanted)) return\n",
      replace: ""
    }
  },
  {
    name: "one-guid-for-two",
    title: "takes the same GUID of the administrator for two functions",
    source: "D-G6",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-alias.ts",
      find: "return other.admin !== guid && !keeps",
      replace: "return true"
    }
  },
  {
    name: "guid-answer-of-another-block",
    title: "takes an answer about another block of the GUID table",
    source: "B31",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-mads.ts",
      find: "const isAbout = guidInfoRecord.LID.get(view, record) === lid &&\n    guidInfoRecord.BlockNum.get(view, record) === blockOf(f)",
      replace: "const isAbout = guidInfoRecord.LID.get(view, record) === lid"
    }
  },
  {
    name: "guid-of-another-slot",
    title: "lets a VF name any slot, and takes it for its own",
    source: "D-E7",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-mads.ts",
      find: "saHeader.ComponentMask.low(view, mad) === (LID | BlockNum | GUID0) &&\n    ",
      replace: ""
    }
  }
]

/** All of them. */
export const saMutants: ReadonlyArray<Mutant> = [...members, ...others]
