/** What `madmux explore` does once its flags are read; loaded only then, for it needs all of the model. */
import * as v8 from "node:v8"
import { Console, Effect } from "effect"
import type { Progress } from "../../model/explore.ts"
import { type ExplorationReport, explorePreset } from "../../properties/exploration/exploration.ts"
import { judgementOf } from "../../properties/exploration/trace.ts"
import { areasOf, untakenBy, untakenText } from "../../properties/exploration/untaken.ts"
import type { Parameters, Preset } from "../../properties/preset.ts"
import { presets as all } from "../../properties/presets.ts"
import { tells } from "../../properties/presets.tells.ts"
import { countText } from "../system/words.ts"
import { writeTrace } from "../trace/write.ts"
import { UsageError, WrongError } from "./errors.ts"
import { command, paintFor, table } from "./screen.ts"
import { tryTarget, writeTarget } from "./target.ts"

/** The flags, read. */
export interface Asked {
  readonly json: boolean
  readonly presets: ReadonlyArray<string>
  readonly parameters: Parameters
  readonly maxStates: number
  readonly maxDepth: number | null
  readonly memoryMib: number
  readonly mutant: string | null
  /** Where to write the first counterexample. */
  readonly trace: string | null
  readonly untaken: boolean
  /** Whether states with functions in each other's places count as one. */
  readonly symmetry: boolean
}

const usage = (message: string) => new UsageError({ message: `explore: ${message}` })

/** Explores what was asked for; fails with exit code 2 where something is wrong or not finished. */
export const exploreAll = (asked: Asked) =>
  Effect.gen(function*() {
    if (asked.presets.length === 0) return yield* withoutPreset(asked)
    const presets = yield* chosen(asked.presets)
    if (asked.mutant === "list") return yield* Console.log(mutantsOf(presets, asked))
    if (asked.trace !== null) yield* tryTarget("explore", asked.trace)
    letSignalsEnd()
    const reports: Array<ExplorationReport> = []
    for (const preset of presets) {
      const mutant = yield* mutantOf(preset, asked.mutant)
      const report = yield* Effect.try({
        try: () => explorePreset(preset, optionsOf(asked, mutant)),
        catch: (cause) => usage(cause instanceof Error ? cause.message : String(cause))
      })
      clearProgress()
      reports.push(report)
      if (!asked.json) yield* Console.log(textOf(report))
    }
    yield* tellsSomething(reports)
    const fault = asked.trace === null ? null : yield* writeFirst(asked.trace, reports, asked)
    const untaken = asked.untaken ? yield* untakenOf(presets, asked) : null
    if (asked.json) {
      const told = reports.map(({ trace: _, ...report }) => report)
      yield* Console.log(JSON.stringify(untaken === null ? told : { reports: told, untaken }, null, 2))
    } else if (untaken) yield* Console.log(untakenText(untaken))
    if (fault !== null) return yield* fault
    const wrong = reports.filter(({ unreached, verdict }) => verdict !== "holds" || unreached.length > 0)
    if (wrong.length === 0) return
    const why = wrong.map(({ preset, verdict }) =>
      `${preset}: ${verdict === "holds" ? "transitions it is meant for are missing" : verdict}`)
    return yield* new WrongError({ message: `explore: ${why.join(", ")}` })
  })

/** Without a preset there is a list to show, of presets or of wrong models; all else needs one. */
const withoutPreset = (asked: Asked) => {
  if (asked.mutant === "list") return Console.log(allMutants(asked))
  const isMore = asked.mutant !== null || asked.trace !== null || asked.untaken || Object.keys(asked.parameters).length > 0
  return isMore
    ? Effect.fail(usage("which preset? Name one, or an area; without flags they are listed"))
    : Console.log(listOf(asked))
}

/**
 * A search does not come back to the event loop before its end, so no handler of a signal would run; it holds nothing
 * that has to be closed. Without handlers SIGINT and SIGTERM end the process at once.
 */
const letSignalsEnd = (): void => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal)
}

