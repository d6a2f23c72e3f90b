/** Communication management between functions here and peers on other nodes, with every id colliding. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  connectionReply, connectionRequest, disconnectReply, disconnectRequest, readyToUse
} from "../../impl/guest/mads.ts"
import { openPeer, type Peer } from "./cm-peer.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { cmOf, lowTidOf, rejOf, repCaGuidOf, reqLocalGidOf, tidOf } from "./mads.ts"
import { type Arrived, type MuxOnFabric, ways, withMux } from "./mux-on-fabric.ts"

const REQ = 0x10
const REJ = 0x12
const REP = 0x13
const RTU = 0x14
const DREQ = 0x15
const DREP = 0x16
const REQ_REFUSED = 0
const REASON_INVALID_GID = 12
const SERVICE_ID = "0000000001060001"
const REMOTE_QPN = 0x40
/** What every function uses: its own comm id, and the TIDs of its requests. */
const OWN_ID = 1
const REQ_TID = "fedcba9876543210"
const DREQ_TID = "89abcdef01234567"
/** What every peer uses for all it asks; ibsim writes over the upper 16 bits. */
const PEER_TID = "00005e5e5e5e5e5e"
const NO_ID = 0
const ALL_ONES = 0xffff_ffff

const hexTid = (tid: bigint): string => tid.toString(16).padStart(16, "0")
/** What ibsim leaves of the TID of a request. */
const low48 = (tid: bigint): bigint => BigInt.asUintN(48, tid)

/** A REQ of a peer for the function with a GID. */
const peerRequest = (peer: Peer, mux: MuxOnFabric, localId: number, remoteGid: string): Uint8Array =>
  connectionRequest(PEER_TID, {
    localId, caGuid: peer.caGuid, localLid: peer.at, remoteLid: mux.lid, localGid: peer.gid, remoteGid,
    serviceId: SERVICE_ID
  })

/** The next MAD of a function, a CM message of the attribute. */
const functionCm = (mux: MuxOnFabric, f: number, attribute: number): Effect.Effect<Arrived> =>
  Effect.map(mux.next(f), (arrived) => {
    expect(cmOf(arrived.mad).attribute).toBe(attribute)
    return arrived
  })

const nothingElse = (mux: MuxOnFabric) =>
  Effect.map(mux.barrier, () => expect(mux.waiting()).toEqual(mux.all.map(() => 0)))

