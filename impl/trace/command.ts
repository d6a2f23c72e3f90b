/** The commands of a trace, `in` of a line: everything that can be done to a PF context and its port. */
import * as Schema from "effect/Schema"
import { PKEYS_MAX } from "../mux/config.ts"
import { UNLISTED, UNLISTED_ATTRIBUTES } from "../mux/policy-lists.ts"
import {
  Attribute,
  Byte,
  Bytes,
  Count,
  Flag,
  FunctionNumber,
  Hex128,
  Hex64,
  integer,
  Lid,
  LineNumber,
  list,
  Ms,
  oneOf,
  PathBits,
  Qpn,
  Sl,
  SpecialQp,
  Word16,
  Word32
} from "./scalars.ts"

/** The version of the format. */
export const FORMAT = "special-qp/1"

const grhFields = { hopLimit: Byte, flowLabel: integer(0, 0xf_ffff), trafficClass: Byte }
/** GRH a function asks for; its SGID is not its own choice. */
export const GrhRequest = Schema.Struct({ dgid: Hex128, ...grhFields })
/** GRH of a MAD as its receiver sees it. */
export const Grh = Schema.Struct({ sgid: Hex128, dgid: Hex128, ...grhFields })
/** GRH of a MAD on its way to the wire: the source is an index of the physical GUID table. */
export const WireGrh = Schema.Struct({ sgidIndex: Byte, dgid: Hex128, ...grhFields })

/**
 * Patches `length` bytes of this command's MAD, from byte `to`, with the bytes from `from` of output `out`
 * (counted from 0) of line `line` of the same run: how an answer quotes ids that the implementation under
 * test chose.
 */
export const Copy = Schema.Struct({
  line: LineNumber,
  out: integer(0, 0xffff),
  from: integer(0, 255),
  to: integer(0, 4095),
  length: integer(1, 256)
})
/** A QPN that output `out` of line `line` of this run told: it takes the place of `srcQpn` or `qp`. */
export const QpnFrom = Schema.Struct({
  line: LineNumber,
  out: integer(0, 0xffff),
  key: oneOf(["qpn", "proxyQpn", "tunnelQpn"])
})

const copy = Schema.optionalKey(list(Copy, 16))
const qpnFrom = Schema.optionalKey(QpnFrom)

/** Quotas of one function; a missing one has the default of the implementation (impl/mux/config.ts). */
export const Limits = Schema.Struct({
  tids: Schema.optionalKey(integer(0, 2 ** 20)),
  cm: Schema.optionalKey(integer(0, 2 ** 20)),
  groups: Schema.optionalKey(integer(0, 2 ** 20)),
  pending: Schema.optionalKey(integer(0, 2 ** 20)),
  services: Schema.optionalKey(integer(0, 2 ** 20)),
  inbound: Schema.optionalKey(integer(0, 2 ** 20)),
  redirects: Schema.optionalKey(integer(0, 2 ** 20)),
  subscriptions: Schema.optionalKey(integer(0, 2 ** 20)),
  queue: Schema.optionalKey(integer(0, 2 ** 20))
})

/** Durations in milliseconds (`saRetries` is a count); a missing one has the default. */
export const Timing = Schema.Struct({
  tidMin: Schema.optionalKey(Ms),
  tidMax: Schema.optionalKey(Ms),
  rest: Schema.optionalKey(Ms),
  linger: Schema.optionalKey(Ms),
  lingerMax: Schema.optionalKey(Ms),
  openingMin: Schema.optionalKey(Ms),
  openingMax: Schema.optionalKey(Ms),
  saTimeout: Schema.optionalKey(Ms),
  saRetries: Schema.optionalKey(integer(0, 100)),
  horizon: Schema.optionalKey(Ms),
  slack: Schema.optionalKey(Ms),
  prefixGrace: Schema.optionalKey(Ms),
  renewGrace: Schema.optionalKey(Ms),
  rejInterval: Schema.optionalKey(Ms),
  guidRetry: Schema.optionalKey(Ms),
  guidRetryMax: Schema.optionalKey(Ms)
})

