/** Wrong implementations of subscriptions, Reports and ServiceRecords. */
import type { Mutant } from "./mutant.ts"

const SUBSCRIPTIONS = "subscriptions"
const REPORTS = "impl/mux/reports.ts"
const RECORDS = "impl/mux/service-records.ts"

const subscriptions: ReadonlyArray<Mutant> = [
  {
    name: "unsubscribes-for-all",
    title: "ends a subscription at the SA while another function has it",
    source: "D-E7",
    about: SUBSCRIPTIONS,
    patch: {
      file: "impl/mux/subscriptions.ts",
      find:
        "if (known === undefined || !known.subscribers.delete(request.function)) {\n      " +
        "return this.#table.answer(request, SA_STATUS.ERR_REQ_INVALID)\n    }",
      replace:
        "if (known === undefined || !known.subscribers.delete(request.function)) {\n      " +
        "return this.#table.answer(request, SA_STATUS.ERR_REQ_INVALID)\n    }\n    " +
        "known.subscribers.clear()"
    }
  },
  {
    name: "refused-with-who-waits",
    title: "refuses a subscription to all who wait for it",
    source: "D-M10",
    about: SUBSCRIPTIONS,
    patch: {
      file: "impl/mux/subscriptions.ts",
      find: "else if (request !== null) this.#table.finish(request, status)",
      replace:
        "else if (request !== null) {\n        this.#table.finish(request, status)\n        " +
        "for (const other of subscription.waiting.splice(0)) this.#table.finish(other, status)\n      }"
    }
  },
  {
    name: "subscribes-another-qpn",
    title: "asks the SA to send Reports to QPN 0",
    source: "plausible: the request is passed on as it came",
    about: SUBSCRIPTIONS,
    patch: {
      file: "impl/mux/subscription-mads.ts",
      find: "informInfo.QPN.set(view, SA_DATA, GSI_QPN)",
      replace: "informInfo.QPN.set(view, SA_DATA, 0)"
    }
  },
  {
    name: "answers-to-reports-leave",
    title: "sends a function's answer to a Report that was answered already",
    source: "D-I8",
    about: SUBSCRIPTIONS,
    patch: {
      file: "impl/mux/egress.ts",
      find: "if (isReportResponse(f, mad, mgmtClass, method)) return DROP_REPORT_ANSWERED",
      replace: "if (isReportResponse(f, mad, mgmtClass, method)) return FORWARD"
    }
  },
  {
    name: "reports-to-the-pf-only",
    title: "hands a Report to the PF alone",
    source: "D-I8",
    about: SUBSCRIPTIONS,
    patch: {
      file: REPORTS,
      find: "if (!functions.isAttached(f) || !subscriptions.wants",
      replace: "if (f !== PF || !subscriptions.wants"
    }
  },
  {
    name: "reports-are-not-answered",
    title: "answers no Report",
    source: "D-I8",
    about: SUBSCRIPTIONS,
    patch: { file: REPORTS, find: "this.#respond(slot)\n      this.#hear(slot)", replace: "this.#hear(slot)" }
  },
  {
    name: "reports-handed-twice",
    title: "hands out each copy of a Report",
    source: "plausible: the SA repeats what it takes for lost",
    about: SUBSCRIPTIONS,
    patch: {
      file: REPORTS,
      find:
        "if (this.#taken.some((report) => !report.former && report.tid === tid)) return host.drop(null, " +
        "\"report-repeated\")",
      replace: ""
    }
  },
  {
    name: "reports-of-anybody",
    title: "takes a Report from any LID",
    source: "plausible: the source is not looked at",
    about: SUBSCRIPTIONS,
    patch: {
      file: REPORTS,
      find: "port.smLid === 0 || lidOf(words, slot) !== port.smLid || remoteQpnOf",
      replace: "remoteQpnOf"
    }
  },
  {
    name: "subscription-without-its-partition",
    title: "hands out a Report in a partition its function is not in",
    source: "plausible: a P_Key index of -1 becomes one",
    about: SUBSCRIPTIONS,
    patch: {
      file: REPORTS,
      find: "if (pkeyIndex === NO_INDEX) counters.ingressDropped(f, DROP_PKEY_MISMATCH)\n      else if",
      replace: "if"
    }
  },
  {
    name: "filter-of-the-trap-number-alone",
    title: "hands out a Report by its trap number, whatever its producer",
    source: "plausible: most filters name one trap",
    about: SUBSCRIPTIONS,
    patch: {
      file: "impl/mux/subscription.ts",
      find:
        "return same(\"Type\") && same(\"TrapNumber\") && same(\"ProducerType\") && " +
        "isAboutIssuer(inform, view, base)",
      replace: "return same(\"TrapNumber\")"
    }
  },
  {
    name: "no-subscription-after-reregister",
    title: "does not subscribe again after a reregister",
    source: "B28",
    about: SUBSCRIPTIONS,
    patch: {
      file: "impl/mux/subscriptions.ts",
      find: "subscription.again = subscription.subscribers.size > 0",
      replace: "subscription.again = false"
    }
  },
  {
    name: "subscriptions-outlive-their-function",
    title: "keeps the subscriptions of a function that ended",
    source: "D-T8",
    about: SUBSCRIPTIONS,
    patch: {
      file: "impl/mux/subscriptions.ts",
      find: "if (!concerns(subscription, f)) continue",
      replace: "if (concerns(subscription, f)) continue"
    }
  }
]

const services: ReadonlyArray<Mutant> = [
  {
    name: "service-record-of-any-gid",
    title: "lets a VF register a service at another's GID",
    source: "D-E7",
    about: "service records",
    patch: { file: RECORDS, find: "rid.slice(16, 48) === this.#host.gidOf(f) && ", replace: "" }
  },
  {
    name: "service-record-outlives-its-function",
    title: "leaves the ServiceRecords of a function that ended at the SA",
    source: "plausible: the next tenant inherits them",
    about: "service records",
    patch: {
      file: RECORDS,
      find: "for (const record of [...this.#of(f).registered.values()]) this.#takeBack(record)",
      replace: ""
    }
  },
  {
    name: "service-quota-off-by-one",
    title: "lets a function register one service more than its quota",
    source: "plausible: the classic one",
    about: "service records",
    patch: {
      file: RECORDS,
      find: "if (registered.size < services) return true",
      replace: "if (registered.size <= services) return true"
    }
  },
  {
    name: "deletion-sent-once",
    title: "does not repeat the deletion of a ServiceRecord",
    source: "plausible: an answer is always taken to come",
    about: "service records",
    patch: {
      file: RECORDS,
      find: "if (sends > this.#host.timing.saRetries) this.#forget(record)",
      replace: "if (sends > 0) this.#forget(record)"
    }
  }
]

/** All of them. */
export const subscriptionMutants: ReadonlyArray<Mutant> = [...subscriptions, ...services]
