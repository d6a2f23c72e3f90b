/** Wrong implementations of the communication management. */
import type { Mutant } from "./mutant.ts"

const ABOUT = "communication management"
const EGRESS = "impl/mux/cm-egress.ts"
const INGRESS = "impl/mux/cm-ingress.ts"
const TABLE = "impl/mux/cm-table.ts"

/** All of them. */
export const cmMutants: ReadonlyArray<Mutant> = [
  {
    name: "wire-id-for-every-req",
    title: "takes a repeated REQ for another exchange",
    source: "A1",
    about: ABOUT,
    patch: { file: EGRESS, find: "let exchange = ofRequest(", replace: "let exchange = 0 * ofRequest(" }
  },
  {
    name: "lingers-too-shortly",
    title: "forgets an exchange soon after its end",
    source: "A3",
    about: ABOUT,
    patch: {
      file: "impl/mux/cm-lives.ts",
      find: "[Math.max(1, midpoint(linger, lingerMax))]",
      replace: "[Math.max(1, linger >>> 3)]"
    }
  },
  {
    name: "released-id-at-once",
    title: "gives a released id to the next who needs one",
    source: "A4",
    about: "transactions",
    patch: {
      file: "impl/mux/wire-ids.ts",
      find: "words[at + ID] = 0\n    append(slot)",
      replace:
        "words[at + ID] = 0\n" +
        "    words[at + GENERATION] = ((words[at + GENERATION]! & ~CROSSED) - 1) & generationMask\n" +
        "    words[at + OWNER] = head\n    head = slot\n    if (tail === NO_SLOT) tail = slot"
    }
  },
  {
    name: "all-ones-is-an-id",
    title: "hands out the id of all ones",
    source: "B5",
    about: ABOUT,
    patch: {
      file: "impl/mux/wire-ids.ts",
      find: "const id = advance(at, slot, now)",
      replace: "const id = slot === 0 ? -1 : advance(at, slot, now)"
    }
  },
  {
    name: "mra-begins-nothing",
    title: "sends no wire id with the MRA that comes before a REP",
    source: "A6",
    about: ABOUT,
    patch: {
      file: EGRESS,
      find: "const begins = attribute === CM_ATTRIBUTE.REP || attribute === CM_ATTRIBUTE.MRA",
      replace: "const begins = attribute === CM_ATTRIBUTE.REP"
    }
  },
  {
    name: "rej-without-an-id-is-lost",
    title: "delivers no REJ that names no id",
    source: "A7",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "if (attribute === CM_ATTRIBUTE.REJ && remoteId === 0) return found(ofReject(slot, mad))",
      replace: ""
    }
  },
  {
    name: "end-repeated-is-not-new",
    title: "counts the life after an end from its first message",
    source: "A8",
    about: ABOUT,
    patch: {
      file: TABLE,
      find: "words[exchange + FLAGS]! |= LINGERING\n",
      replace: "if (is(exchange, LINGERING)) return\n    words[exchange + FLAGS]! |= LINGERING\n"
    }
  },
  {
    name: "guest-id-of-a-rej-leaves",
    title: "sends the guest's own id with a REJ",
    source: "A11",
    about: ABOUT,
    patch: {
      file: EGRESS,
      find: "view.setInt32(mad + LOCAL_ID_BYTE, named ? table.wireId(exchange) : 0)",
      replace:
        "if (attribute !== CM_ATTRIBUTE.REJ) " +
        "view.setInt32(mad + LOCAL_ID_BYTE, named ? table.wireId(exchange) : 0)"
    }
  },
  {
    name: "half-open-has-a-deadline",
    title: "forgets an exchange whose RTU was lost",
    source: "A12",
    about: ABOUT,
    patch: {
      file: TABLE,
      find: "words[exchange + FLAGS]! |= OPEN\n    deadlines.cancel(exchange)",
      replace: "words[exchange + FLAGS]! |= OPEN"
    }
  },
  {
    name: "unanswered-req-for-ever",
    title: "remembers for ever a REQ that nobody answers",
    source: "D-C4",
    about: ABOUT,
    patch: {
      file: TABLE,
      find: "if (!isOpening(exchange)) return\n    deadlines.extend(",
      replace: "if (!isOpening(exchange) || serviceMs === 0) return\n    deadlines.extend("
    }
  },
  {
    name: "sidr-for-ever",
    title: "remembers every SIDR exchange for ever",
    source: "D-C2",
    about: ABOUT,
    patch: {
      file: TABLE,
      find:
        "const rearmOpening = (exchange: number, serviceMs: number, now: number): void => {\n    " +
        "if (!isOpening(exchange))",
      replace:
        "const rearmOpening = (exchange: number, serviceMs: number, now: number): void => {\n" +
        "    if (!isOpening(exchange) || is(exchange, SIDR))"
    }
  },
  {
    name: "sidr-steered-by-private-data",
    title: "steers a SIDR_REQ by bytes of its private data",
    source: "D-C1",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "owner = named !== NOBODY ? named : services.functionOf(view, mad + SIDR_SERVICE_ID_BYTE)",
      replace:
        "owner = guids.resolve(view, mad + REQ_REMOTE_GID_BYTE)\n    " +
        "if (owner === NOBODY) return DROP_CM_UNKNOWN"
    }
  },
  {
    name: "rej-by-the-peers-id-alone",
    title: "steers a REJ without an id by the peer's id alone",
    source: "D-C6",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "best = table.better(best, table.ofCa(f, caHigh, caLow, peerId, now))",
      replace: "if (best === 0) best = table.firstOfPeer(f, peerId, false, now)"
    }
  },
  {
    name: "peer-is-not-compared",
    title: "lets anybody speak in an exchange",
    source: "D-C9",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "if (outcome === DELIVER) return isPeer(mad, attribute) ? DELIVER : DROP_CM_PEER",
      replace: "if (outcome === DELIVER) return DELIVER"
    }
  },
  {
    name: "ended-from-anywhere",
    title: "ends an exchange at a message from anywhere",
    source: "D-C9",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "else if (!ends || knows(exchange, slot)) changePhase",
      replace: "else changePhase"
    }
  },
  {
    name: "exchanges-outlive-their-function",
    title: "keeps the exchanges of a function that ended",
    source: "D-C10",
    about: ABOUT,
    patch: { file: "impl/mux/life-cycle.ts", find: "if (!hasSharedCm) cm.endFunction(f)", replace: "" }
  },
  {
    name: "unknown-gid-is-silent",
    title: "drops a REQ for an unknown GID without a REJ",
    source: "D-C15",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "if (f === NOBODY) return made.unknownGidReject(slot)",
      replace: "if (f === NOBODY) return DROP_CM_UNKNOWN"
    }
  },
  {
    name: "rej-of-another-reason",
    title: "refuses a REQ for an unknown GID by another reason than 12",
    source: "D-C15",
    about: ABOUT,
    patch: {
      file: "impl/mux/cm-made.ts",
      find: "view.setUint16(mad + REJ_REASON_BYTE, CM_REJ_REASON.PrimaryRemotePortGIDRejected)",
      replace: "view.setUint16(mad + REJ_REASON_BYTE, 28)"
    }
  },
  {
    name: "sidr-rep-with-the-wire-id",
    title: "delivers a SIDR_REP with the wire id",
    source: "D-C18",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find:
        "if (attribute === CM_ATTRIBUTE.SIDR_REP) view.setInt32(to + LOCAL_ID_BYTE, " +
        "table.guestId(exchange))\n    else if",
      replace: "if"
    }
  },
  {
    name: "rejs-without-a-limit",
    title: "answers every REQ for an unknown GID, however many there are",
    source: "plausible: a flood is answered by a flood",
    about: ABOUT,
    patch: {
      file: "impl/mux/cm-made.ts",
      find: "if (this.#rejSent && ((now - this.#rejAt) | 0) < this.#rejInterval) return DROP_CM_REJ_RATE",
      replace: ""
    }
  },
  {
    name: "grh-of-a-cm-message-is-not-compared",
    title: "does not compare the GRH of a CM message with what it names",
    source: "D-C20",
    about: ABOUT,
    patch: {
      file: "impl/mux/ingress.ts",
      find:
        "charged = f\n    if (outcome !== DELIVER) return outcome\n    " +
        "const refused = admit(f, named, qp, slot)",
      replace:
        "charged = f\n    if (outcome !== DELIVER) return outcome\n    " +
        "const refused = admit(f, NOBODY, qp, slot)"
    }
  },
  {
    name: "mra-extends-nothing",
    title: "does not wait for the time that an MRA asks for",
    source: "C8",
    about: ABOUT,
    patch: {
      file: "impl/mux/cm-lives.ts",
      find: "Math.max(retryMs + serviceMs, openingMin)",
      replace: "Math.max(retryMs, openingMin)"
    }
  },
  {
    name: "dreq-of-nobody-is-silent",
    title: "answers no DREQ that belongs to no exchange",
    source: "plausible: the peer repeats it until it gives up",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "return attribute === CM_ATTRIBUTE.DREQ ? made.disconnectReply(slot) : outcome",
      replace: "return outcome"
    }
  },
  {
    name: "rej-with-swapped-ids",
    title: "answers an unknown DREQ with its two ids not exchanged",
    source: "A2",
    about: ABOUT,
    patch: {
      file: "impl/mux/cm-made.ts",
      find: "view.setInt32(mad + LOCAL_ID_BYTE, view.getInt32(madOf(slot) + REMOTE_ID_BYTE))",
      replace: "view.setInt32(mad + LOCAL_ID_BYTE, view.getInt32(madOf(slot) + LOCAL_ID_BYTE))"
    }
  },
  {
    name: "guest-id-not-put-back",
    title: "delivers the wire id in the place of the guest's",
    source: "plausible: one way of the mapping is forgotten",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find:
        "else if (view.getInt32(mad + REMOTE_ID_BYTE) !== 0) view.setInt32(to + REMOTE_ID_BYTE, " +
        "table.guestId(exchange))",
      replace: ""
    }
  },
  {
    name: "tid-of-a-cm-answer-not-put-back",
    title: "delivers the wire TID with the answer to a CM message",
    source: "plausible: TIDs steer no CM, so nobody looks",
    about: ABOUT,
    patch: {
      file: INGRESS,
      find: "table.restoreTid(exchange, view.getInt32(mad + TID_BYTE + 4), view, to + TID_BYTE)",
      replace: ""
    }
  },
  {
    name: "rej-begins-an-exchange",
    title: "gives the REJ of a REQ that was not answered a wire id",
    source: "D-C17",
    about: ABOUT,
    patch: {
      file: EGRESS,
      find: "const begins = attribute === CM_ATTRIBUTE.REP || attribute === CM_ATTRIBUTE.MRA",
      replace: "const begins = attribute === CM_ATTRIBUTE.REP || attribute === CM_ATTRIBUTE.MRA || attribute === CM_ATTRIBUTE.REJ"
    }
  }
]