const Allowance = oneOf(["none", "get", "all"])
const ListedClass = Byte.check(
  Schema.makeFilter((mgmtClass) => !UNLISTED.includes(mgmtClass) || "a class other than 1, 3, 7 and 129")
)
const ListedAttribute = Word16.check(
  Schema.makeFilter((attribute) => !UNLISTED_ATTRIBUTES.includes(attribute) || "an attribute other than 56")
)

/** What the administrator allows VFs; classes and SA attributes that are not listed have the default. */
export const Policy = Schema.Struct({
  classes: Schema.optionalKey(list(Schema.Struct({ mgmtClass: ListedClass, allow: Allowance }), 256)),
  saAttributes: Schema.optionalKey(list(Schema.Struct({ attributeId: ListedAttribute, allow: Allowance }), 256)),
  services: Schema.optionalKey(list(Schema.Struct({ serviceId: Hex64, function: FunctionNumber }), 256))
})

const PkeyMap = list(
  Schema.NullOr(integer(0, PKEYS_MAX - 1)).annotate({ message: `an integer in 0..${PKEYS_MAX - 1}, or null` }), PKEYS_MAX
)
/** The GUID a VF shall have: 0 is of the SA's choice, null none. */
const AdminGuid = Schema.NullOr(Hex64).annotate({ message: "16 lower-case hex digits, or null" })
const SmLid = Schema.NullOr(Lid)
const Pkeys = list(Word16, PKEYS_MAX)
const Lmc = integer(0, 7)

const init = Schema.Struct({
  op: Schema.Literal("init"),
  format: Schema.Literal(FORMAT).annotate({ message: `"${FORMAT}"` }),
  seed: Schema.optionalKey(Count),
  functions: integer(1, 255),
  subnetPrefix: Hex64,
  guids: list(Hex64, 255),
  nodeGuids: Schema.optionalKey(list(Hex64, 255)),
  adminGuids: Schema.optionalKey(list(AdminGuid, 255)),
  guidCap: Schema.optionalKey(Byte),
  otherPortGuids: Schema.optionalKey(list(Hex64, 255)),
  pkeys: Pkeys,
  virt2phys: Schema.optionalKey(list(PkeyMap, 255)),
  lid: Lid,
  lmc: Schema.optionalKey(Lmc),
  smLid: SmLid,
  smSl: Schema.optionalKey(Sl),
  up: Schema.optionalKey(Flag),
  active: Schema.optionalKey(list(Flag, 255)),
  nodeInfo: Schema.optionalKey(Attribute),
  portInfo: Schema.optionalKey(Attribute),
  limits: Schema.optionalKey(Limits),
  timing: Schema.optionalKey(Timing),
  policy: Schema.optionalKey(Policy),
  groupNotices: Schema.optionalKey(Schema.Boolean)
})

const egress = Schema.Struct({
  op: Schema.Literal("egress"),
  function: FunctionNumber,
  qp: SpecialQp,
  srcQpn: Schema.optionalKey(Qpn),
  qpnFrom,
  pkeyIndex: Word16,
  remoteQpn: Qpn,
  qkey: Word32,
  dlid: Lid,
  sl: Sl,
  pathBits: PathBits,
  rate: Byte,
  grh: Schema.NullOr(GrhRequest),
  mad: Bytes,
  copy
})

const ingress = Schema.Struct({
  op: Schema.Literal("ingress"),
  qp: SpecialQp,
  slid: Lid,
  srcQp: Qpn,
  sl: Sl,
  dlid: Schema.optionalKey(Lid),
  pathBits: Schema.optionalKey(PathBits),
  pkeyIndex: Word16,
  grh: Schema.NullOr(Grh),
  mad: Bytes,
  copy
})

