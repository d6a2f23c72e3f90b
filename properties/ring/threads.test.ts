import { expect, it } from "vitest"
import { allocateDoorbell, doorbellWords } from "../../impl/ring/doorbell.ts"
import { type CopyKind, SharedRegion } from "../../impl/ring/memory.ts"
import { allocateReadyBitmap, readyBitmapWords } from "../../impl/ring/ready.ts"
import { SLOT_WORDS } from "../../impl/ring/slot.ts"
import { allocateRing, ringWords } from "../../impl/ring/spsc.ts"
import type { Answer, Assignment, Job } from "./ring-worker.ts"
import { runWorker } from "./run-worker.ts"

const FILE = new URL("./ring-worker.ts", import.meta.url)
const DEADLINE_MS = 60_000

interface Setting {
  readonly functions: ReadonlyArray<number>
  readonly slots: number
  readonly slotsPerRing: number
  readonly batchMax: number
  readonly polls: number
  readonly copy: CopyKind
}

/**
 * Passes every slot of a setting from one thread to another. Each sleeps when it can do nothing; both have
 * deadlines.
 */
const pass = async (setting: Setting): Promise<{ readonly sent: Answer; readonly received: Answer }> => {
  const { copy, functions, slots } = setting
  const scratchWords = 2 * (SLOT_WORDS + 32)
  const parts = [functions.length * ringWords(slots), readyBitmapWords(), 2 * doorbellWords(), scratchWords]
  const region = SharedRegion.create(parts.reduce((sum, words) => sum + words), { copy })
  const job: Job = {
    memory: region.memory,
    copy,
    rings: functions.map((f) => ({ f, ring: allocateRing(region, slots, f % 2 === 0 ? 0 : -100) })),
    bitmap: allocateReadyBitmap(region),
    workBell: allocateDoorbell(region),
    roomBell: allocateDoorbell(region),
    slotsPerRing: setting.slotsPerRing,
    batchMax: setting.batchMax,
    polls: setting.polls,
    deadlineMs: DEADLINE_MS / 2
  }
  const start = (role: Assignment["role"]): Promise<Answer> => {
    const assignment: Assignment = { ...job, role }
    return runWorker<Answer>(FILE, assignment, DEADLINE_MS)
  }
  const [received, sent] = await Promise.all([start("consumer"), start("producer")])
  return { received, sent }
}

const check = async (setting: Setting): Promise<{ readonly sent: Answer; readonly received: Answer }> => {
  const total = setting.functions.length * setting.slotsPerRing
  const { received, sent } = await pass(setting)
  expect(received.fault ?? sent.fault).toBeUndefined()
  expect([received.slots, sent.slots]).toEqual([total, total])
  return { received, sent }
}

it.each(["wasm", "views"] as const)(
  "10 000 slots pass between two threads whole and in order (%s) [SQP-RING-1] [SQP-RING-2]",
  async (copy) => {
    await check({ functions: [1], slots: 64, slotsPerRing: 10_000, batchMax: 32, polls: 200, copy })
  }
)

it("10 000 slots of five functions pass through tiny rings [SQP-RING-1] [SQP-RING-3]", async () => {
  const functions = [0, 31, 32, 127, 255]
  await check({ functions, slots: 4, slotsPerRing: 2000, batchMax: 3, polls: 50, copy: "wasm" })
})

it("two threads that always sleep pass 2000 slots through a one-slot ring [SQP-RING-3]", async () => {
  const setting = { functions: [7], slots: 1, slotsPerRing: 2000, batchMax: 1, polls: 0 }
  const { received, sent } = await check({ ...setting, copy: "wasm" })
  expect(received.woken + sent.woken).toBeGreaterThan(0)
})