/** Writes the first counterexample as a trace, and says what `check` says of it; why it could not, or null. */
const writeFirst = Effect.fnUntraced(function*(path: string, reports: ReadonlyArray<ExplorationReport>, { json }: Asked) {
  const say = (text: string) => Effect.as(json ? Effect.void : Console.log(text), null)
  const found = reports.find(({ trace }) => trace !== null)
  if (!found?.trace) return yield* say(`no counterexample: ${path} is not written`)
  const lines = found.trace
  const text = yield* Effect.try({ try: () => writeTrace(lines), catch: String }).pipe(Effect.catch(() => Effect.succeed(null)))
  if (text === null) return yield* say(`${found.preset} says what no trace can: ${path} is not written`)
  const fault = yield* writeTarget("explore", path, text)
  return fault ?? (yield* say(`the counterexample of ${found.preset} is in ${path}: ${judgementOf(lines)}`))
})

/** What of the areas of presets they never came to; they cannot come to more. */
const untakenOf = (presets: ReadonlyArray<Preset>, { maxDepth, maxStates, parameters, symmetry }: Asked) => {
  const bounds = { parameters, maxStates, symmetry, ...(maxDepth === null ? {} : { maxDepth }) }
  const areas = areasOf(presets)
  return Effect.promise(() => untakenBy(presets.map(({ name }) => name), bounds)).pipe(
    Effect.map((all) => all.filter(({ area }) => areas.has(area)))
  )
}

const optionsOf = ({ json, maxDepth, maxStates, memoryMib, parameters, symmetry }: Asked, mutant: string | null) => ({
  parameters, maxStates, symmetry,
  ...(maxDepth === null ? {} : { maxDepth }),
  ...(mutant === null ? {} : { mutant }),
  maxMemoryMib: Math.min(memoryMib, heapLimitMib() * 0.9),
  memoryMib: () => process.memoryUsage.rss() / MIB,
  ...(json && !process.stderr.isTTY ? {} : { onProgress: showProgress() })
})

const MIB = 1024 * 1024
const heapLimitMib = (): number => v8.getHeapStatistics().heap_size_limit / MIB

/** The presets of the names of presets and areas. */
const chosen = (names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => {
    const found = all.filter((preset) => preset.name === name || (preset.area === name && !preset.isLong))
    if (found.length > 0) return Effect.succeed(found)
    return Effect.fail(usage(`there is no preset or area ${name === "" ? '""' : name}; \`${command("explore")}\` lists them`))
  }).pipe(Effect.map((found) => [...new Set(found.flat())]))

/** The one wrong model whose title is, or else contains, what was asked for. */
const mutantOf = (preset: Preset, asked: string | null) => {
  if (asked === null) return Effect.succeed(null)
  const own = titlesLike(preset.mutants.map(({ title }) => title), asked)
  const [title] = own
  if (title !== undefined && own.length === 1) return Effect.succeed(title)
  const several = `${own.length} of the mutants of ${preset.name} are like "${asked}": ${own.join("; ")}`
  if (own.length > 1) return Effect.fail(usage(several))
  const [other, ...others] = titlesLike(Object.keys(tells), asked)
  if (other !== undefined && others.length === 0) return Effect.fail(usage(notTold(preset.name, other)))
  return Effect.fail(usage(`of the mutants of ${preset.name}, none is like "${asked}"; --mutant list lists them`))
}

const titlesLike = (titles: ReadonlyArray<string>, asked: string): ReadonlyArray<string> =>
  titles.includes(asked) ? [asked] : titles.filter((title) => title.includes(asked))

/** So many presets are named where many could be. */
const NAMED_MOST = 4

const fewOf = (names: ReadonlyArray<string>): string => {
  const more = names.length - NAMED_MOST
  return names.slice(0, NAMED_MOST).join(", ") + (more > 0 ? ` and ${more} more` : "")
}

const notTold = (preset: string, title: string): string => {
  const others = (tells[title] ?? []).filter((name) => name !== preset)
  return `${preset} cannot tell a model that ${title}; these presets can: ${fewOf(others)}`
}

/** A wrong model that no preset tells was looked for in the wrong place: nothing was found out. */
const tellsSomething = (reports: ReadonlyArray<ExplorationReport>) => {
  const [first] = reports
  if (first === undefined || first.mutant === null || reports.some(({ verdict }) => verdict !== "holds")) return Effect.void
  const { mutant } = first
  const names = reports.map(({ preset }) => preset)
  return Effect.fail(usage(`no state is wrong: ${notTold(names.join(", "), mutant)}`))
}