const verb = Schema.Struct({
  op: Schema.Literal("verb"),
  function: FunctionNumber,
  verb: oneOf(["createQp", "modifyQp", "postSend", "destroyQp"]),
  type: Schema.optionalKey(oneOf(["smi", "gsi", "ud", "rc"])),
  qp: Schema.optionalKey(Qpn),
  qpnFrom,
  port: Schema.optionalKey(Byte),
  qkey: Schema.optionalKey(Word32),
  pkeyIndex: Schema.optionalKey(Word16),
  sgidIndex: Schema.optionalKey(Byte),
  sl: Schema.optionalKey(Sl),
  vl: Schema.optionalKey(Sl),
  altPort: Schema.optionalKey(Byte),
  altPkeyIndex: Schema.optionalKey(Word16),
  altSgidIndex: Schema.optionalKey(Byte),
  attrMask: Schema.optionalKey(Word32),
  remoteQpn: Schema.optionalKey(Qpn)
})

const query = Schema.Struct({
  op: Schema.Literal("query"),
  function: FunctionNumber,
  attribute: oneOf([
    "NodeInfo",
    "PortInfo",
    "GUIDInfo",
    "P_KeyTable",
    "NodeDescription",
    "SMInfo",
    "SLtoVLMappingTable"
  ]),
  modifier: Word32
})

/** The number of slots that says: as many as there will ever be need for. */
export const UNBOUNDED_ROOM = 2 ** 20

const room = Schema.Struct({
  op: Schema.Literal("room"),
  target: oneOf(["wire", "function"]),
  function: Schema.optionalKey(FunctionNumber),
  slots: integer(0, UNBOUNDED_ROOM)
})

const bare = <const Op extends string>(op: Op) => Schema.Struct({ op: Schema.Literal(op) })
const ofFunction = <const Op extends string>(op: Op) =>
  Schema.Struct({ op: Schema.Literal(op), function: FunctionNumber })

/** The schema of each command, by its `op`. */
export const commands = {
  init,
  egress,
  ingress,
  advance: Schema.Struct({ op: Schema.Literal("advance"), ms: Ms }),
  settle: bare("settle"),
  start: bare("start"),
  stop: bare("stop"),
  attach: ofFunction("attach"),
  detach: ofFunction("detach"),
  reset: ofFunction("reset"),
  reregister: bare("reregister"),
  link: Schema.Struct({ op: Schema.Literal("link"), up: Flag }),
  sm: Schema.Struct({ op: Schema.Literal("sm"), smLid: SmLid, smSl: Sl }),
  lid: Schema.Struct({ op: Schema.Literal("lid"), lid: Lid, lmc: Lmc }),
  prefix: Schema.Struct({ op: Schema.Literal("prefix"), subnetPrefix: Hex64 }),
  pkeys: Schema.Struct({ op: Schema.Literal("pkeys"), pkeys: Pkeys }),
  guidTable: Schema.Struct({
    op: Schema.Literal("guidTable"),
    block: integer(0, 31),
    guids: Schema.Array(Hex64)
      .annotate({ message: "a list of 8" })
      .check(Schema.isBetweenLength(8, 8, { message: "a list of 8" }))
  }),
  adminGuid: Schema.Struct({
    op: Schema.Literal("adminGuid"),
    function: FunctionNumber,
    guid: AdminGuid
  }),
  virt2phys: Schema.Struct({ op: Schema.Literal("virt2phys"), function: FunctionNumber, map: PkeyMap }),
  limits: Schema.Struct({
    op: Schema.Literal("limits"),
    function: Schema.optionalKey(FunctionNumber),
    limits: Limits
  }),
  policy: Schema.Struct({ op: Schema.Literal("policy"), policy: Policy }),
  room,
  verb,
  query,
  counters: bare("counters"),
  dump: bare("dump")
} as const

/** The name of a command. */
export type Op = keyof typeof commands
/** One command of a line. */
export type Command = (typeof commands)[Op]["Type"]
/** The command of one name. */
export type CommandOf<O extends Op> = (typeof commands)[O]["Type"]
/** What a PF context is made from. */
export type Init = CommandOf<"init">
