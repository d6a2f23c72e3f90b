/** What a trace says, in the words of the mux: its configuration, its port events, its random numbers. */
import type { MuxConfig } from "../mux/config.ts"
import type { PortEvent } from "../port/port-event.ts"
import type { Command } from "./command.ts"
import type { CompleteInit } from "./init.ts"

/** Slots of every ring: far more than one command can fill. */
export const SLOTS = 256

/** A source of 32 pseudo-random bits that a seed determines (xorshift32 over a Weyl sequence). */
export const seededRandom32 = (seed: number): (() => number) => {
  let weyl = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0
  return () => {
    weyl = (weyl + 0x9e37_79b9) >>> 0
    let x = weyl
    x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35)
    return (x ^ (x >>> 16)) >>> 0
  }
}

/** The configuration of the mux that an `init` describes. */
export const muxConfigOf = (init: CompleteInit): MuxConfig => ({
  functions: init.functions,
  functionSlots: SLOTS,
  wireSlots: SLOTS,
  limits: init.limits,
  timing: init.timing,
  services: init.services,
  policy: init.policy,
  groupNotices: init.groupNotices,
  nodeGuids: init.nodeGuids,
  guids: init.guids,
  adminGuids: init.adminGuids,
  guidCap: init.guidCap,
  otherPortGuids: init.otherPortGuids,
  pkeyMaps: init.virt2phys,
  port: {
    up: init.up,
    lid: init.lid,
    lmc: init.lmc,
    smLid: init.smLid,
    smSl: init.smSl,
    subnetPrefix: init.subnetPrefix,
    pkeys: init.pkeys
  },
  nodeInfo: Buffer.from(init.nodeInfo, "hex"),
  portInfo: Buffer.from(init.portInfo, "hex"),
  random32: seededRandom32(init.seed)
})

/** The port event a command tells; null for a command that is none. */
export const portEventOf = (command: Command): PortEvent | null => {
  switch (command.op) {
    case "reregister":
      return { _tag: "reregister" }
    case "link":
      return { _tag: "link", up: command.up }
    case "sm":
      return { _tag: "sm", smLid: command.smLid, smSl: command.smSl }
    case "lid":
      return { _tag: "lid", lid: command.lid, lmc: command.lmc }
    case "prefix":
      return { _tag: "prefix", subnetPrefix: command.subnetPrefix }
    case "pkeys":
      return { _tag: "pkeys", pkeys: command.pkeys }
    case "guidTable":
      return { _tag: "guidTable", block: command.block, guids: command.guids }
    default:
      return null
  }
}
