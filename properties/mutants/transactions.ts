/** Wrong implementations of transactions, of what a VF may ask, and of what steers a MAD from the wire. */
import type { Mutant } from "./mutant.ts"

const EGRESS = "impl/mux/egress.ts"
const INGRESS = "impl/mux/ingress.ts"
const TRANSACTIONS = "impl/mux/transactions.ts"
const POLICY = "impl/mux/policy.ts"

/** Wrong in what a function sends. */
const egress: ReadonlyArray<Mutant> = [
  {
    name: "uppermost-tid-byte-cut",
    title: "gives the uppermost byte of a guest TID back as 0",
    source: "D-E1",
    about: "transactions",
    patch: {
      file: TRANSACTIONS,
      find: "view.setInt32(mad + TID_BYTE, words[record + TID_HIGH]!)",
      replace: "view.setInt32(mad + TID_BYTE, words[record + TID_HIGH]! & 0xff_ffff)"
    }
  },
  {
    name: "retransmission-with-another-wire-tid",
    title: "draws a wire TID for every copy of a request",
    source: "C5",
    about: "transactions",
    patch: { file: TRANSACTIONS, find: "let record = seek(", replace: "let record = 0 * seek(" }
  },
  {
    name: "wire-tid-of-64-bits",
    title: "lets the upper half of the guest TID leave",
    source: "plausible: kernels and simulators rewrite the upper half",
    about: "transactions",
    patch: {
      file: EGRESS,
      find: "view.setInt32(mad + TID_BYTE, 0)",
      replace: "view.setInt32(mad + TID_BYTE, view.getInt32(mad + TID_BYTE))"
    }
  },
  {
    name: "pkey-index-of-the-guest-leaves",
    title: "takes a virtual P_Key index for a physical one",
    source: "A14",
    about: "everything",
    patch: {
      file: "impl/mux/pkeys.ts",
      find: "virtual < PKEYS_MAX ? physicalOf[f * PKEYS_MAX + virtual]! : NONE",
      replace: "virtual < PKEYS_MAX ? virtual : NONE"
    }
  },
  {
    name: "pkey-index-unchecked",
    title: "sends with a P_Key index that is not in the function's table",
    source: "D-E2",
    about: "everything",
    patch: { file: EGRESS, find: "if (pkeyIndex === NO_INDEX) return DROP_PKEY_INDEX", replace: "" }
  },
  {
    name: "responses-leave-unchecked",
    title: "sends a response that answers nothing",
    source: "D-E4",
    about: "everything",
    patch: {
      file: EGRESS,
      find: "if (request === 0) return DROP_RESPONSE_UNDELIVERED",
      replace: "if (request === 0) return FORWARD"
    }
  },
  {
    name: "answers-for-another-function",
    title: "lets a function answer what another was asked",
    source: "D-E4",
    about: "everything",
    patch: {
      file: "impl/mux/inbound.ts",
      find:
        "while (record !== 0 && functionOf(record) !== f) record = seek(record, qp, mgmtClass, slot, " +
        "mad, now)",
      replace: ""
    }
  },
  {
    name: "any-class-leaves-on-qp0",
    title: "sends any class on QP0",
    source: "D-E5",
    about: "everything",
    patch: {
      file: EGRESS,
      find: "if (smp === (qp === 1)) return DROP_CLASS_QP",
      replace: "if (smp && qp === 1) return DROP_CLASS_QP"
    }
  },
  {
    name: "smp-of-a-vf-leaves",
    title: "sends the SMP of a VF",
    source: "A35",
    about: "everything",
    patch: {
      file: EGRESS,
      find: "if (smp && f !== PF) return DROP_SMP_FROM_VF",
      replace: "if (smp && f !== PF && qp === 1) return DROP_SMP_FROM_VF"
    }
  },
  {
    name: "any-destination-qpn",
    title: "sends to any QPN that a function writes",
    source: "D-E6",
    about: "transactions",
    patch: { file: EGRESS, find: "if (place === 0) return DROP_REMOTE_QPN", replace: "" }
  },
  {
    name: "qkey-of-the-guest-leaves",
    title: "sends bit 31 of a Q_Key as it is",
    source: "D-E6",
    about: "everything",
    patch: {
      file: EGRESS,
      find: "if (words[slot + SLOT_QKEY]! < 0) words[slot + SLOT_QKEY] = WELL_KNOWN_Q_KEY | 0",
      replace: ""
    }
  },
  {
    name: "sm-key-leaves",
    title: "sends the SM_Key of a VF to the SA",
    source: "D-M22",
    about: "everything",
    patch: {
      file: EGRESS,
      find: "if (saOfVf) {\n      view.setInt32",
      replace: "if (saOfVf && isControl) {\n      view.setInt32"
    }
  },
  {
    name: "sa-request-to-anybody",
    title: "sends an SA request of a VF to any LID",
    source: "D-G4",
    about: "everything",
    patch: {
      file: EGRESS,
      find: "if (lidOf(words, slot) !== port.smLid) return DROP_SA_DESTINATION",
      replace: ""
    }
  },
  {
    name: "source-qp-unchecked",
    title: "takes a MAD from any QP that reaches the tunnel",
    source: "D-Q3",
    about: "everything",
    patch: {
      file: EGRESS,
      find: "if ((words[slot + SLOT_SOURCE_QPN]! & QPN_MASK) !== proxy) return DROP_SOURCE_QP",
      replace: ""
    }
  },
  {
    name: "refusals-are-silent",
    title: "drops a request that it refuses and could answer",
    source: "D-E10",
    about: "everything",
    patch: {
      file: POLICY,
      find: "hasResponse(method) && !isRmppControl(view, mad, mgmtClass) ? answer : DROP_CLASS_POLICY",
      replace: "DROP_CLASS_POLICY"
    }
  },
  {
    name: "set-of-a-vf-passes",
    title: "lets a VF set what is the port's",
    source: "D-E7",
    about: "everything",
    patch: {
      file: POLICY,
      find: "level === ALL || (level === GET && method === METHOD.Get) ||",
      replace: "level === ALL || level === GET ||"
    }
  },
  {
    name: "method-of-a-refused-set",
    title: "answers a refused Set by a method that does not exist",
    source: "plausible: the R bit alone makes 0x82 of it",
    about: "everything",
    patch: {
      file: "impl/mux/answers.ts",
      find: "if (method === METHOD.Set) return METHOD.GetResp",
      replace: ""
    }
  },
  {
    name: "drops-are-not-counted",
    title: "counts no MAD of a function that it drops",
    source: "A26",
    about: "everything",
    patch: {
      file: "impl/mux/pump.ts",
      find: "counters.egress(f, outcome)",
      replace: "if (!isDrop(outcome)) counters.egress(f, outcome)"
    }
  }
]

