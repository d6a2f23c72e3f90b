/** All presets one after the other, and what to say of it: a table that is a dated report. */
import * as os from "node:os"
import type { Preset } from "../preset.ts"
import { counts } from "../presets.counts.ts"
import { type ExplorationOptions, explorePreset, type ExplorationVerdict } from "./exploration.ts"

/** What came of one preset. */
export interface Surveyed {
  readonly preset: string
  readonly verdict: ExplorationVerdict
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly invariants: number
  readonly seconds: number
  /** What is not as it should be, each a sentence; empty where all is well. */
  readonly faults: ReadonlyArray<string>
}

/** Explores a preset; other counts than the table has are a fault, too. */
export const surveyed = (preset: Preset, options: ExplorationOptions): Surveyed => {
  const began = performance.now()
  const { depth, invariants, path, states, stopped, transitions, unreached, verdict, violations } = explorePreset(preset, options)
  const known = counts[preset.name]
  const isOther = stopped === null && known !== undefined && (known[0] !== states || known[1] !== transitions)
  return {
    preset: preset.name, verdict, states, transitions, depth, invariants,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    faults: [
      ...violations.map((each) => `${each}, after: ${path.join("; ")}`),
      ...(stopped === null ? [] : [`not at its end: ${stopped}`]),
      ...(isOther ? [`properties/presets.counts.ts says ${known.join(" and ")}`] : []),
      ...unreached.map((pattern) => `no transition is like ${pattern}`)
    ]
  }
}

const row = ({ depth, invariants, preset, seconds, states, transitions, verdict }: Surveyed): string =>
  `| \`${preset}\` | ${[states, transitions, depth, invariants].join(" | ")} | ${seconds.toFixed(1)} | ${verdict} |`

/** The report in Markdown; `began` is when the survey did, `load` what the machine had to do besides at most. */
export const surveyReport = (all: ReadonlyArray<Surveyed>, { began, load }: { readonly began: Date; readonly load: number }): string => {
  const sum = (of: (each: Surveyed) => number) => all.reduce((total, each) => total + of(each), 0)
  const faults = all.flatMap(({ faults: each, preset }) => each.map((fault) => `- \`${preset}\`: ${fault}`))
  const ended = all.filter(({ verdict }) => verdict === "holds").length
  return [
    `# Exploring every preset, ${began.toISOString().slice(0, 10)}`,
    "",
    `Written by \`npm run explore:all -- --report\`. Node ${process.versions.node}, ${os.cpus().length} cores that other work shared (load up to ` +
      `${load.toFixed(1)}: the times are upper bounds, the counts exact).`,
    "",
    `${all.length} presets, ${ended} to their end: ${sum(({ states }) => states)} states, ${sum(({ transitions }) => transitions)} transitions. ` +
      "A preset holds if every state is right and from each a quiet one can be reached.",
    "",
    "| preset | states | transitions | depth | invariants | seconds | |",
    "|---|--:|--:|--:|--:|--:|---|",
    ...all.map(row),
    ...(faults.length === 0 ? [] : ["", "What is not as it should be:", "", ...faults]),
    ""
  ].join("\n")
}
