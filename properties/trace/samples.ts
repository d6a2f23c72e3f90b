/** One sound command and output of every kind, with every optional key, for the tests of the trace format. */
import type { Command, Op } from "../../impl/trace/command.ts"
import type { Output, To } from "../../impl/trace/output.ts"

const guid = (n: number): string => n.toString(16).padStart(16, "0")
const grh = { hopLimit: 255, flowLabel: 0xf_ffff, trafficClass: 7 }
const dgid = `fe80000000000000${guid(2)}`
const sgid = `fe80000000000000${guid(9)}`
const mad = "01".repeat(256)

/** A command of every kind. */
export const commandSamples: { readonly [O in Op]: Extract<Command, { readonly op: O }> } = {
  init: {
    op: "init",
    format: "special-qp/1",
    seed: 7,
    functions: 2,
    subnetPrefix: "fe80000000000000",
    guids: [guid(1), guid(2)],
    nodeGuids: [guid(3), guid(4)],
    adminGuids: [guid(0), null],
    guidCap: 8,
    pkeys: [0xffff, 0x8001],
    virt2phys: [
      [0, 1],
      [1, null]
    ],
    lid: 5,
    lmc: 1,
    smLid: 1,
    smSl: 2,
    up: true,
    active: [true, false],
    nodeInfo: "00".repeat(64),
    portInfo: "11".repeat(64),
    limits: { tids: 4, cm: 4, groups: 2, pending: 2, inbound: 4, subscriptions: 2, queue: 9 },
    timing: {
      tidMin: 1,
      tidMax: 2,
      rest: 3,
      linger: 4,
      lingerMax: 5,
      openingMin: 6,
      openingMax: 7,
      saTimeout: 10,
      saRetries: 2,
      horizon: 9,
      slack: 0,
      prefixGrace: 1,
      rejInterval: 2,
      guidRetry: 11,
      guidRetryMax: 12
    },
    policy: { classes: [{ mgmtClass: 0x09, allow: "get" }],
      saAttributes: [{ attributeId: 0x31, allow: "none" }], services: [{ serviceId: guid(77), function: 1 }] }
  },
  egress: {
    op: "egress",
    function: 1,
    qp: 1,
    srcQpn: 64,
    qpnFrom: { line: 1, out: 2, key: "proxyQpn" },
    pkeyIndex: 0,
    remoteQpn: 1,
    qkey: 0x8001_0000,
    dlid: 1,
    sl: 0,
    pathBits: 0,
    rate: 3,
    grh: { dgid, ...grh },
    mad,
    copy: [{ line: 1, out: 0, from: 8, to: 8, length: 8 }]
  },
  ingress: {
    op: "ingress",
    qp: 1,
    slid: 1,
    srcQp: 1,
    sl: 0,
    pathBits: 1,
    pkeyIndex: 0,
    grh: { sgid, dgid, ...grh },
    mad,
    copy: [{ line: 1, out: 0, from: 8, to: 8, length: 8 }]
  },
  advance: { op: "advance", ms: 1000 },
  settle: { op: "settle" },
  start: { op: "start" },
  stop: { op: "stop" },
  attach: { op: "attach", function: 1 },
  detach: { op: "detach", function: 1 },
  reset: { op: "reset", function: 1 },
  reregister: { op: "reregister" },
  link: { op: "link", up: false },
  sm: { op: "sm", smLid: 3, smSl: 1 },
  lid: { op: "lid", lid: 4, lmc: 0 },
  prefix: { op: "prefix", subnetPrefix: guid(42) },
  pkeys: { op: "pkeys", pkeys: [0xffff] },
  guidTable: { op: "guidTable", block: 0, guids: [1, 2, 3, 4, 5, 6, 7, 8].map(guid) },
  adminGuid: { op: "adminGuid", function: 1, guid: guid(5) },
  virt2phys: { op: "virt2phys", function: 1, map: [0, null] },
  limits: { op: "limits", function: 1, limits: { tids: 3 } },
  policy: { op: "policy", policy: { classes: [{ mgmtClass: 0x04, allow: "all" }] } },
  room: { op: "room", target: "function", function: 1, slots: 3 },
  verb: {
    op: "verb",
    function: 1,
    verb: "modifyQp",
    type: "ud",
    qp: 64,
    qpnFrom: { line: 1, out: 2, key: "qpn" },
    port: 1,
    qkey: 1,
    pkeyIndex: 0,
    sgidIndex: 0,
    sl: 0,
    vl: 0,
    altPort: 1,
    altPkeyIndex: 0,
    altSgidIndex: 0,
    attrMask: 3,
    remoteQpn: 1
  },
  query: { op: "query", function: 1, attribute: "PortInfo", modifier: 1 },
  counters: { op: "counters" },
  dump: { op: "dump" }
}

/** An output of every kind. */
export const outputSamples: { readonly [T in To]: Extract<Output, { readonly to: T }> } = {
  wire: {
    to: "wire",
    for: 1,
    qp: 1,
    pkeyIndex: 0,
    remoteQpn: 1,
    qkey: 0x8001_0000,
    dlid: 1,
    sl: 0,
    pathBits: 0,
    rate: 3,
    grh: { sgidIndex: 1, dgid, ...grh },
    mad
  },
  function: {
    to: "function",
    for: 1,
    function: 1,
    qp: 1,
    pkeyIndex: 0,
    slid: 1,
    srcQp: 1,
    sl: 0,
    pathBits: 0,
    grh: { sgid, dgid, ...grh },
    mad
  },
  event: { to: "event", for: 1, function: 1, event: "port-up" },
  tunnel: { to: "tunnel", for: 1, function: 1, qp: 0, proxyQpn: 64, tunnelQpn: 128 },
  answer: { to: "answer", for: 1, function: 1, of: 3, status: "ok", qpn: 65, qkey: 4, data: "00ff" },
  drop: { to: "drop", for: 1, function: null, reason: "bad-length" },
  defer: { to: "defer", for: 1, function: 1, qp: 1, reason: "wire-full" },
  counters: {
    to: "counters",
    for: 1,
    function: 1,
    received: 3,
    forwarded: 1,
    answered: 1,
    waiting: 0,
    dropped: { "bad-length": 1 },
    delivered: 2,
    ingressDropped: { unsolicited: 1 }
  },
  state: {
    to: "state",
    for: 1,
    transactions: [{ wireTid: "1" }],
    cm: [],
    groups: [{ held: 1, rejoin: false }],
    subscriptions: [],
    guids: [{ guid: null }]
  }
}