describe.skipIf(!fabricIsPresent()).each(ways)("CM over a real port, %s", (way) => {
  let fabric: Fabric
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
  })
  afterAll(() => fabric.stop())

  const bothPeers = Effect.suspend(() => Effect.all([openPeer(fabric, "Hca3"), openPeer(fabric, "Hca4")]))

  const postRequest = (mux: MuxOnFabric, f: number, peer: Peer): Uint8Array => {
    const request = connectionRequest(REQ_TID, {
      localId: OWN_ID, caGuid: mux.guids[f] ?? "", localLid: mux.lid, remoteLid: peer.at,
      localGid: mux.gid(f), remoteGid: peer.gid, serviceId: SERVICE_ID
    })
    mux.post(f, peer.at, request)
    return request
  }

  /** Every function with its peer and the id that the peer uses for it: the peers use the same ids. */
  const pairsOf = (mux: MuxOnFabric, peers: ReadonlyArray<Peer>) =>
    mux.all.flatMap((f) => {
      const peer = peers[f % peers.length]
      return peer === undefined ? [] : [{ f, peer, peerId: 1 + Math.trunc(f / peers.length) }]
    })

  /** All functions connect, with the same ids; returns the wire id and wire TID of each. */
  const connectAll = Effect.fnUntraced(function*(mux: MuxOnFabric, peers: ReadonlyArray<Peer>) {
    const pairs = pairsOf(mux, peers)
    const requests = pairs.map(({ f, peer }) => postRequest(mux, f, peer))
    const wire = new Map<number, { readonly id: number; readonly tid: bigint }>()
    for (const { peer } of pairs) {
      const { mad, slid } = yield* peer.expectCm(REQ)
      expect(slid).toBe(mux.lid)
      const f = mux.all.findIndex((each) => mux.gid(each) === reqLocalGidOf(mad))
      const { localId, tid } = cmOf(mad)
      wire.set(f, { id: localId, tid })
      // Nothing but the TID and the local id is another.
      const sent = requests[f]?.slice()
      sent?.set(mad.subarray(8, 16), 8)
      sent?.set(mad.subarray(24, 28), 24)
      expect(mad).toEqual(sent)
    }
    const ids = [...wire.values()].map(({ id }) => id)
    expect(new Set([...ids, NO_ID, ALL_ONES, OWN_ID]).size).toBe(pairs.length + 3)
    expect(new Set([...wire.values()].map(({ tid }) => BigInt.asUintN(32, tid))).size).toBe(pairs.length)
    const wireOf = (f: number) => wire.get(f) ?? { id: NO_ID, tid: 0n }
    for (const { f, peer, peerId } of pairs.toReversed()) {
      peer.send(mux.lid, connectionReply(hexTid(wireOf(f).tid), peerId, wireOf(f).id, peer.caGuid))
    }
    for (const { f, peerId } of pairs) {
      const { mad } = yield* functionCm(mux, f, REP)
      const own = { tid: BigInt(`0x${REQ_TID}`), localId: peerId, remoteId: OWN_ID }
      expect(cmOf(mad)).toEqual({ attribute: REP, ...own })
    }
    for (const { f, peer, peerId } of pairs) {
      mux.post(f, peer.at, readyToUse(REQ_TID, OWN_ID, peerId))
      const { mad } = yield* peer.expectCm(RTU)
      expect(cmOf(mad)).toMatchObject({ localId: wireOf(f).id, remoteId: peerId })
      expect(BigInt(lowTidOf(mad))).toBe(BigInt.asUintN(32, wireOf(f).tid))
    }
    return { pairs, wireOf }
  })

  it("eight functions with one comm id and one TID connect to two peers and disconnect, each in its own "
    + "conversation [SQP-CM-1] [SQP-CM-3] [SQP-CM-11]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const peers = yield* bothPeers
      const { pairs, wireOf } = yield* connectAll(mux, peers)
      for (const { f, peer, peerId } of pairs.slice(0, 4)) {
        mux.post(f, peer.at, disconnectRequest(DREQ_TID, OWN_ID, peerId, REMOTE_QPN))
      }
      for (const { f, peer, peerId } of pairs.slice(0, 4)) {
        const { mad } = yield* peer.expectCm(DREQ)
        expect(cmOf(mad)).toMatchObject({ localId: wireOf(f).id, remoteId: peerId })
        peer.send(mux.lid, disconnectReply(hexTid(tidOf(mad)), peerId, wireOf(f).id))
      }
      for (const { f, peerId } of pairs.slice(0, 4)) {
        const { mad } = yield* functionCm(mux, f, DREP)
        const own = { tid: BigInt(`0x${DREQ_TID}`), localId: peerId, remoteId: OWN_ID }
        expect(cmOf(mad)).toEqual({ attribute: DREP, ...own })
      }
      for (const { f, peer, peerId } of pairs.slice(4)) {
        peer.send(mux.lid, disconnectRequest(PEER_TID, peerId, wireOf(f).id, REMOTE_QPN))
      }
      for (const { f, peer, peerId } of pairs.slice(4)) {
        const { mad, slid } = yield* functionCm(mux, f, DREQ)
        expect(slid).toBe(peer.at)
        expect(cmOf(mad)).toMatchObject({ localId: peerId, remoteId: OWN_ID })
        expect(low48(tidOf(mad))).toBe(BigInt(`0x${PEER_TID}`))
        mux.post(f, peer.at, disconnectReply(hexTid(tidOf(mad)), OWN_ID, peerId))
        const answer = yield* peer.expectCm(DREP)
        expect(cmOf(answer.mad)).toMatchObject({ localId: wireOf(f).id, remoteId: peerId })
        expect(low48(tidOf(answer.mad))).toBe(BigInt(`0x${PEER_TID}`))
      }
      yield* nothingElse(mux)
    })))

  it("a REQ that a function repeats leaves with the same ids, one of another function with others "
    + "[SQP-CM-1] [SQP-CM-4]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const [peer] = yield* bothPeers
      const seen: Array<Uint8Array> = []
      for (const f of [2, 2, 3, 2, 3]) {
        postRequest(mux, f, peer)
        const { mad } = yield* peer.expectCm(REQ)
        seen.push(mad)
      }
      const [two, , three] = seen
      expect(seen).toEqual([two, two, three, two, three])
      expect(cmOf(two ?? new Uint8Array(256)).localId).not.toBe(cmOf(three ?? new Uint8Array(256)).localId)
    })))

  it("two peers with the same ids reach every function by the GID in their REQs, and the conversations stay "
    + "apart [SQP-CM-1] [SQP-CM-2] [SQP-CM-3] [SQP-CM-11]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const peers = yield* bothPeers
      /** Both peers, all functions; the id of the peer and the function's own. */
      const talks = mux.all.flatMap((f) =>
        peers.map((peer, index) => ({ f, peer, peerId: f + 1, ownId: 1 + index })))
      for (const { f, peer, peerId } of talks) peer.send(mux.lid, peerRequest(peer, mux, peerId, mux.gid(f)))
      for (const f of mux.all) {
        const arrived = [yield* functionCm(mux, f, REQ), yield* functionCm(mux, f, REQ)]
        for (const { mad, slid } of arrived) {
          const talk = talks.find(({ f: to, peer }) => to === f && peer.at === slid)
          expect(talk, `a REQ of LID ${slid} to function ${f}`).toBeDefined()
          if (talk === undefined) continue
          expect(mad.subarray(16)).toEqual(peerRequest(talk.peer, mux, talk.peerId, mux.gid(f)).subarray(16))
          expect(low48(tidOf(mad))).toBe(BigInt(`0x${PEER_TID}`))
          mux.post(f, slid, connectionReply(hexTid(tidOf(mad)), talk.ownId, talk.peerId, mux.guids[f] ?? ""))
        }
        expect(new Set(arrived.map(({ slid }) => slid)).size).toBe(peers.length)
      }
      const wire = new Map<string, number>()
      for (const { peer } of talks) {
        const { mad } = yield* peer.expectCm(REP)
        const { localId, remoteId, tid } = cmOf(mad)
        const f = mux.guids.indexOf(repCaGuidOf(mad))
        expect(remoteId).toBe(f + 1)
        expect(low48(tid)).toBe(BigInt(`0x${PEER_TID}`))
        wire.set(`${peer.at} ${f}`, localId)
      }
      const ids = [...wire.values()]
      expect(ids).toHaveLength(talks.length)
      expect(new Set([...ids, NO_ID, ALL_ONES]).size).toBe(talks.length + 2)
      const wireIdOf = (peer: Peer, f: number): number => wire.get(`${peer.at} ${f}`) ?? NO_ID
      for (const { f, ownId, peer } of talks) expect(wireIdOf(peer, f)).not.toBe(ownId)

      for (const { f, ownId, peer, peerId } of talks) {
        peer.send(mux.lid, readyToUse(PEER_TID, peerId, wireIdOf(peer, f)))
        const { mad, slid } = yield* functionCm(mux, f, RTU)
        expect({ slid, ...cmOf(mad) }).toMatchObject({ slid: peer.at, localId: peerId, remoteId: ownId })
      }
      // One peer ends its conversations, the other is told the end of its.
      for (const { f, ownId, peer, peerId } of talks) {
        const isFirst = peer === peers[0]
        if (isFirst) {
          peer.send(mux.lid, disconnectRequest(PEER_TID, peerId, wireIdOf(peer, f), REMOTE_QPN))
          const { mad } = yield* functionCm(mux, f, DREQ)
          expect(cmOf(mad)).toMatchObject({ localId: peerId, remoteId: ownId })
          mux.post(f, peer.at, disconnectReply(hexTid(tidOf(mad)), ownId, peerId))
        } else mux.post(f, peer.at, disconnectRequest(DREQ_TID, ownId, peerId, REMOTE_QPN))
        const { mad } = yield* peer.expectCm(isFirst ? DREP : DREQ)
        expect(cmOf(mad)).toMatchObject({ localId: wireIdOf(peer, f), remoteId: peerId })
        if (isFirst) continue
        peer.send(mux.lid, disconnectReply(hexTid(tidOf(mad)), peerId, wireIdOf(peer, f)))
        const answer = yield* functionCm(mux, f, DREP)
        const own = { tid: BigInt(`0x${DREQ_TID}`), localId: peerId, remoteId: ownId }
        expect(cmOf(answer.mad)).toEqual({ attribute: DREP, ...own })
      }
      yield* nothingElse(mux)
    })))

  it("a stranger that knows the wire id but not the peer's reaches no function; the peer still does "
    + "[SQP-CM-3] [SQP-CM-5]", async () => {
    const lines = await withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const [peer, stranger] = yield* bothPeers
      const { pairs, wireOf } = yield* connectAll(mux, [peer])
      for (const { f, peerId } of pairs) {
        const wrongId = peerId + 1
        stranger.send(mux.lid, disconnectRequest(PEER_TID, wrongId, wireOf(f).id, REMOTE_QPN))
        stranger.send(mux.lid, connectionReply(PEER_TID, wrongId, wireOf(f).id, stranger.caGuid))
      }
      // What it gets an answer to came after all of these.
      stranger.send(mux.lid, disconnectRequest(PEER_TID, 0x77, ALL_ONES, REMOTE_QPN))
      expect(cmOf((yield* stranger.expectCm(DREP)).mad)).toMatchObject({ localId: ALL_ONES, remoteId: 0x77 })
      expect(mux.waiting()).toEqual(mux.all.map(() => 0))
      for (const { f, peerId } of pairs) {
        peer.send(mux.lid, disconnectRequest(PEER_TID, peerId, wireOf(f).id, REMOTE_QPN))
        const { mad } = yield* functionCm(mux, f, DREQ)
        expect(cmOf(mad)).toMatchObject({ localId: peerId, remoteId: OWN_ID })
      }
      yield* nothingElse(mux)
    }))
    const drops = lines.flatMap(({ out = [] }) => out.filter(({ to }) => to === "drop"))
    expect(drops).toHaveLength(way === "live" ? 0 : 16)
    expect(drops.every((drop) => "reason" in drop && drop.reason === "cm-peer")).toBe(true)
  })

  it("a REQ for a GID that no function has is refused to the peer with reason 12, and nobody here sees it "
    + "[SQP-CM-2] [SQP-CM-9]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const [peer] = yield* bothPeers
      const localId = 0x4711
      peer.send(mux.lid, peerRequest(peer, mux, localId, "fe80000000000000deadbeefdeadbeef"))
      const { mad, slid } = yield* peer.expectCm(REJ)
      expect({ slid, ...cmOf(mad) }).toMatchObject({ slid: mux.lid, localId: NO_ID, remoteId: localId })
      expect(rejOf(mad)).toEqual({ message: REQ_REFUSED, reason: REASON_INVALID_GID })
      expect(low48(tidOf(mad))).toBe(BigInt(`0x${PEER_TID}`))
      yield* nothingElse(mux)
      // The same peer with the same id and a GID of ours is served.
      peer.send(mux.lid, peerRequest(peer, mux, localId, mux.gid(6)))
      expect(cmOf((yield* functionCm(mux, 6, REQ)).mad).localId).toBe(localId)
    })))

  it("a DREQ of no conversation is answered with a DREP that mirrors its ids, and nobody here sees it "
    + "[SQP-CM-10]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      for (const peer of yield* bothPeers) {
        const [peerId, ourId] = [0x1234, 0x9876_5432]
        peer.send(mux.lid, disconnectRequest(PEER_TID, peerId, ourId, REMOTE_QPN))
        const { mad, slid } = yield* peer.expectCm(DREP)
        expect({ slid, ...cmOf(mad) }).toMatchObject({ slid: mux.lid, localId: ourId, remoteId: peerId })
        expect(low48(tidOf(mad))).toBe(BigInt(`0x${PEER_TID}`))
      }
      yield* nothingElse(mux)
    })))
})
