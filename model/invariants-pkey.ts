/** Invariants of P_Keys (`spec/pkey.md`), judged by the traffic alone. */
import { PF } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { type Invariant, type Observation } from "./invariants.ts"
import { arriving, leaving } from "./invariants-crossing.ts"
import { overPort, partitionAt, physicalIndex, type PortLedger, readTable } from "./invariants-port-ledger.ts"

/** The invariants for a PF context that begins like this. */
export const pkeyInvariants = (initial: Initial): ReadonlyArray<Invariant> => {
  const judge = overPort(initial)
  return [
    judge(
      "SQP-PKEY-1",
      "A P_Key index is mapped to the physical one on its way out, to the function's own on its way in",
      unmapped
    ),
    judge("SQP-PKEY-2", "A MAD reaches only a function that has its P_Key", foreignPartition)
  ]
}

const unmapped = (port: PortLedger, observation: Observation) => {
  const crossing = leaving(observation)
  if (crossing && crossing.event.qp === 1) {
    const {
      event: { address, function: fn },
      left
    } = crossing
    const physical = physicalIndex(port, fn, address.pkeyIndex)
    return left.address.pkeyIndex === physical
      ? undefined
      : `index ${address.pkeyIndex} of function ${fn} leaves as ${left.address.pkeyIndex}, not ${physical}`
  }
  const arrival = arriving(observation)
  if (arrival === null || arrival.event.qp === 0) return undefined
  const {
    event: {
      address: { pkeyIndex: physical }
    },
    given: {
      address: { pkeyIndex },
      function: fn
    }
  } = arrival
  const expected = fn === PF ? physical : ownIndex(port, fn, physical)
  return expected === undefined || pkeyIndex === expected
    ? undefined
    : `physical index ${physical} reaches function ${fn} as ${pkeyIndex} instead of ${expected}`
}

/** The function's index of a partition: its first full member entry, else its first; undefined for none. */
const ownIndex = (
  port: PortLedger,
  fn: Parameters<typeof readTable>[1],
  physical: number
): number | undefined => {
  const entries = [...readTable(port, fn).entries()].filter(
    ([, key]) => (key & 0x7fff) === partitionAt(port, physical)
  )
  return (entries.find(([, key]) => key >= 0x8000) ?? entries[0])?.[0]
}

const foreignPartition = (port: PortLedger, observation: Observation) => {
  const arrival = arriving(observation)
  if (arrival === null || arrival.event.qp === 0) return undefined
  const {
    event: {
      address: { pkeyIndex }
    },
    given: { function: fn }
  } = arrival
  const partition = partitionAt(port, pkeyIndex)
  const holds = partition !== 0 && readTable(port, fn).some((key) => (key & 0x7fff) === partition)
  return holds ? undefined : `function ${fn} receives a MAD of partition 0x${partition.toString(16)}`
}
