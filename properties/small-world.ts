/**
 * A PF with a few VFs and short times, and the events that happen to it: material for exploring the model.
 */
import type { Pool } from "../model/bind.ts"
import type { EgressAddress, Event, EventOf, Grh, GrhRequest, IngressAddress, VerbRequest } from "../model/event.ts"
import { FunctionId, type Gid, gidOf, Guid, Lid, Qpn, SubnetPrefix, Tid } from "../model/ids.ts"
import { defaultLimits, defaultTiming, type Initial } from "../model/initial.ts"
import type { Mad } from "../model/mad.ts"
import type { Config, Policy, Port } from "../model/state.ts"

/** The prefix of the subnet; not the default one, so that the two can be told apart. */
export const PREFIX = SubnetPrefix("fec0000000000000")
/** LID of the port, of the SM and of another port in the subnet. */
export const OWN_LID = Lid(5)
export const SM_LID = Lid(1)
export const PEER_LID = Lid(20)
export const QP1 = Qpn(1)
export const PF = FunctionId(0)
export const VF1 = FunctionId(1)
export const VF2 = FunctionId(2)
/** The Q_Key of QP1. */
export const WELL_KNOWN = 0x8001_0000

/** The n-th function's GUID. */
export const guid = (n: number): Guid => Guid((0xa0 + n).toString(16).padStart(16, "0"))
/** The n-th function's GID. */
export const gid = (n: number): Gid => gidOf(PREFIX, guid(n))
/** A TID by a small number. */
export const tid = (n: number): Tid => Tid(n.toString(16).padStart(16, "0"))

/** A request of a function's driver that names a verb and nothing else. */
export const BARE_VERB: VerbRequest = {
  verb: "createQp",
  type: null,
  qpn: null,
  qkey: null,
  pkeyIndex: null,
  sgidIndex: null,
  vl: null,
  port: null,
  alternate: null,
  attrMask: null
}

/** Times of a few milliseconds, so that exploring can let them pass. */
export const shortTiming: Config["timing"] = {
  ...defaultTiming,
  tidMin: 2,
  tidMax: 3,
  rest: 2,
  prefixGrace: 2,
  linger: 2,
  lingerMax: 3,
  openingMin: 2,
  openingMax: 2
}

/** What a small PF context is made from. */
export interface Small {
  readonly functions?: number
  readonly limits?: Partial<Config["limits"]>
  readonly timing?: Partial<Config["timing"]>
  readonly port?: Partial<Port>
  readonly guids?: ReadonlyArray<Guid>
  readonly adminGuids?: ReadonlyArray<Guid | null>
  readonly guidCap?: number
  readonly policy?: Policy
  readonly pkeyMaps?: ReadonlyArray<ReadonlyArray<number | null>>
  readonly attached?: ReadonlyArray<boolean>
}

/** A PF and two VFs, all attached, unless said otherwise. */
export const small = (change: Small = {}): Initial => {
  const functions = change.functions ?? 3
  const numbers = Array.from({ length: functions }, (_, n) => n)
  return {
    config: {
      limits: { ...defaultLimits, ...change.limits },
      timing: { ...shortTiming, ...change.timing },
      services: [],
      nodeGuids: numbers.map((n) => Guid((0xb0 + n).toString(16).padStart(16, "0"))),
      ...(change.guidCap === undefined ? {} : { guidCap: change.guidCap })
    },
    port: {
      up: true,
      lid: OWN_LID,
      lmc: 0,
      smLid: SM_LID,
      smSl: 0,
      prefix: PREFIX,
      formerPrefix: null,
      pkeys: [0xffff, 0x8001],
      ...change.port
    },
    ...(change.policy && { policy: change.policy }),
    guids: change.guids ?? numbers.map(guid),
    ...(change.adminGuids && { adminGuids: change.adminGuids }),
    pkeyMaps: change.pkeyMaps ?? numbers.map(() => [0]),
    attached: change.attached ?? numbers.map(() => true)
  }
}

