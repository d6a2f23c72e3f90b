/**
 * A real fabric for a test file: ibsim with a net file of ours and a real OpenSM attached to it, on
 * 127.0.0.1.
 *
 * Start it in `beforeAll`, stop it in `afterAll`. It has its own UDP ports and its own temporary directory;
 * `stop` leaves neither processes nor files.
 */
import { existsSync, readdirSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { connectIbsim, disconnectSlot } from "../../impl/port/ibsim/client.ts"
import { freeBasePort } from "./free-ports.ts"
import { getClassPortInfo, methodOf, statusOf } from "./mads.ts"
import { type Child, startChild } from "./process.ts"
import { realPart } from "./required.ts"

/** What the fabric looks like and how long it may take to come up. */
export interface FabricOptions {
  /** Number of HCAs on the one switch, 2..32, named "Hca1", "Hca2", ... Default 4. */
  readonly hosts?: number
  /** Node of the subnet manager; tests attach to the others. Default "Hca1". */
  readonly smNode?: string
  /** Contents of OpenSM's partitions file; without it the default partition 0xffff. */
  readonly partitions?: string
  /** From spawn to an answering SA. Default 20000. */
  readonly deadlineMs?: number
}

/** A running fabric. `host`:`port` is ibsim's control port. `await using` stops it, too. */
export interface Fabric extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly nodes: ReadonlyArray<string>
  /** Process ids of what runs now. */
  readonly pids: { readonly ibsim: number; readonly opensm: number }
  readonly directory: string
  /** Types a line at the simulator's console, such as `Unlink "Hca3"[1]`. */
  readonly console: (command: string) => void
  /**
   * Ends OpenSM and starts a new one on `node` (default: where it was first); resolves once its SA answers.
   * It gives the same LIDs, and knows of no group that was.
   */
  readonly restartSm: (node?: string) => Promise<void>
  /** Gives OpenSM another partitions file and has it read it; needs {@link FabricOptions.partitions}. */
  readonly repartition: (partitions: string) => Promise<void>
  /** What ibsim and OpenSM wrote last. */
  readonly log: () => Promise<string>
  readonly stop: () => Promise<void>
}

const HOST = "127.0.0.1"
const OPENSM_LOG = "osm.log"
const PARTITIONS = "partitions.conf"

/** LD_PRELOAD library that puts a libibumad program onto ibsim, or undefined when it is not installed. */
const umad2simPath = (): string | undefined => {
  const multiarch = existsSync("/usr/lib") ? readdirSync("/usr/lib").map((name) => `/usr/lib/${name}`) : []
  return [...multiarch, "/usr/lib64", "/usr/lib"]
    .map((path) => join(path, "umad2sim", "libumad2sim.so"))
    .find((path) => existsSync(path))
}

/** Whether ibsim and OpenSM are here; with MADMUX_REAL=1 their absence throws and names what to install. */
export const fabricIsPresent = (): boolean => {
  const programs = [realPart("ibsim"), realPart("opensm")]
  const library = umad2simPath()
  if (library === undefined && process.env["MADMUX_REAL"] === "1") {
    throw new Error("libumad2sim.so is missing and MADMUX_REAL=1 demands it: apt-get install libumad2sim0")
  }
  return library !== undefined && programs.every((part) => part.present)
}

const nodeNames = (hosts: number): ReadonlyArray<string> => {
  const valid = Number.isInteger(hosts) && hosts >= 2 && hosts <= 32
  if (!valid) throw new Error(`hosts must be an integer in 2..32, got ${hosts}`)
  return Array.from({ length: hosts }, (_, index) => `Hca${index + 1}`)
}

/**
 * A net file of one switch: its port 1 leads to the first node, and so on. Port GUIDs: 0x100001, 0x100003 ..
 */
const netFile = (nodes: ReadonlyArray<string>): string => {
  const links = nodes.map((node, index) => `[${index + 1}] "${node}"[1]`)
  const hcas = nodes.map((node, index) => `Hca 1 "${node}"\n[1] "Switch1"[${index + 1}]`)
  return [[`Switch ${Math.max(8, nodes.length)} "Switch1"`, ...links].join("\n"), ...hcas, ""].join("\n\n")
}

/**
 * Repeats `probe` until it is true; throws, naming `what`, once the deadline has passed or a child has ended.
 */
const until = async (
  deadline: AbortSignal,
  children: ReadonlyArray<Child>,
  what: string,
  probe: () => Promise<boolean>
): Promise<void> => {
  while (!(await probe())) {
    const dead = children.find((child) => child.ended() !== undefined)
    if (dead !== undefined) throw new Error(`${what}: process ${dead.pid} ended with ${dead.ended()}`)
    if (deadline.aborted) throw new Error(`${what}: not within the deadline`)
    await sleep(10)
  }
}

const STATE_ACTIVE = 4
const isActive = (portInfo: Uint8Array): boolean =>
  ((portInfo[32] ?? 0) & 0x0f) === STATE_ACTIVE && ((portInfo[18] ?? 0) | (portInfo[19] ?? 0)) !== 0

