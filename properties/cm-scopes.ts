/** The small scopes in which communication management is explored to the end. */
import { type CmScope, functionOf, type Question, type Somebody, stillScope } from "../model/environment/cm-scope.ts"

const guest = (n: number): Somebody => ({ is: "guest", n })
const peer = (n: number): Somebody => ({ is: "peer", n })
const asks = (from: Somebody, to: Somebody): Question => ({ from, to })
const scope = (change: Partial<CmScope>): CmScope => ({ ...stillScope, ...change })
const badWire = { losses: 1, duplications: 1, repetitions: 1 }

/** Every scope, with what happens in it; the keys are the ends of test titles. */
export const cmScopes = {
  "two functions with one comm id and one TID ask one peer": scope({
    questions: [asks(guest(0), peer(0)), asks(guest(1), peer(0))],
    alike: [[functionOf(0), functionOf(1)]]
  }),
  "two peers with one comm id and one TID ask two functions": scope({
    peers: 2,
    questions: [asks(peer(0), guest(0)), asks(peer(1), guest(1))]
  }),
  "a function asks another of its port over a bad wire": scope({
    peers: 0,
    questions: [asks(guest(0), guest(1))],
    ...badWire
  }),
  "a function asks over a bad wire and lingering becomes optional": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0))],
    ...badWire,
    waits: [60]
  }),
  "a peer asks over a bad wire": scope({ guests: 1, questions: [asks(peer(0), guest(0))], ...badWire }),
  "a function uses its id twice, before and after the former conversation and its rest are over": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0)), asks(guest(0), peer(0))],
    waits: [60, 100]
  }),
  "a function repeats itself while the opening becomes optional and ends": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0))],
    waits: [150, 60, 70],
    repetitions: 1
  }),
  "a function is reset": scope({ guests: 1, questions: [asks(guest(0), peer(0))], resets: 1 }),
  "a function is reset and its next incarnation uses the same id": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0)), asks(guest(0), peer(0))],
    resets: 1
  }),
  "a function asks, and is told to wait longer than its REQ could be repeated": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0))],
    mras: 1,
    timing: { openingMax: 200, rest: 200 },
    waits: [120]
  }),
  "a peer asks, and is told to wait longer than its REQ could be repeated": scope({
    guests: 1,
    questions: [asks(peer(0), guest(0))],
    mras: 2,
    timing: { openingMax: 200, rest: 200 },
    waits: [120]
  }),
  "a peer is told to wait, its REQ comes again all the same, and somebody tries to end it": scope({
    guests: 1,
    questions: [asks(peer(0), guest(0))],
    mras: 1,
    repetitions: 1,
    forgeries: 1,
    forged: "elsewhere",
    timing: { openingMax: 200, rest: 200 },
    waits: [120]
  }),
  "a function is told to wait, and its REQ leaves again all the same": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0))],
    mras: 1,
    repetitions: 1,
    timing: { openingMax: 200, rest: 200 },
    waits: [120]
  }),
  "somebody refuses without an id what may have been answered": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0))],
    forgeries: 1,
    forged: "nameless",
    waits: [90]
  }),
  "somebody from elsewhere ends a conversation with the right ids": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0))],
    forgeries: 1,
    forged: "elsewhere",
    waits: [90]
  }),
  "a function with room for one conversation asks, and is asked by another": scope({
    guests: 1,
    peers: 2,
    questions: [asks(guest(0), peer(0)), asks(peer(1), guest(0))],
    room: 1
  }),
  "a function with room for one conversation uses its id twice": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0)), asks(guest(0), peer(0))],
    room: 1
  }),
  "somebody forges a DREQ from the address of the peer": scope({
    guests: 1,
    questions: [asks(guest(0), peer(0))],
    forgeries: 1,
    waits: [60]
  })
} as const satisfies Record<string, CmScope>

/** The name of a scope. */
export type CmScopeName = keyof typeof cmScopes

/** A scope too large to finish. */
export const largeCmScope: CmScope = scope({
  questions: [asks(guest(0), peer(0)), asks(peer(0), guest(1))],
  ...badWire
})
