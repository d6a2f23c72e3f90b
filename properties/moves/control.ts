/** Joins and leaves, time, life cycle, port events, verbs and queries. */
import fc from "fast-check"
import type { Command, CommandOf } from "../../impl/trace/command.ts"
import { hexOf, MASK, membership } from "../mads.ts"
import { type Move, recent } from "../world.ts"
import { anyFunction, grhPick, grhRequest, mgid, mostly, pick, sendAddress, tid } from "./draws.ts"

const BASE = MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE
const CREATE =
  BASE | MASK.QKEY | MASK.PKEY | MASK.TCLASS | MASK.SL | MASK.FLOW_LABEL | MASK.MTU | MASK.MTU_SELECTOR

/** A function joins or leaves a group, mostly as a stack would. */
export const membershipRequest: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    leave: mostly(2, false, true),
    mgid,
    tid,
    grh: grhPick,
    n: fc.nat(2),
    joinState: mostly(5, 1, 1, 2, 4, 8, 3, 9, 0, 15),
    mask: mostly(
      5,
      BASE,
      CREATE,
      CREATE | MASK.RATE | MASK.RATE_SELECTOR,
      BASE | MASK.PROXY_JOIN,
      MASK.MGID | MASK.PORT_GID,
      BASE | MASK.SCOPE
    ),
    portGid: mostly(14, "own", "other", "zero"),
    pkey: mostly(5, 0xffff, 0x7fff, 0x8001, 0x1234),
    proxyJoin: mostly(14, false, true),
    qkey: mostly(5, "00000b1b", "00000001"),
    mtu: mostly(4, "84", "85", "04", "c1"),
    address: sendAddress,
    to: mostly(6, "sm", "peer")
  })
  .map((draw): Move => ({
    label: draw.leave ? "leave" : "join",
    resolve: (world) => {
      const f = world.functionOf(draw.f)
      const portGid =
        draw.portGid === "own"
          ? world.gidOf(f)
          : draw.portGid === "other"
            ? world.gidOf(world.functionOf(f + 1))
            : hexOf(0, 32)
      const text = membership({
        method: draw.leave ? 0x15 : 0x02,
        tid: draw.tid,
        mask: draw.mask,
        mgid: draw.mgid,
        portGid,
        joinState: draw.joinState,
        pkey: draw.pkey,
        proxyJoin: draw.proxyJoin,
        pieces: [
          [88, draw.qkey],
          [94, draw.mtu]
        ]
      })
      const dlid = draw.to === "sm" ? (world.smLid ?? 1) : world.peerOf(draw.n).lid
      return {
        op: "egress",
        function: f,
        qp: 1,
        ...draw.address,
        dlid,
        grh: grhRequest(world, draw.grh, draw.n),
        mad: text
      }
    }
  }))

/** A function asks who is in which group, mostly about itself. */
export const memberQuery: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    method: mostly(4, "01", "12", "12", "13", "14"),
    mask: fc.constantFrom(
      MASK.PORT_GID,
      MASK.PORT_GID,
      MASK.PORT_GID | MASK.MGID,
      MASK.PORT_GID | MASK.JOIN_STATE,
      MASK.PORT_GID | MASK.PROXY_JOIN | MASK.MTU | MASK.MTU_SELECTOR,
      MASK.MGID,
      0
    ),
    portGid: mostly(6, "own", "other", "pf"),
    mgid,
    tid,
    joinState: mostly(3, 1, 3),
    grh: grhPick,
    n: fc.nat(2),
    rmpp: mostly(8, "000000", "010101", "010201"),
    smKey: mostly(3, hexOf(0, 16), hexOf(7, 16)),
    address: sendAddress,
    to: mostly(6, "sm", "peer")
  })
  .map((draw): Move => ({
    label: "asks for members",
    resolve: (world) => {
      const f = world.functionOf(draw.f)
      const whose = { own: f, other: world.functionOf(f + 1), pf: 0 }[draw.portGid] ?? 0
      const text = membership({
        ...draw,
        method: Number.parseInt(draw.method, 16),
        mask: draw.method === "01" ? draw.mask | MASK.MGID : draw.mask,
        portGid: world.gidOf(whose),
        pkey: 0xffff,
        proxyJoin: false,
        pieces: [
          [24, draw.rmpp],
          [36, draw.smKey]
        ]
      })
      return {
        op: "egress",
        function: f,
        qp: 1,
        ...draw.address,
        dlid: draw.to === "sm" ? (world.smLid ?? 1) : world.peerOf(draw.n).lid,
        grh: grhRequest(world, draw.grh, draw.n),
        mad: text
      }
    }
  }))

