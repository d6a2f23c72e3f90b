/** The small scopes in which multicast is explored to the end. */
import {
  type MulticastScope, scopeTiming, stillScope, type Wish
} from "../model/environment/multicast-scope.ts"
import { Gid, Lid, NO_GID } from "../model/ids.ts"

const A = Gid("ff12a01cfe8000000000000000000777")
const B = Gid("ff12a01cfe8000000000000000000888")
/** The MGID the SA gives first. */
const CHOSEN = Gid("ff12a01bfe8000000000000000000000")

/** To join or leave a group with each of these JoinStates. */
const wishes = (mgid: Gid, ...joinStates: ReadonlyArray<number>): ReadonlyArray<Wish> =>
  joinStates.flatMap((bits): ReadonlyArray<Wish> =>
    [{ method: "join", mgid, bits }, { method: "leave", mgid, bits }])

/** Two functions that wish for full membership of one group, three requests in all. */
const few = { wishes: [wishes(A, 1), wishes(A, 1)], requests: [2, 1] }
/** One of them also wishes for two JoinStates at once. */
const twoStates = { wishes: [wishes(A, 1, 9), wishes(A, 1)], requests: [2, 1] }

/** A scope, and transitions it is meant for: only if they are taken does it say something to find nothing. */
export interface Exploring {
  readonly scope: MulticastScope
  readonly reaches: ReadonlyArray<RegExp>
}

const exploring = (change: Partial<MulticastScope>, ...reaches: ReadonlyArray<RegExp>): Exploring =>
  ({ scope: { ...stillScope, existing: [A], ...change }, reaches })

