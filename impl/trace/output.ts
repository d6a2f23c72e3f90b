/** The outputs of a trace, `out` of a line: everything a PF context lets the world see. */
import * as Schema from "effect/Schema"
import { type Reason, reasons } from "../../spec/reasons.ts"
import { Grh, WireGrh } from "./command.ts"
import {
  Byte,
  Bytes,
  Count,
  FunctionNumber,
  Lid,
  LineNumber,
  list,
  Mad,
  oneOf,
  PathBits,
  Qpn,
  Sl,
  SpecialQp,
  Word16,
  Word32
} from "./scalars.ts"

const reasonNames = Object.keys(reasons).filter((name): name is Reason => name in reasons)
const AnyFunction = Schema.NullOr(FunctionNumber)
/** The line of the input that caused the output, where it is not the line itself. */
const cause = { for: Schema.optionalKey(LineNumber) }

const wire = Schema.Struct({
  to: Schema.Literal("wire"),
  ...cause,
  qp: SpecialQp,
  pkeyIndex: Word16,
  remoteQpn: Qpn,
  qkey: Word32,
  dlid: Lid,
  sl: Sl,
  pathBits: PathBits,
  rate: Byte,
  grh: Schema.NullOr(WireGrh),
  mad: Mad
})

const toFunction = Schema.Struct({
  to: Schema.Literal("function"),
  ...cause,
  function: FunctionNumber,
  qp: SpecialQp,
  pkeyIndex: Word16,
  slid: Lid,
  srcQp: Qpn,
  sl: Sl,
  pathBits: PathBits,
  grh: Schema.NullOr(Grh),
  mad: Mad
})

const event = Schema.Struct({
  to: Schema.Literal("event"),
  ...cause,
  function: FunctionNumber,
  event: oneOf(["lid", "sm", "pkey", "gid", "reregister", "port-up", "port-down"])
})

const tunnel = Schema.Struct({
  to: Schema.Literal("tunnel"),
  ...cause,
  function: FunctionNumber,
  qp: SpecialQp,
  proxyQpn: Qpn,
  tunnelQpn: Qpn
})

const answer = Schema.Struct({
  to: Schema.Literal("answer"),
  ...cause,
  function: FunctionNumber,
  /** The line of the verb or query. */
  of: LineNumber,
  status: oneOf(["ok", "refused"]),
  qpn: Schema.optionalKey(Qpn),
  /** The Q_Key that leaves, of a postSend. */
  qkey: Schema.optionalKey(Word32),
  data: Schema.optionalKey(Bytes)
})

const drop = Schema.Struct({
  to: Schema.Literal("drop"),
  ...cause,
  function: AnyFunction,
  reason: oneOf(reasonNames)
})

const defer = Schema.Struct({
  to: Schema.Literal("defer"),
  ...cause,
  function: FunctionNumber,
  qp: SpecialQp,
  reason: oneOf(reasonNames)
})

/** Drops by reason; a reason that did not occur may be missing. */
const Dropped = Schema.Struct(
  Object.fromEntries(reasonNames.map((reason) => [reason, Schema.optionalKey(Count)]))
)

const counters = Schema.Struct({
  to: Schema.Literal("counters"),
  ...cause,
  function: AnyFunction,
  received: Count,
  forwarded: Count,
  answered: Count,
  waiting: Schema.optionalKey(Count),
  dropped: Dropped,
  /** MADs from the wire: delivered to the function, and dropped at its cost. */
  delivered: Schema.optionalKey(Count),
  ingressDropped: Schema.optionalKey(Dropped)
})

/** Rows of an abstract table; informative, so that only their flatness is fixed. */
const Rows = list(
  Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Number, Schema.Boolean, Schema.Null])),
  2 ** 20
)

const state = Schema.Struct({
  to: Schema.Literal("state"),
  ...cause,
  /**
   * How many entries each table has, by function; null is nobody, or all. A table that is not named is empty.
   */
  counts: Schema.optionalKey(
    list(Schema.Struct({ table: Schema.String, function: AnyFunction, entries: Count }), 2 ** 20)
  ),
  transactions: Schema.optionalKey(Rows),
  cm: Schema.optionalKey(Rows),
  groups: Schema.optionalKey(Rows),
  subscriptions: Schema.optionalKey(Rows),
  guids: Schema.optionalKey(Rows)
})

/** The schema of each output, by its `to`. */
export const outputs = {
  wire,
  function: toFunction,
  event,
  tunnel,
  answer,
  drop,
  defer,
  counters,
  state
} as const

/** Where an output goes. */
export type To = keyof typeof outputs
/** One output of a line. */
export type Output = (typeof outputs)[To]["Type"]
/** The output of one kind. */
export type OutputOf<T extends To> = (typeof outputs)[T]["Type"]
