/** What `record.ts` recorded when the code was right; tests beside it hold the code against it. */
import { readdirSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import type { Line } from "../../impl/trace/line.ts"
import { readTrace } from "../../impl/trace/read.ts"
import type { NamedHistory } from "./alarms.ts"
import type { Pot } from "./soups.ts"

/** How to record again, for a failing test to say. */
export const AGAIN = "if that is meant: node properties/mutation/record.ts, and read what it changed"

/** A trace by a name. */
export interface Named {
  readonly name: string
  readonly lines: ReadonlyArray<Line>
}

/** Where a recording stands. */
export const recordedFile = (name: string): URL => new URL(`recorded/${name}`, import.meta.url)

/** Traces with their outputs, one a line of a file; none where it is not recorded yet. */
export const namedTraces = (file: string): ReadonlyArray<Named> =>
  readFileSync(recordedFile(file), "utf8").split("\n").filter(Boolean).map((text) => JSON.parse(text))

/** Recorded texts by name. */
export const recordedTexts = (file: string): Readonly<Record<string, ReadonlyArray<string> | undefined>> =>
  JSON.parse(readFileSync(recordedFile(file), "utf8"))

/** What an explorer saw of a preset: of its first states, and on the walks of these numbers. */
export interface Walked {
  readonly first: string
  readonly walks: Readonly<Record<string, string>>
}

/** What an explorer saw, by preset. */
export const recordedWalks = (): Readonly<Record<string, Walked | undefined>> =>
  JSON.parse(readFileSync(recordedFile("explorations.json"), "utf8"))

/** The inputs of a folder of traces, each by the name of its file. */
export const inputsIn = (folder: string): ReadonlyArray<Named> => {
  const from = new URL(`../${folder}/`, import.meta.url)
  return readdirSync(from).filter((name) => name.endsWith(".jsonl")).sort().map((name) => ({
    name, lines: Result.getOrThrow(readTrace(readFileSync(new URL(name, from), "utf8")))
  }))
}

/** What happens on walks through the presets, by area. */
export const recordedPots = (): ReadonlyArray<Pot> =>
  readFileSync(recordedFile("pots.jsonl"), "utf8").split("\n").filter(Boolean).map((text) => JSON.parse(text))

/** What wrong models did until an invariant broke, each by the name of its wrong model. */
export const recordedPaths = (): ReadonlyArray<NamedHistory> =>
  readFileSync(recordedFile("paths.jsonl"), "utf8").split("\n").filter(Boolean).map((text) => JSON.parse(text))
