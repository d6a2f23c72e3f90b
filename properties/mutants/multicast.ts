/** Wrong implementations of multicast membership. */
import type { Mutant } from "./mutant.ts"

const ABOUT = "multicast"
const MEMBERSHIP = "impl/mux/multicast.ts"
const GROUP = "impl/mux/multicast-group.ts"
const GROUPS = "impl/mux/multicast-groups.ts"
const REQUEST = "impl/mux/multicast-request.ts"

/** All of them. */
export const multicastMutants: ReadonlyArray<Mutant> = [
  {
    name: "send-only-full-member-is-never-left",
    title: "never leaves the bit of SendOnlyFullMember",
    source: "D-M1",
    about: ABOUT,
    patch: {
      file: GROUPS,
      find: "group.held & ~aggregateOf(group)",
      replace: "group.held & ~aggregateOf(group) & 7"
    }
  },
  {
    name: "join-state-of-three-bits",
    title: "reads three of the four JoinState bits",
    source: "A39",
    about: ABOUT,
    patch: {
      file: REQUEST,
      find: "joinState: mcMemberRecord.JoinState.get(record, 0),",
      replace: "joinState: mcMemberRecord.JoinState.get(record, 0) & 7,"
    }
  },
  {
    name: "join-of-no-bits",
    title: "accepts a join of JoinState 0",
    source: "D-M2",
    about: ABOUT,
    patch: { file: REQUEST, find: "  request.joinState !== 0 &&\n", replace: "" }
  },
  {
    name: "late-success-stays",
    title: "forgets a join that timed out, and leaves its late success at the SA",
    source: "D-M3",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "group.held |= former ? joinState & ~aggregateOf(group) : joinState",
      replace:
        "group.held |= request === null && kind === \"join\" ? 0 : former ? joinState & " +
        "~aggregateOf(group) : joinState"
    }
  },
  {
    name: "leave-given-up-forgets-all",
    title: "forgets every bit when a leave is given up",
    source: "D-M4",
    about: ABOUT,
    patch: {
      file: GROUPS,
      find: "transaction.sends > 0) unhold(group, transaction.joinState)",
      replace: "transaction.sends > 0) unhold(group, group.held)"
    }
  },
  {
    name: "leave-refused-stays",
    title: "keeps for held what the SA refused to take back",
    source: "D-M6",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "if (status === 0 || isSingle) return unhold(group, joinState)",
      replace: "if (status === 0) return unhold(group, joinState)"
    }
  },
  {
    name: "refusal-to-the-head-of-the-queue",
    title: "tells a refusal to who waits next",
    source: "D-M10",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "if (request !== null) this.#answers.conclude(request, status, own)",
      replace: "if (request !== null) this.#answers.conclude(own?.waiting[0] ?? request, status, own)"
    }
  },
  {
    name: "join-of-mgid-0-is-repeated",
    title: "sends a join of MGID 0 again, and each copy makes a group",
    source: "D-M11",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "transaction.mgid === MGID_ZERO ? 0 : this.#host.timing.saRetries",
      replace: "this.#host.timing.saRetries"
    }
  },
  {
    name: "quota-of-requests-off-by-one",
    title: "lets a function have one request more than its quota",
    source: "D-M16",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "if (this.waiting(f) >= this.#host.quotaOf(f).pending)",
      replace: "if (this.waiting(f) > this.#host.quotaOf(f).pending)"
    }
  },
  {
    name: "answers-without-a-grh",
    title: "answers without a GRH a request that had one",
    source: "D-M20",
    about: ABOUT,
    patch: {
      file: "impl/mux/sa-mads.ts",
      find: "grh: request.dgid === null ? null : answerGrh(request.dgid, ownGid)",
      replace: "grh: null"
    }
  },
  {
    name: "answers-without-path-bits",
    title: "answers without the path bits of the request",
    source: "D-M20",
    about: ABOUT,
    patch: { file: "impl/mux/sa-mads.ts", find: "pathBits: request.pathBits,", replace: "pathBits: 0," }
  },
  {
    name: "any-port-gid-joins",
    title: "lets a function join for another's PortGID",
    source: "D-M21",
    about: ABOUT,
    patch: {
      file: REQUEST,
      find: "request.portGid === host.gidOf(request.function)",
      replace: "request.portGid !== \"\""
    }
  },
  {
    name: "proxy-join-passes",
    title: "accepts ProxyJoin of a function",
    source: "D-M21",
    about: ABOUT,
    patch: {
      file: REQUEST,
      find:
        "if ((maskLow & MASK.ProxyJoin) !== 0 && mcMemberRecord.ProxyJoin.get(record, 0) !== 0) return " +
        "false",
      replace: ""
    }
  },
  {
    name: "leave-answered-with-get-resp",
    title: "answers a leave with GetResp",
    source: "D-M23",
    about: ABOUT,
    patch: {
      file: "impl/mux/multicast-answers.ts",
      find: "this.#answer(request, METHOD.DeleteResp,",
      replace: "this.#answer(request, METHOD.GetResp,"
    }
  },
  {
    name: "leave-of-an-unknown-group-is-silent",
    title: "does not answer the leave of a group it does not know",
    source: "D-M24",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "this.#answers.leave(request, isValid, group)",
      replace: "if (group !== undefined) this.#answers.leave(request, isValid, group)"
    }
  },
  {
    name: "table-shows-others",
    title: "shows a VF who else is in a group",
    source: "D-M25",
    about: ABOUT,
    patch: {
      file: "impl/mux/ingress.ts",
      find: "if (f !== PF && isMemberResponse(view, mad, mgmtClass)) hideOthers(view, delivered)",
      replace: ""
    }
  },
  {
    name: "sa-answers-of-anybody",
    title: "takes the answer of the SA from any LID",
    source: "D-M32",
    about: ABOUT,
    patch: {
      file: "impl/mux/sa-clients.ts",
      find: "slid === 0 || (slid !== found.sentTo && slid !== this.#host.smLid()) || sourceQpn !== 1",
      replace: "slid === 0 || sourceQpn !== 1"
    }
  },
  {
    name: "has-what-was-asked",
    title: "gives a function the bits it asked for when the SA granted fewer",
    source: "D-M34",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "this.#groups.admit(group, request, request.joinState & joinState)",
      replace: "this.#groups.admit(group, request, request.joinState)"
    }
  },
  {
    name: "sent-behind-its-horizon",
    title: "sends a request whose client gave up long ago",
    source: "D-M37",
    about: ABOUT,
    patch: {
      file: GROUPS,
      find: "if (nowMs - request.arrivedMs > this.#host.timing.horizon) {",
      replace: "if (nowMs - request.arrivedMs > 1e9) {"
    }
  },
  {
    name: "repetitions-are-served-twice",
    title: "takes each repetition of a join for one more",
    source: "D-M40",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "if (isAwaited(group, request)) return this.#host.drop(f, \"coalesced\")",
      replace: ""
    }
  },
  {
    name: "no-join-after-reregister",
    title: "does not join again after a reregister",
    source: "A37",
    about: ABOUT,
    patch: { file: GROUPS, find: "group.rejoin = group.members.size > 0", replace: "group.rejoin = false" }
  },
  {
    name: "not-renewed-and-kept",
    title: "keeps what functions do not join again after a reregister",
    source: "B20",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "for (const [f, { provisional }] of [...group.members]) removeBits(group, f, provisional)",
      replace: ""
    }
  },
  {
    name: "bits-outlive-their-function",
    title: "keeps the bits of a function that ended",
    source: "D-T8",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "if (!isIn(group, f)) continue",
      replace: "if (isIn(group, f)) continue"
    }
  },
  {
    name: "send-only-leave-takes-full-membership",
    title: "takes a function's whole membership at the leave of some of its bits",
    source: "C15",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find: "removeBits(group, f, request.joinState)",
      replace: "removeBits(group, f, 0xf)"
    }
  },
  {
    name: "leaves-what-others-have",
    title: "leaves bits of the group that another function has",
    source: "C15",
    about: ABOUT,
    patch: {
      file: GROUPS,
      find: "const excess = group.held & ~aggregateOf(group)",
      replace:
        "const excess = group.held === aggregateOf(group) || group.members.size === 0 ? group.held & " +
        "~aggregateOf(group) : group.held"
    }
  },
  {
    name: "covered-by-non-members",
    title: "answers a join itself though nobody keeps the group",
    source: "plausible: the SA may have deleted it",
    about: ABOUT,
    patch: {
      file: GROUP,
      find: "if ((sure & joinState) !== joinState || (sure & KEEPS_GROUP) === 0) return \"open\"",
      replace: "if ((sure & joinState) !== joinState) return \"open\""
    }
  },
  {
    name: "asks-the-sa-each-time",
    title: "asks the SA for what the aggregate has already",
    source: "plausible: R11 broken in the simplest way",
    about: ABOUT,
    patch: {
      file: GROUP,
      find: "if (mgid === MGID_ZERO || group.record === null) return \"open\"",
      replace: "if (mgid !== \"\" || group.record === null) return \"open\""
    }
  },
  {
    name: "pkey-of-a-group-unchecked",
    title: "lets a function into a group whose P_Key it does not have",
    source: "plausible: only the SA knew the P_Key at the join",
    about: ABOUT,
    patch: {
      file: REQUEST,
      find: "return (pkey & 0x7fff) === 0 || host.hasPKey(f, pkey)",
      replace: "return true"
    }
  },
  {
    name: "refused-and-answered-with-success",
    title: "answers a refused join with success",
    source: "plausible: the status is left out",
    about: ABOUT,
    patch: {
      file: "impl/mux/multicast-mads.ts",
      find:
        "const { bytes, view } = newMad(answer.method, request.tidHigh, request.tidLow)\n  " +
        "madHeader.Status.set(view, 0, answer.status)",
      replace: "const { bytes, view } = newMad(answer.method, request.tidHigh, request.tidLow)"
    }
  },
  {
    name: "groups-stay-at-stop",
    title: "stops without leaving its groups",
    source: "D-M28",
    about: ABOUT,
    patch: {
      file: MEMBERSHIP,
      find:
        "for (const f of functionsIn(group)) this.#groups.remove(group, f)\n      " +
        "this.#groups.giveUp(group, nowMs)\n      this.#groups.settle(group, nowMs)",
      replace: "for (const f of functionsIn(group)) this.#groups.remove(group, f)"
    }
  }
]
