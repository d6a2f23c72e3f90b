/** The command `madmux run` as a user starts it, on a real fabric; its trace judged by `madmux check`. */
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freeBasePort } from "./free-ports.ts"
import { runScoped } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { openSaView } from "./sa-view.ts"

const MAIN = join(import.meta.dirname, "../../impl/cli/main.ts")
const EXIT_ENVIRONMENT = 3
/** As a shell counts the signal SIGINT. */
const EXIT_INTERRUPTED = 130
const SM_LID = 1
/** The group that its functions join and leave by turns. */
const MGID_OF_RUN = "ff12401bffff00000000000000000099"

/** How a command ended. */
interface Ended {
  readonly code: number | string | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts `madmux` with these arguments, for at most a minute. */
const start = (...args: ReadonlyArray<string>) => {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const child = execFile(process.execPath, [MAIN, ...args], { timeout: 60_000 }, (error, stdout, stderr) =>
    resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? null), stdout, stderr }))
  return { child, ended: promise }
}
const madmux = (...args: ReadonlyArray<string>): Promise<Ended> => start(...args).ended

const onIbsim = (port: number, seconds: number): ReadonlyArray<string> => [
  "run", "--wire", "ibsim", "--ibsim", `127.0.0.1:${port}`, "--node", "Hca2", "--functions", "4",
  "--seconds", String(seconds), "--json"
]

describe.skipIf(!fabricIsPresent())("madmux run on a real fabric", () => {
  let fabric: Fabric
  let directory: string
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
    directory = await mkdtemp(join(tmpdir(), "madmux-run-"))
  })
  afterAll(async () => {
    await fabric.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** What four functions asked was answered, and nothing else came. */
  const expectTraffic = (stdout: string): void => {
    const { functions, traffic, wire } = JSON.parse(stdout)
    expect({ functions, wire }).toEqual({ functions: 4, wire: "ibsim" })
    expect(traffic).toMatchObject({ refusedByRing: 0, strange: 0 })
    // Half of it are queries, half joins and leaves, so this is some of both; the last may be under way.
    expect(traffic.answered).toBeGreaterThan(traffic.sent / 2)
    expect(traffic.answered).toBeLessThanOrEqual(traffic.sent)
  }

  /** The command says all of this to people and to machines, and shows nobody a stack. */
  const expectEnvironment = ({ code, stderr, stdout }: Ended, ...texts: ReadonlyArray<string>): void => {
    expect(code).toBe(EXIT_ENVIRONMENT)
    const { error, exitCode } = JSON.parse(stdout)
    expect(exitCode).toBe(EXIT_ENVIRONMENT)
    for (const text of texts) expect([stderr, error]).toEqual(Array(2).fill(expect.stringContaining(text)))
    expect(stderr).not.toContain("    at ")
  }

  it("queries and memberships of four functions are answered by OpenSM or for it, and nothing else comes "
    + "[SQP-TID-4] [SQP-MC-3]", async () => {
    const { code, stderr, stdout } = await madmux(...onIbsim(fabric.port, 1))
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expectTraffic(stdout)
  })

  /** Has the command check a file that a run wrote. */
  const expectAllowedFile = async (path: string): Promise<void> => {
    const { code, stderr, stdout } = await madmux("check", path, "--json")
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "allowed", violations: [], undecided: [] })
  }

  it("the trace and the capture it writes are allowed by the model [SQP-TID-1] [SQP-MC-1] [SQP-ACC-1] [SQP-CHK-6]", async () => {
    const trace = join(directory, "run.jsonl")
    const capture = join(directory, "run.pcapng")
    const run = await madmux(...onIbsim(fabric.port, 2), "--trace", trace, "--pcap", capture)
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" })
    expectTraffic(run.stdout)
    const lines = (await readFile(trace, "utf8")).split("\n").length
    expect(lines).toBeGreaterThan(JSON.parse(run.stdout).traffic.sent)
    await expectAllowedFile(trace)
    await expectAllowedFile(capture)
  })

  it("without a simulator it ends with the code of the environment and says what to start", async () => {
    const port = await freeBasePort()
    expectEnvironment(await madmux(...onIbsim(port, 2)), `127.0.0.1:${port}`, "ibsim -s")
  })

  it("a node that the net has not is named, with the code of the environment", async () => {
    const args = onIbsim(fabric.port, 2).map((arg) => (arg === "Hca2" ? "Hca99" : arg))
    expectEnvironment(await madmux(...args), "Hca99")
  })

  /** Resolves once the SA counts so many members in the group of a run. */
  const membersAt = ({ host, port }: Pick<Fabric, "host" | "port">, count: number): Promise<void> =>
    runScoped(Effect.gen(function*() {
      const sa = yield* openSaView({ host, port }, "Hca3", SM_LID)
      yield* sa.membersUntil(MGID_OF_RUN, (members) => members.length === count)
    }))

  it("interrupted, it leaves its group at the SA before it ends [SQP-LIFE-3]", async () => {
    const trace = join(directory, "interrupted.jsonl")
    const { child, ended } = start(...onIbsim(fabric.port, 3600), "--trace", trace)
    await membersAt(fabric, 1)
    child.kill("SIGINT")
    expect(await ended).toMatchObject({ code: EXIT_INTERRUPTED, stdout: "" })
    await membersAt(fabric, 0)
    await expectAllowedFile(trace)
  })

  it("a simulator that dies ends it with the code of the environment, long before its time", async () => {
    await using other = await startFabric({ hosts: 3 })
    const trace = join(directory, "died.jsonl")
    const { ended } = start(...onIbsim(other.port, 3600), "--trace", trace)
    await membersAt(other, 1)
    process.kill(other.pids.ibsim, "SIGKILL")
    expectEnvironment(await ended, "ibsim is gone")
    await expectAllowedFile(trace)
  })
})