const listOf = ({ json }: Asked): string => {
  if (json) {
    const listed = all.map(({ area, isLong, name, parameters, title }) => ({ name, area, title, isLong, parameters }))
    return JSON.stringify(listed, null, 2)
  }
  const rows = all.map(({ isLong, name, parameters, title }) => [
    name, Object.entries(parameters).map(([key, value]) => `${key} ${value}`).join(", "), `${isLong ? "(long) " : ""}${title}`
  ])
  return table(["preset", "parameters", "when"], rows).join("\n")
}

/** The wrong models that presets tell; of a long preset it is not known, so that all are there that it can be explored by. */
const mutantsOf = (presets: ReadonlyArray<Preset>, { json }: Asked): string => {
  const rows = presets.flatMap(({ isLong, mutants, name }) =>
    mutants.filter(({ title }) => isLong || tells[title]?.includes(name))
      .map(({ breaks, title }) => ({ preset: name, breaks, title })))
  if (json) return JSON.stringify(rows, null, 2)
  const cells = rows.map(({ breaks, preset, title }) => [preset, breaks, title])
  return table(["preset", "breaks", "a model that"], cells).join("\n")
}

/** All wrong models, with the presets that tell them. */
const allMutants = ({ json }: Asked): string => {
  const mutants = new Map(all.flatMap((preset) => preset.mutants).map(({ breaks, title }) => [title, breaks]))
  const rows = [...mutants].map(([title, breaks]) => ({ breaks, title, presets: tells[title] ?? [] }))
  if (json) return JSON.stringify(rows, null, 2)
  const cells = rows.map(({ breaks, presets, title }) => [breaks, title, fewOf(presets)])
  return table(["breaks", "a model that", "is told by"], cells).join("\n")
}

/** Says how far it is: on a terminal four times a second, elsewhere after two seconds and then every ten. */
const showProgress = (): ((progress: Progress) => void) => {
  const began = performance.now()
  const { isTTY } = process.stderr
  let next = began + (isTTY ? 250 : 2000)
  return ({ depth, orbits, states, transitions, waiting }) => {
    const now = performance.now()
    if (now < next) return
    next = now + (isTTY ? 250 : 10_000)
    const rate = Math.round(transitions / ((now - began) / 1000))
    const counted = `${states} states${orbits < states ? ` (${orbits} orbits)` : ""}, ${waiting} waiting`
    const line = `${counted}, depth ${depth}, ${rate} transitions/s`
    process.stderr.write(isTTY ? `\r\u001b[K${line}` : `${line}\n`)
  }
}

const clearProgress = (): void => {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K")
}

const textOf = (report: ExplorationReport): string => {
  const { chart, live, mutant, parameters, path, preset, stopped, title, unreached, verdict, violations } = report
  const paint = paintFor(process.stdout)
  const { orbits, states } = report
  const of = orbits < states ? ` (${countText(orbits, "orbit")})` : ""
  const told = `${countText(states, "state")}${of}, ${countText(report.transitions, "transition")}, depth ${report.depth}`
  const values = Object.entries(parameters).map(([name, value]) => `${name} ${value}`).join(", ")
  const model = mutant === null ? "" : `, by a model that ${mutant}`
  const head = `${paint.bold(preset)}: ${title}${values === "" ? "" : ` (${values})`}${model}`
  const holds = `${paint.good("every state is right")}${live ? ", and from each it can come to rest" : ""}`
  switch (verdict) {
    case "holds":
      return [
        head, `  ${told}: ${mutant === null ? holds : paint.bad("no state is wrong, so it does not tell this model")}`,
        ...unreached.map((pattern) => paint.bad(`  but no transition is like ${pattern}`))
      ].join("\n")
    case "incomplete":
      return [
        head, `  ${told}: ${paint.bad("incomplete")}: ${stopped}; nothing is wrong so far`,
        paint.dim(`  ${report.waiting} states wait to be looked at: less of its parameters, or more of the bound, gets farther`)
      ].join("\n")
    case "violation":
      return [
        head, `  ${told}`, ...chart, ...violations.map((each) => paint.bad(`  ${each}`)),
        paint.dim(`  after ${countText(path.length, "transition")}; none is wrong after fewer`)
      ].join("\n")
  }
}