/** Ids to draw from: so many wire TIDs, and QPNs enough for the tunnels of all functions. */
export const pool = (tids = 6, qpns = 16): Pool => {
  const numbers = (length: number, from: number, digits: number) =>
    Array.from({ length }, (_, n) => (from + n).toString(16).padStart(digits, "0"))
  return {
    tid: numbers(tids, 1, 16),
    comm: numbers(8, 0x11, 8),
    sidr: numbers(8, 0x11, 8),
    qpn: numbers(qpns, 2, 6)
  }
}

/** Classes by what they stand for. */
export const SMP = 0x01
export const SMP_DIRECTED = 0x81
export const SA = 0x03
export const PERF = 0x04
export const BASEBOARD = 0x05
export const CM = 0x07
export const PING = 0x32

/** A MAD with what matters; the rest is as the class wants it. */
export const mad = (change: Partial<Mad> & { readonly mgmtClass: number }): Mad => {
  const { mgmtClass } = change
  const vendor = mgmtClass >= 0x30 && mgmtClass <= 0x4f
  const hasRmpp = mgmtClass === SA || mgmtClass === 0x06 || vendor
  return {
    baseVersion: 1,
    classVersion: mgmtClass === SA || mgmtClass === CM ? 2 : 1,
    method: 0x01,
    status: 0,
    tid: tid(0x77),
    attributeId: 0x11,
    sa: mgmtClass === SA ? { smKey: "00000000000000ff" } : null,
    rmpp: hasRmpp ? { active: false, type: 0 } : null,
    oui: vendor ? "001405" : null,
    body: { _tag: "opaque" },
    payload: "p",
    ...change
  }
}

/** A GRH a function asks for. */
export const grhTo = (dgid: Gid): GrhRequest => ({ dgid, hopLimit: 1, flowLabel: 2, trafficClass: 3 })
/** A GRH that arrives. */
export const grhFrom = (sgid: Gid, dgid: Gid): Grh => ({ sgid, ...grhTo(dgid) })

/** A MAD that a function sends on QP1 (an SMP: on QP0) to the other port, unless said otherwise. */
export const egress = (
  fn: FunctionId,
  of: Mad,
  change: Partial<EgressAddress> & { readonly qp?: 0 | 1; readonly srcQpn?: Qpn | null } = {}
): EventOf<"Egress"> => {
  const {
    qp = of.mgmtClass === SMP || of.mgmtClass === SMP_DIRECTED ? 0 : 1,
    srcQpn = null,
    ...address
  } = change
  return {
    _tag: "Egress",
    function: fn,
    qp,
    srcQpn,
    mad: of,
    address: {
      pkeyIndex: 0,
      remoteQpn: Qpn(qp),
      qkey: WELL_KNOWN,
      dlid: PEER_LID,
      sl: 0,
      pathBits: 0,
      rate: 3,
      grh: null,
      ...address
    }
  }
}

/** A MAD from QP1 (an SMP: from QP0) of the other port, unless said otherwise. */
export const ingress = (
  of: Mad,
  change: Partial<IngressAddress> & { readonly qp?: 0 | 1 } = {}
): EventOf<"Ingress"> => {
  const { qp = of.mgmtClass === SMP || of.mgmtClass === SMP_DIRECTED ? 0 : 1, ...address } = change
  return {
    _tag: "Ingress",
    qp,
    mad: of,
    address: { pkeyIndex: 0, slid: PEER_LID, srcQp: Qpn(qp), sl: 0, pathBits: 0, grh: null, ...address }
  }
}

/** Time. */
export const passes = (ms: number): Event => ({ _tag: "TimePasses", ms })

/** A Get of PerfMgt, which any function may send. */
export const ask = mad({ mgmtClass: PERF })
/** Its answer, to the n-th wire TID. */
export const answer = (n: number): Mad => mad({ mgmtClass: PERF, method: 0x81, tid: tid(n) })
/** An ibping request, which any function may send and receive. */
export const ping = mad({ mgmtClass: PING })
/** The address of a MAD that arrives with a GRH. */
export const arrivingFor = (dgid: Gid): { readonly grh: Grh } => ({ grh: grhFrom(gid(9), dgid) })
