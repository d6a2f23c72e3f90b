/** Wrong implementations of QPs and of the lives of functions. */
import type { Mutant } from "./mutant.ts"

const VERBS = "impl/vhca/verbs.ts"
const LIFE = "impl/mux/life-cycle.ts"
const QPS = "QPs, views, port events"

const qps: ReadonlyArray<Mutant> = [
  {
    name: "controlled-qkey-at-modify",
    title: "lets a function give a QP a controlled Q_Key by modify",
    source: "D-Q10",
    about: QPS,
    patch: {
      file: VERBS,
      find: "if (qkey !== null && (isProxy || this.#isDenied(qkey))) return REFUSED",
      replace: "if (qkey !== null && isProxy) return REFUSED"
    }
  },
  {
    name: "any-qp-is-modified",
    title: "lets a function modify QPs that are not its own",
    source: "D-Q1",
    about: QPS,
    patch: { file: VERBS, find: "if (!isProxy && qp === undefined) return REFUSED", replace: "" }
  },
  {
    name: "alternate-path-unchecked",
    title: "does not check the alternate path of a QP",
    source: "D-Q5",
    about: QPS,
    patch: {
      file: VERBS,
      find: "this.#isOwnPath(f, request) && (alternate === null || this.#isOwnPath(f, alternate))",
      replace: "(alternate === null || alternate !== null) && this.#isOwnPath(f, request)"
    }
  },
  {
    name: "bit-31-taken-as-it-is",
    title: "sends from an ordinary QP with a controlled Q_Key",
    source: "D-E6",
    about: QPS,
    patch: { file: VERBS, find: "qkey === null || isControlled(qkey) ? own : qkey", replace: "qkey ?? own" }
  },
  {
    name: "lost-pkey-still-used",
    title: "sends from a QP whose P_Key was taken away",
    source: "D-G9",
    about: QPS,
    patch: {
      file: VERBS,
      find: "if (qp !== undefined && this.#context.physicalPkeyIndex(f, qp.pkeyIndex) < 0) return REFUSED",
      replace: ""
    }
  },
  {
    name: "vl15-for-everybody",
    title: "puts a QP of a function on VL15",
    source: "plausible: R4 broken in the simplest way",
    about: QPS,
    patch: { file: VERBS, find: "return vl !== MANAGEMENT_VL && ", replace: "return vl !== -1 && " }
  },
  {
    name: "special-qp-is-an-ordinary-one",
    title: "gives a function that asks for a special QP an ordinary one",
    source: "plausible: R1 broken in the simplest way",
    about: QPS,
    patch: {
      file: VERBS,
      find: "return { ...OK, qpn: this.#context.proxyQpn(f, type === \"smi\" ? 0 : 1) }",
      replace: "return { ...OK, qpn: this.#qpns.take() }"
    }
  },
  {
    name: "pkey-index-of-a-qp-unchecked",
    title: "sets a QP to a P_Key index that is not in the function's table",
    source: "D-Q4",
    about: QPS,
    patch: { file: VERBS, find: "(pkeyIndex === null || this.#context.physicalPkeyIndex(f, pkeyIndex) >= 0) &&", replace: "" }
  },
  {
    name: "any-qpn-is-a-proxy",
    title: "ignores one bit of a QPN when it asks whose proxy it is",
    source: "D-Q8",
    about: QPS,
    patch: {
      file: VERBS,
      find: "qpn !== 0 && (qpn === this.#context.proxyQpn(f, 0) || qpn === this.#context.proxyQpn(f, 1))",
      replace: "qpn !== 0 && [0, 1].some((qp) => ((qpn ^ this.#context.proxyQpn(f, qp)) & ~4) === 0)"
    }
  }
]

const lives: ReadonlyArray<Mutant> = [
  {
    name: "tunnels-only-at-attach",
    title: "opens at its start the PF alone, and no VF that was attached before",
    source: "A32",
    about: "everything",
    patch: {
      file: LIFE,
      find: "if (functions.isWanted(f)) this.#open(f)",
      replace: "if (f === 0 && functions.isWanted(f)) this.#open(f)"
    }
  },
  {
    name: "transactions-outlive-their-function",
    title: "delivers to the next incarnation what the former one asked",
    source: "B8",
    about: "transactions",
    patch: { file: LIFE, find: "transactions.endFunction(f)", replace: "" }
  },
  {
    name: "requests-outlive-their-function",
    title: "lets the next incarnation answer what the former one was asked",
    source: "B8",
    about: "everything",
    patch: { file: LIFE, find: "inbound.endFunction(f)", replace: "" }
  },
  {
    name: "qps-outlive-their-function",
    title: "keeps the QPs of a function that ended",
    source: "B8",
    about: QPS,
    patch: { file: LIFE, find: "verbs.endFunction(f)", replace: "" }
  },
  {
    name: "posted-before-it-was-attached",
    title: "takes what was posted before the function was attached",
    source: "D-T4",
    about: "everything",
    patch: {
      file: LIFE,
      find: "this.#discard(f)\n    this.#parts.functions.open(f)",
      replace: "this.#parts.functions.open(f)"
    }
  },
  {
    name: "guids-given-back-first",
    title: "gives GUIDs back before the records that name them are deleted",
    source: "A24",
    about: "everything",
    patch: {
      file: "impl/mux/parts.ts",
      find: "[membership, subscriptions, serviceRecords, aliasGuids]",
      replace: "[aliasGuids, membership, subscriptions, serviceRecords]"
    }
  }
]

/** All of them. */
export const qpMutants: ReadonlyArray<Mutant> = [...qps, ...lives]