/** Every scope; the keys are the ends of test titles. */
export const multicastScopes = {
  "two functions join and leave with three JoinStates": exploring(
    { wishes: [wishes(A, 1, 8, 2), wishes(A, 1, 8, 2)], requests: [2, 2] },
    /joins 2 .*; function \d GetResp\(0777, 2/, /leaves 8 .*; wire Delete\(0777, 8/, /leaves .* status 512/
  ),
  "packets are lost and come twice": exploring(
    { ...few, losses: 1, duplications: 1, timeouts: 2 },
    /is lost/, /is duplicated/, /drop response-unasked/, /drop sa-timeout/
  ),
  "the SA refuses a join": exploring(
    { ...few, requests: [2, 2], refusals: 1, timeouts: 1 },
    /status 256\) .*arrives; function \d GetResp.*; wire Set/
  ),
  "the SA is slow": exploring(
    { ...few, requests: [2, 2], timeouts: 3 },
    /drop sa-timeout/, /drop horizon/, /GetResp.* arrives; wire Delete/
  ),
  "a function with two JoinStates is reset": exploring(
    { ...twoStates, resets: 1, timeouts: 1 },
    /is reset; wire Delete\(0777, 9/, /is reset; drop function-gone/
  ),
  "a function is reset while packets are lost": exploring(
    { ...few, resets: 1, losses: 1, timeouts: 2 },
    /is reset; drop function-gone/, /GetResp.* arrives; wire Delete/
  ),
  "functions lose P_Keys and GUIDs": exploring(
    { ...few, requests: [2, 1], confinements: 2, timeouts: 1 },
    /loses its P_Key; wire Delete/, /has another GUID; wire Delete/, /another GUID; function 1 GetResp.* status 512/
  ),
  "the SM asks to reregister, with two JoinStates": exploring(
    { ...twoStates, reregisters: 1, resets: 1 },
    /reregister; wire Set\(0777, 9/, /DeleteResp\(0777, 9.* status 512\).*; wire Delete\(0777, 1/
  ),
  "the SM asks to reregister while packets are lost": exploring(
    { ...few, reregisters: 1, losses: 1, timeouts: 2 },
    /reregister; wire Set/, /reregister; wire Delete/
  ),
  "functions join again or not after a reregister": exploring(
    {
      wishes: [wishes(A, 1), [{ method: "join", mgid: A, bits: 8 }]],
      requests: [2, 2], reregisters: 1, timeouts: 1, timing: { ...scopeTiming, renewGrace: 5 }
    },
    /5 ms pass; wire Delete\(0777, 1,/, /5 ms pass; wire Delete\(0777, 9,/, /5 ms pass$/
  ),
  "the SA refuses to have members again": exploring(
    { ...few, reregisters: 1, refusals: 1, timeouts: 1 },
    /status 256\) .*arrives; function 1 hears reregister/
  ),
  "another SM takes over": exploring(
    { ...few, sms: [Lid(2)], timeouts: 2 },
    /where no SM is/, /LID 2; wire Set/, /from LID 1 arrives; wire Delete/
  ),
  "another SM takes over while a second JoinState is asked for": exploring({
    wishes: [[{ method: "join", mgid: A, bits: 1 }], [{ method: "join", mgid: A, bits: 8 }]],
    requests: [2, 1],
    sms: [Lid(2)],
    timeouts: 2
  }, /LID 2; wire Set/, /from LID 1 arrives$/),
  "the SM is gone for a while": exploring(
    { ...few, sms: [null, Lid(1)], losses: 1, timeouts: 1 },
    /gone; drop no-sm/, /joins .*; drop no-sm/, /LID 1; wire Set/, /LID 1; wire Delete/
  ),
  "there are two groups, created by the first who joins": exploring({
    wishes: [[...wishes(A, 1), ...wishes(B, 1)], wishes(B, 1)],
    requests: [2, 1],
    existing: [],
    losses: 1,
    timeouts: 1
  }, /GetResp\(0888, 1, .* arrives; function/, /the SA says 1536/),
  "the SA chooses the MGID": exploring({
    wishes: [[{ method: "join", mgid: NO_GID, bits: 1 }, ...wishes(CHOSEN, 1)], wishes(CHOSEN, 1)],
    requests: [2, 1],
    existing: [],
    timeouts: 1,
    refusals: 1
  }, /joins 1 of 0000; wire Set\(0000/, /drop sa-timeout/, /GetResp.* arrives; wire Delete/),
  "the PF context stops": exploring(
    { ...few, stops: 1, losses: 1, timeouts: 1 },
    /stops; wire Delete/, /stops; drop function-gone/
  ),
  "what was given up is forgotten": exploring(
    { ...few, timeouts: 2, waits: [35, 10], comparesSa: false },
    /drop response-unasked/, /GetResp.* arrives; wire Delete/
  ),
  "sends may be late": exploring(
    { ...few, timeouts: 3, timing: { ...scopeTiming, slack: 4 } },
    /10 ms pass$/, /14 ms pass; wire Set/, /10 ms pass; wire Set/
  ),
  "functions repeat themselves": exploring(
    { ...few, requests: [1, 1], repetitions: 2, losses: 1, timeouts: 3 },
    /drop coalesced/, /drop horizon/
  ),
  "a stranger answers in the SA's name": exploring(
    { ...few, forgeries: 1, timeouts: 1 },
    /drop sa-answer-source/
  ),
  "packets overtake each other": exploring(
    { ...few, ordered: false, duplications: 1, timeouts: 1, comparesSa: false },
    /drop response-unasked/
  )
}

/** Name of a scope. */
export type MulticastScopeName = keyof typeof multicastScopes

/** More than can be explored: three functions, all JoinStates, and everything may go wrong. */
export const largeMulticastScope: MulticastScope = {
  ...stillScope,
  existing: [A],
  wishes: [wishes(A, 1, 2, 4, 8), wishes(A, 1, 9), wishes(A, 3, 8)],
  requests: [2, 2, 2],
  losses: 1,
  duplications: 1,
  timeouts: 2,
  refusals: 1,
  resets: 1,
  reregisters: 1,
  comparesSa: false
}
