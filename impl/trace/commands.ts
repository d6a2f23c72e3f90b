/** Commands for what a port tells: so that a recorded run can be done again. */
import type { PortEvent } from "../port/port-event.ts"
import { bytesToHex } from "../wire/hex.ts"
import type { PortDescription } from "../port/special-qp-port.ts"
import type { Command, Init } from "./command.ts"
import { FORMAT } from "./command.ts"

/** The command that does what a port event did. */
export const commandOfPortEvent = (event: PortEvent): Command => {
  switch (event._tag) {
    case "lid":
      return { op: "lid", lid: event.lid, lmc: event.lmc }
    case "sm":
      return { op: "sm", smLid: event.smLid, smSl: event.smSl }
    case "prefix":
      return { op: "prefix", subnetPrefix: event.subnetPrefix }
    case "pkeys":
      return { op: "pkeys", pkeys: event.pkeys }
    case "guidTable":
      return { op: "guidTable", block: event.block, guids: event.guids }
    case "link":
      return { op: "link", up: event.up }
    case "reregister":
      return { op: "reregister" }
  }
}

/** The `init` of a run on a port: `guids` by function, all attached. */
export const initOfPort = (port: PortDescription, guids: ReadonlyArray<string>, seed: number): Init => ({
  op: "init",
  format: FORMAT,
  seed,
  functions: guids.length,
  subnetPrefix: port.subnetPrefix,
  guids,
  nodeGuids: guids,
  pkeys: port.pkeys,
  lid: port.lid,
  lmc: port.lmc,
  smLid: port.smLid,
  smSl: port.smSl,
  up: port.linkUp,
  active: guids.map(() => true),
  nodeInfo: bytesToHex(port.nodeInfo),
  portInfo: bytesToHex(port.portInfo)
})