const fixed = (label: string, commands: fc.Arbitrary<Command>): fc.Arbitrary<Move> =>
  commands.map((command): Move => ({ label, resolve: () => command }))

/** Time passes: to the edges of every duration the generated configurations have, and beyond. */
export const advance: fc.Arbitrary<Move> = fixed(
  "time passes",
  fc
    .constantFrom(
      0,
      1,
      49,
      50,
      51,
      99,
      100,
      101,
      200,
      300,
      331,
      499,
      500,
      700,
      999,
      1000,
      1001,
      1499,
      1500,
      1501,
      2000,
      3000,
      7000
    )
    .map((ms): Command => ({ op: "advance", ms }))
)

const ofFunction = (label: string, op: "attach" | "detach" | "reset"): fc.Arbitrary<Move> =>
  anyFunction.map((f): Move => ({
    label,
    resolve: (world) => ({ op, function: op === "attach" ? world.functionOf(f) : world.vfOf(f) })
  }))

/** The life of functions and of the PF context itself. */
export const lifecycle: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: ofFunction("attach", "attach") },
  { weight: 3, arbitrary: ofFunction("detach", "detach") },
  { weight: 3, arbitrary: ofFunction("reset", "reset") },
  { weight: 1, arbitrary: fixed("stop", fc.constant<Command>({ op: "stop" })) },
  { weight: 2, arbitrary: fixed("start", fc.constant<Command>({ op: "start" })) }
)

const GUIDS: ReadonlyArray<string> = [hexOf(0, 16), hexOf(0xa01, 16), hexOf(0xa02, 16), hexOf(0xa05, 16)]

const allow = fc.constantFrom<"none" | "get" | "all">("none", "get", "all")

/**
 * The administrator changes what VFs may use: lists of few entries, so that the default is met, too. No list may name
 * MCMemberRecord (spec/classes.md): who joined must be able to leave.
 */
export const policy: fc.Arbitrary<Move> = fixed(
  "policy",
  fc
    .record(
      {
        classes: fc.array(fc.record({ mgmtClass: fc.constantFrom(0x04, 0x05, 0x06, 0x09, 0x32), allow }), {
          maxLength: 2
        }),
        saAttributes: fc.array(
          fc.record({ attributeId: fc.constantFrom(0x11, 0x31, 0x35, 0x39), allow }),
          { maxLength: 2 }
        ),
        services: fc.constantFrom([], [{ serviceId: hexOf(1, 16), function: 1 }])
      },
      { requiredKeys: [] }
    )
    .map((changed): Command => ({ op: "policy", policy: changed }))
)

/** What happens to the port. */
export const portEvent: fc.Arbitrary<Move> = fixed(
  "port event",
  fc.oneof(
    fc.constant<Command>({ op: "reregister" }),
    fc.boolean().map((up): Command => ({ op: "link", up })),
    fc
      .record({ smLid: mostly<number | null>(2, 1, 2, null), smSl: fc.nat(1) })
      .map((sm): Command => ({ op: "sm", ...sm })),
    fc.record({ lid: fc.constantFrom(5, 6), lmc: fc.nat(1) }).map((lid): Command => ({ op: "lid", ...lid })),
    fc
      .constantFrom("fe80000000000000", "fd00000000000000")
      .map((subnetPrefix): Command => ({ op: "prefix", subnetPrefix })),
    fc
      .constantFrom(
        [0xffff, 0x8001, 0x0002, 0],
        [0xffff, 0x8001],
        [0xffff, 0x7fff],
        [0x7fff, 0xffff],
        [0, 0xffff],
        []
      )
      .map((pkeys): Command => ({ op: "pkeys", pkeys })),
    fc
      .array(fc.constantFrom(...GUIDS), { minLength: 8, maxLength: 8 })
      .map((guids): Command => ({ op: "guidTable", block: 0, guids })),
    fc
      .record({
        function: fc.nat(1),
        map: fc.constantFrom<ReadonlyArray<number | null>>([0], [0, 1], [null, 0], [2, 0, 1], [])
      })
      .map((map): Command => ({ op: "virt2phys", ...map }))
  )
)

/**
 * A function's driver asks about its QPs; a QPN is one that was told before, of itself or another, or any
 * number.
 */