/** Wrong in what arrives. */
const ingress: ReadonlyArray<Mutant> = [
  {
    name: "response-of-another-class",
    title: "delivers a response whose class is not that of the request",
    source: "D-I1",
    about: "transactions",
    patch: { file: TRANSACTIONS, find: "return sameClass && sameQp &&", replace: "return sameQp &&" }
  },
  {
    name: "grh-is-not-compared",
    title: "delivers a response though its DGID names another function",
    source: "D-I2",
    about: "transactions",
    patch: {
      file: INGRESS,
      find: "if (named !== NOBODY && named !== f) return DROP_STEER_CONFLICT",
      replace: ""
    }
  },
  {
    name: "physical-pkey-index-delivered",
    title: "tells a VF the physical P_Key index",
    source: "D-I3",
    about: "everything",
    patch: {
      file: INGRESS,
      find: "qp === 1 ? pkeys.toVirtual(f, pkeyIndexOf(words, slot)) : 0",
      replace: "qp === 1 ? pkeyIndexOf(words, slot) : 0"
    }
  },
  {
    name: "path-bits-lost",
    title: "delivers every MAD as if it had come by the base LID",
    source: "D-I4",
    about: "transactions",
    patch: {
      file: INGRESS,
      find: "words[to + SLOT_LID] = words[slot + SLOT_LID]! & LID_MASK",
      replace: "words[to + SLOT_LID] = words[slot + SLOT_LID]! & 0x000f_ffff"
    }
  },
  {
    name: "guid-0-is-somebody",
    title: "takes a function without a GUID for the one that GUID 0 names",
    source: "D-I6",
    about: "everything",
    patch: {
      file: "impl/mux/guids.ts",
      find: "if ((high === 0 && low === 0) || this.#find",
      replace: "if (this.#find"
    }
  },
  {
    name: "prefix-is-not-compared",
    title: "takes a GID of any subnet for its own",
    source: "D-I7",
    about: "everything",
    patch: {
      file: "impl/mux/guids.ts",
      find: "return former ? this.#find(high, low) : NOBODY",
      replace: "return this.#find(high, low)"
    }
  },
  {
    name: "well-known-gid-is-nobody",
    title: "does not know the SA's well-known GID",
    source: "A21",
    about: "everything",
    patch: {
      file: "impl/mux/guids.ts",
      find: "return high === SA_HIGH && low === SA_LOW ? 0 : this.#find(high, low)",
      replace: "return this.#find(high, low)"
    }
  },
  {
    name: "rmpp-control-to-the-pf",
    title: "takes the ACK of a function's segments for something new",
    source: "D-I9",
    about: "everything",
    patch: {
      file: INGRESS,
      find: "if (isRmppControl(view, mad, mgmtClass)) return rmppControl(qp, slot, mad, mgmtClass, named)",
      replace: ""
    }
  },
  {
    name: "trap-repress-is-a-request",
    title: "does not take TrapRepress for an answer",
    source: "D-E3",
    about: "everything",
    patch: {
      file: INGRESS,
      find: "const isResponse = (method & RESPONSE_BIT) !== 0 || method === METHOD.TrapRepress",
      replace: "const isResponse = (method & RESPONSE_BIT) !== 0"
    }
  },
  {
    name: "general-classes-delivered-on-qp0",
    title: "delivers any class that arrives on QP0",
    source: "D-I11",
    about: "everything",
    patch: {
      file: INGRESS,
      find: "if (smp === (qp === 1)) return DROP_CLASS_QP",
      replace: "if (smp && qp === 1) return DROP_CLASS_QP"
    }
  },
  {
    name: "unsolicited-to-a-vf",
    title: "delivers to a VF what it never asked for",
    source: "B24",
    about: "everything",
    patch: {
      file: INGRESS,
      find:
        "if (f !== PF && !isCmGet(mad, mgmtClass) && !isOpenVendor(view, mad, mgmtClass)) return " +
        "DROP_UNSOLICITED",
      replace: ""
    }
  },
  {
    name: "cm-get-is-unsolicited",
    title: "drops a Get of class CM that a VF is asked",
    source: "D-C14",
    about: "everything",
    patch: {
      file: INGRESS,
      find: "if (f !== PF && !isCmGet(mad, mgmtClass) && !isOpenVendor",
      replace: "if (f !== PF && !isOpenVendor"
    }
  },
  {
    name: "cm-get-to-the-pf",
    title: "gives the PF every Get of class CM, whomever its DGID names",
    source: "D-C14",
    about: "everything",
    patch: {
      file: INGRESS,
      find:
        "const f = named === NOBODY ? PF : named\n    charged = f\n" +
        "    if (f !== PF && !isCmGet(mad, mgmtClass) && !isOpenVendor(view, mad, mgmtClass)) " +
        "return DROP_UNSOLICITED\n    const refused = admit(f, named, qp, slot)",
      replace:
        "const f = named === NOBODY || isCmGet(mad, mgmtClass) ? PF : named\n    charged = f\n" +
        "    if (f !== PF && !isOpenVendor(view, mad, mgmtClass)) return DROP_UNSOLICITED\n" +
        "    const refused = admit(f, f === PF ? NOBODY : named, qp, slot)"
    }
  },
  {
    name: "full-membership-needed",
    title: "delivers to no limited member what a full member sends",
    source: "A13",
    about: "everything",
    patch: {
      file: "impl/mux/pkeys.ts",
      find: "return full >= 0 ? full : own.indexOf(pkey & BASE)",
      replace: "return full"
    }
  },
  {
    name: "redirected-by-any-class",
    title: "takes the redirection of one class for one of all classes",
    source: "plausible: the place alone is looked up",
    about: "transactions",
    patch: {
      file: "impl/mux/redirects.ts",
      find: "words[place + QPN] === qpn && words[place + CLASS] === mgmtClass &&",
      replace: "words[place + QPN] === qpn &&"
    }
  },
  {
    name: "base-version-unchecked",
    title: "takes a MAD of any base version",
    source: "plausible: nobody sends another",
    about: "everything",
    patch: {
      file: "impl/mux/check-mad.ts",
      find: "if (view.getUint8(mad + BASE_VERSION_BYTE) !== 1) return DROP_BASE_VERSION",
      replace: ""
    }
  }
]

/** All of them. */
export const transactionMutants: ReadonlyArray<Mutant> = [...egress, ...ingress]