/** Attaches to `nodeId` until its port is active and the SA answers it. */
const subnetIsUp = (port: number, nodeId: string, deadline: AbortSignal, children: ReadonlyArray<Child>) =>
  Effect.scoped(Effect.gen(function*() {
    let answered = false
    const client = yield* connectIbsim({
      host: HOST,
      port,
      nodeId,
      onBounce: () => {},
      onMad: ({ mad }) => {
        if (methodOf(mad) === 0x81 && statusOf(mad) === 0) answered = true
      }
    })
    const waitFor = (what: string, probe: () => Promise<boolean>) =>
      Effect.promise(() => until(deadline, children, what, probe))
    const readInfo = async () => new Uint8Array(await Effect.runPromise(client.portInfo))
    yield* waitFor("OpenSM brings the port up", async () => isActive(await readInfo()))
    let tid = 0n
    yield* waitFor("the SA answers", async () => {
      tid += 1n
      // Read again each time: a new SM on another node changes it.
      const smLid = new DataView((await readInfo()).buffer).getUint16(18)
      client.send({
        dlid: smLid,
        slid: 0,
        dqp: 1,
        sqp: 1,
        status: 0,
        lengthBytes: 256,
        mad: getClassPortInfo(tid)
      })
      await sleep(20)
      return answered
    })
  }))

const startIbsim = async (
  directory: string,
  deadline: AbortSignal
): Promise<{ readonly port: number; readonly ibsim: Child }> => {
  const program = realPart("ibsim")
  if (!program.present) throw new Error("ibsim is not installed: apt-get install ibsim-utils")
  for (;;) {
    const port = await freeBasePort()
    // No -n: the console is used. Its input stays open, because at its end ibsim spins.
    const ibsim = await startChild(program.path, ["-s", "-r", "-l", String(port), join(directory, "net")], {
      cwd: directory,
      keepInput: true
    })
    try {
      await until(deadline, [ibsim], "ibsim answers", () =>
        Effect.runPromise(Effect.match(disconnectSlot({ host: HOST, port }, 9), {
          onFailure: () => false,
          onSuccess: () => true
        })))
      return { port, ibsim }
    } catch (cause) {
      const taken = ibsim.ended() !== undefined
      await ibsim.stop()
      // Somebody took a port between our look and ibsim's bind: look again.
      if (!taken || deadline.aborted) throw new Error(`${String(cause)}\n${ibsim.output()}`, { cause })
    }
  }
}

const startOpensm = async (
  directory: string,
  port: number,
  node: string,
  { partitions }: FabricOptions
): Promise<Child> => {
  const program = realPart("opensm")
  const library = umad2simPath()
  if (!program.present || library === undefined) {
    throw new Error("OpenSM or libumad2sim is not installed: apt-get install opensm libumad2sim0")
  }
  const partitionsPath = join(directory, PARTITIONS)
  if (partitions !== undefined) await writeFile(partitionsPath, partitions)
  const partitionArgs = partitions === undefined ? [] : ["-P", partitionsPath]
  return startChild(program.path, ["-f", join(directory, OPENSM_LOG), "-e", ...partitionArgs], {
    cwd: directory,
    env: {
      ...process.env,
      IBSIM_SERVER_NAME: HOST,
      IBSIM_SERVER_PORT: String(port),
      SIM_HOST: node,
      OSM_CACHE_DIR: directory,
      OSM_TMP_DIR: directory,
      LD_PRELOAD: library
    }
  })
}

const tail = (text: string): string => text.split("\n").slice(-25).join("\n")

/**
 * Starts a fabric and waits until its SA answers. Rejects, with everything stopped again and the tail of both
 * logs in the message, when a part is missing, ends early or is not ready within `deadlineMs`.
 */
export const startFabric = async (options: FabricOptions = {}): Promise<Fabric> => {
  const { deadlineMs = 20_000, hosts = 4, smNode = "Hca1" } = options
  const nodes = nodeNames(hosts)
  const probeNode = nodes.find((node) => node !== smNode) ?? smNode
  const directory = await mkdtemp(join(tmpdir(), "madmux-fabric-"))
  const children: Array<Child> = []
  const log = async (): Promise<string> => {
    const opensmLog = await readFile(join(directory, OPENSM_LOG), "utf8").catch(() => "")
    const outputs = children.map((child) => `process ${child.pid}:\n${tail(child.output())}`)
    return [...outputs, `${OPENSM_LOG}:\n${tail(opensmLog)}`].join("\n")
  }
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await child.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const deadline = AbortSignal.timeout(deadlineMs)
    await writeFile(join(directory, "net"), netFile(nodes))
    const { ibsim, port } = await startIbsim(directory, deadline)
    children.push(ibsim)
    let opensm = await startOpensm(directory, port, smNode, options)
    children.push(opensm)
    await Effect.runPromise(subnetIsUp(port, probeNode, deadline, children))
    const restartSm = async (node = smNode): Promise<void> => {
      await opensm.stop()
      children.splice(children.indexOf(opensm), 1)
      opensm = await startOpensm(directory, port, node, options)
      children.push(opensm)
      const probe = nodes.find((each) => each !== node) ?? node
      await Effect.runPromise(subnetIsUp(port, probe, AbortSignal.timeout(deadlineMs), children))
    }
    return {
      host: HOST,
      port,
      nodes,
      get pids() {
        return { ibsim: ibsim.pid, opensm: opensm.pid }
      },
      directory,
      console: (command) => ibsim.write(`${command}\n`),
      restartSm,
      repartition: async (partitions) => {
        if (options.partitions === undefined) throw new Error("the fabric was started without partitions")
        await writeFile(join(directory, PARTITIONS), partitions)
        process.kill(opensm.pid, "SIGHUP")
      },
      log,
      stop,
      [Symbol.asyncDispose]: stop
    }
  } catch (cause) {
    const report = await log()
    await stop()
    throw new Error(`the fabric did not come up: ${String(cause)}\n${report}`, { cause })
  }
}