export const verb: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    verb: mostly<CommandOf<"verb">["verb"]>(3, "createQp", "modifyQp", "postSend", "postSend", "destroyQp"),
    type: mostly<NonNullable<CommandOf<"verb">["type"]>>(4, "ud", "rc", "smi", "gsi"),
    from: pick,
    which: mostly(3, "qpn", "proxyQpn", "tunnelQpn"),
    owner: mostly(4, true, false),
    qkey: mostly<number | undefined>(8, undefined, 0x1234, 0x8001_0000, 0x8000_0000, 0xffff_0001),
    pkeyIndex: mostly<number | undefined>(8, undefined, 0, 1, 9),
    sgidIndex: mostly<number | undefined>(12, undefined, 0, 1),
    vl: mostly<number | undefined>(12, undefined, 0, 15),
    port: mostly<number | undefined>(12, undefined, 1, 2),
    altPkeyIndex: mostly<number | undefined>(12, undefined, 0, 9),
    attrMask: mostly<number | undefined>(6, undefined, 0, 0x10, 0x50),
    raw: mostly<number | undefined>(20, undefined, 0, 1, 9)
  })
  .map((draw): Move => ({
    label: draw.verb,
    resolve: (world) => {
      const { altPkeyIndex, attrMask, pkeyIndex, port, qkey, sgidIndex, vl } = draw
      const known = world.told.filter(({ output }) =>
        output.to === "tunnel" ? draw.which !== "qpn" : draw.which === "qpn" && output.qpn !== undefined
      )
      const told = draw.verb === "createQp" ? undefined : recent(known, draw.from)
      const f = told && draw.owner ? told.output.function : world.functionOf(draw.f)
      const key = draw.which === "qpn" || draw.which === "proxyQpn" ? draw.which : "tunnelQpn"
      return {
        op: "verb",
        function: f,
        verb: draw.verb,
        ...(draw.verb === "createQp" ? { type: draw.type } : {}),
        ...(told && draw.raw === undefined ? { qpnFrom: { line: told.line, out: told.out, key } } : {}),
        ...(draw.raw === undefined ? {} : { qp: draw.raw }),
        ...(qkey === undefined ? {} : { qkey }),
        ...(pkeyIndex === undefined ? {} : { pkeyIndex }),
        ...(sgidIndex === undefined ? {} : { sgidIndex }),
        ...(vl === undefined ? {} : { vl }),
        ...(port === undefined ? {} : { port }),
        ...(altPkeyIndex === undefined ? {} : { altPkeyIndex }),
        ...(attrMask === undefined ? {} : { attrMask })
      }
    }
  }))

const UNBOUNDED = 2 ** 20

/** Rings fill and have room again; those of functions less often than those to the wire. */
export const room: fc.Arbitrary<Move> = fc
  .record({
    wire: mostly(2, true, false),
    f: anyFunction,
    slots: mostly(2, 0, 1, 2, 3, UNBOUNDED)
  })
  .map(({ f, slots, wire }): Move => ({
    label: `room for ${slots}`,
    resolve: (world) =>
      wire
        ? { op: "room", target: "wire", slots }
        : { op: "room", target: "function", function: world.functionOf(f), slots }
  }))

/** The administrator changes quotas; now and then beyond what there may be. */
export const limits: fc.Arbitrary<Move> = fc
  .record({ f: anyFunction, all: fc.boolean(), groups: fc.nat(3), pending: fc.nat(3), queue: fc.nat(3), which: fc.integer({ min: 1, max: 7 }) })
  .map(({ all, f, groups, pending, queue, which }): Move => ({
    label: "limits",
    resolve: (world) => ({
      op: "limits",
      ...(all ? {} : { function: world.functionOf(f) }),
      limits: {
        ...((which & 1) !== 0 && { groups }), ...((which & 2) !== 0 && { pending }), ...((which & 4) !== 0 && { queue })
      }
    })
  }))

/** The ring to a function fills and has room again. */
export const functionRoom: fc.Arbitrary<Move> = fc
  .record({ f: anyFunction, slots: mostly(2, 0, 1, UNBOUNDED) })
  .map(({ f, slots }): Move => ({
    label: `room for ${slots}`,
    resolve: (world) => ({ op: "room", target: "function", function: world.functionOf(f), slots })
  }))

/** There is room without bound. */
export const muchRoom: fc.Arbitrary<Move> = fixed(
  "room",
  fc.constant<Command>({ op: "room", target: "wire", slots: UNBOUNDED })
)

/** A function looks at its port; somebody asks for the accounting. */
export const query: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({
        f: anyFunction,
        modifier: mostly(3, 0, 1, 8),
        attribute: fc.constantFrom<CommandOf<"query">["attribute"]>(
          "NodeInfo",
          "PortInfo",
          "GUIDInfo",
          "P_KeyTable",
          "SMInfo"
        )
      })
      .map(({ attribute, f, modifier }): Move => ({
        label: "query",
        resolve: (world) => ({ op: "query", function: world.functionOf(f), attribute, modifier })
      }))
  },
  { weight: 1, arbitrary: fixed("counters", fc.constant<Command>({ op: "counters" })) }
)
