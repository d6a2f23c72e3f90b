/**
 * How every generated run ends, and that nothing is left behind then: neither by our implementation nor in
 * the model.
 */
import type { Command, Init } from "../../impl/trace/command.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { OutputOf } from "../../impl/trace/output.ts"
import type { State } from "../../model/state.ts"

/** Longer than everything lives in the generated configurations. */
const QUIET_MS = 8000
const PLENTY = 2 ** 20

/**
 * The last commands: every VF ends and time passes, the PF context ends and time passes; each time all is
 * told.
 */
export const endingOf = ({ functions }: Pick<Init, "functions">): ReadonlyArray<Command> => {
  const each = Array.from({ length: functions }, (_, f) => f)
  const quiet: Command = { op: "advance", ms: QUIET_MS }
  return [
    { op: "room", target: "wire", slots: PLENTY },
    ...each.map((f): Command => ({ op: "room", target: "function", function: f, slots: PLENTY })),
    ...each.slice(1).map((f): Command => ({ op: "detach", function: f })),
    quiet,
    { op: "dump" },
    { op: "stop" },
    quiet,
    { op: "dump" }
  ]
}

const held = (dump: OutputOf<"state"> | undefined): ReadonlyArray<NonNullable<OutputOf<"state">["counts"]>[number]> =>
  dump?.counts ?? []

/** What a run that ended so still holds, in words; `last` is the model's state at the end. */
export const leftBehind = (lines: ReadonlyArray<Line>, last: State | null): ReadonlyArray<string> => {
  const dumps = lines.flatMap(({ out = [] }) => out.filter((output) => output.to === "state"))
  const ofVfs = held(dumps.at(-2)).filter(({ function: f }) => f !== null && f > 0)
  const inModel = Object.entries(last ?? {}).flatMap(([table, entries]: [string, unknown]) => {
    if (!Array.isArray(entries) || table === "functions") return []
    const records = entries.filter((entry: unknown) => typeof entry === "object" && entry !== null)
    return records.length > 0 ? [`${records.length} ${table}`] : []
  })
  return [
    ...(dumps.length < 2 ? ["the run does not tell what it holds"] : []),
    ...ofVfs.map(({ entries, function: f, table }) => `after its end function ${f} has ${entries} ${table}`),
    ...held(dumps.at(-1)).map(({ entries, table }) => `the stopped PF context has ${entries} ${table}`),
    ...inModel.map((rest) => `the model of a stopped PF context has ${rest}`)
  ]
}
