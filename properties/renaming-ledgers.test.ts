/** What invariants remember with functions in each other's places: all that names one of them names the other. */
import { describe, expect, it } from "vitest"
import { CommId, FunctionId, type Guid, Lid } from "../model/ids.ts"
import { type Conversation, emptyLedger, type Sent } from "../model/invariants-cm-ledger.ts"
import type { KnownAlias } from "../model/invariants-guid-ledger.ts"
import { firstLedger } from "../model/invariants-multicast-ledger.ts"
import { knownAtFirst, type PortLedger } from "../model/invariants-port-ledger.ts"
import { byFunction, same, texts } from "../model/renaming.ts"
import {
  cmLedger, multicastLedger, portLedger, subscriptionLedger, tidLedger
} from "../model/renaming-ledgers.ts"
import { A, B, expectRenamed, type Names, nothing, ofFunctions, type Said, swap } from "./renamed.ts"
import { guid, SA, SM_LID, small, tid } from "./small-world.ts"

describe("functions in each other's places in what invariants remember", () => {
  const port: Said<PortLedger> = (a, b) => {
    const alias = (of: Names): KnownAlias => ({
      admin: of.guid, asked: of.guid, confirmed: true, backOff: null, nextMs: 1, mostMs: 1, isUnsure: false,
      open: {
        tid: "1", method: 2, guid: of.guid, lid: Lid(5), sentTo: SM_LID, tries: 1, sinceMs: 0, lateMs: 0,
        isFreed: false
      }
    })
    const first = knownAtFirst(small())
    return {
      ...first,
      functions: first.functions.map((known, n) => {
        const of = n === a.fn ? a : b
        return n === 0 ? known : {
          ...known, attached: of === a, slot: of.guid, alias: alias(of),
          qps: [{ qpn: of.ownQpn, is: "created", qkey: 1, pkeyIndex: 0 }]
        }
      })
    }
  }

  it("are those that the ledger of the port names [SQP-EXP-7]", () => {
    expectRenamed(portLedger, port)
  })

  it("are those that the ledger of TIDs names [SQP-EXP-7]", () => {
    const held = { tid: tid(1), must: 1, may: 1, rested: 0, answered: false, ended: false }
    const other = (name: string, fn: FunctionId | null = null) =>
      ({ ...held, owner: { _tag: "other" as const, function: fn, name } })
    const slots = (mask: string, ...guids: ReadonlyArray<Guid>) => `SA 2 0 000000000000${mask} ${guids.join()}`
    expectRenamed(tidLedger, (a, b) => ({
      held: [
        other(a.fn === 1 ? slots("0023", guid(0), b.guid, guid(9)) : slots("0043", guid(0), guid(9), b.guid)),
        other(`SA 20 0 ${"0".repeat(12)}${a.fn === 1 ? "0043" : "0023"} ${guid(0)}`),
        other(`SA 2 1 0000000000000023 ${guid(0)},${a.guid},${b.guid}`),
        other(`SA 2 ${a.gid} 1`),
        other("of the PF", FunctionId(0)),
        ...[
          other("asks", a.fn), other("asks again", a.fn), other("asks too", b.fn),
          ...[b, a].map((of, n) => ({
            ...held,
            owner: {
              _tag: "request" as const, function: of.fn, qp: 1 as const, mgmtClass: SA, dlid: Lid(n),
              dgid: n === 0 ? null : b.gid, remoteQpn: a.proxyQpn, guestTid: tid(2)
            }
          }))
        ].toSorted((x, y) => (x.owner.function ?? 0) - (y.owner.function ?? 0))
      ],
      given: ofFunctions(...[a, b, a].map((of, n) => ({
        function: of.fn, qp: 1 as const, mgmtClass: SA, slid: Lid(n), srcQp: of.proxyQpn, tid: tid(n),
        answered: false,
        must: 1, may: 1
      })))
    }))
  })

  it("are those that the ledger of subscriptions names [SQP-EXP-7]", () => {
    const key = (of: Names) => `1 {"gid":"${of.gid}"}`
    const keys = (...all: ReadonlyArray<Names>) => all.map(key).sort()
    expectRenamed(subscriptionLedger, (a, b) => ({
      port: port(a, b),
      sure: [{ fn: b.fn, key: key(a) }, { fn: a.fn, key: key(b) }],
      perhaps: [{ fn: a.fn, key: key(a) }],
      wished: [{ fn: b.fn, key: key(b), tid: tid(1), pkeyIndex: 0 }],
      asked: [{ tid: "1", key: key(a), subscribe: true, dlid: SM_LID, former: false, age: 0 }],
      granted: keys(a, b), maybeGranted: keys(b), everAsked: keys(a)
    }))
  })

  it("are those that the ledger of CM conversations names [SQP-EXP-7]", () => {
    const id = CommId("00000001")
    expectRenamed(cmLedger, (a, b) => ({
      ...emptyLedger,
      conversations: [b, a].map((of): Conversation => ({
        wire: { space: "comm", id }, function: of.fn, isGone: false, guestId: id, peerId: null, must: null,
        ended: "no",
        isHalfOpen: false, retryMs: 0, places: [`lid 1 ${of.gid}`], idle: 0, tids: []
      })),
      sent: [b, a].map((of): Sent =>
        ({ function: of.fn, message: "REQ", guestId: id, quoted: id, tid: tid(1), wireId: id, age: 0 })),
      asked: [b, a].map((of) => ({ function: of.fn, caGuid: of.guid, peerId: id, must: 1, places: [of.gid] })),
      told: [{ function: a.fn, peerId: id }],
      named: [{ function: b.fn, gid: a.gid }],
      refused: [{ function: a.fn, peerId: id }],
      begun: [{ function: b.fn, count: 1 }]
    }))
  })

  it("are those that the ledger of multicast names [SQP-EXP-7]", () => {
    const name = (of: Names) => `${of.fn}:${tid(1)}:ff:1`
    expectRenamed(multicastLedger, (a, b) => ({
      ...firstLedger(small()),
      joins: [b, a].map((of) => ({
        function: of.fn, tid: "1", mgid: a.gid, bits: 1, mask: "1", portGid: of.gid, pkey: 1, sinceMs: 0,
        drops: 0
      })),
      asked: [{
        tid: "1", kind: "join" as const, mgid: b.gid, bits: 1, mask: "1", sentTo: SM_LID,
        for: [name(b), name(a), "0:1:2:3"],
        rejoin: "no" as const, sends: 1, sinceMs: 0, lateMs: 0, abandoned: false, overtaken: false
      }],
      groups: [{ mgid: a.gid, held: 1, heldKnown: true, believed: 1, membersKnown: true, pkey: 1, rejoinDue: false }],
      members: ofFunctions(...[a, b, a].map((of, n) =>
        ({ function: of.fn, mgid: n === 0 ? of.gid : b.gid, bits: n, provisional: 0 }))),
      port: port(a, b),
      others: [b.fn]
    }))
    // A number of more than one digit.
    const first = firstLedger(small())
    const unported = { ...first, port: { ...first.port, functions: [] } }
    const functions = Array.from({ length: 13 }, (_, n) => FunctionId(n)).with(12, FunctionId(2)).with(2, FunctionId(12))
    const asked = (...names: ReadonlyArray<string>) => ({ ...unported, asked: [{ for: names }] as never })
    expect(multicastLedger(asked("12:1", "2:1", "1:1"), { ...nothing, functions })).toEqual(asked("2:1", "12:1", "1:1"))
  })

  it("are found in a list by function and in texts that are kept in order [SQP-EXP-7]", () => {
    expect(byFunction<string>(same)(["0", "1", "2", "3"], swap)).toEqual(["0", "2", "1", "3"])
    expect(texts([`a ${B.gid}`, `b ${A.guid}`, `b ${B.guid}`], swap)).toEqual([`a ${A.gid}`, `b ${A.guid}`, `b ${B.guid}`])
  })
})
