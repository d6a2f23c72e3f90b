/**
 * `npm run explore:all [PART]`: explores every preset, the long ones too (or those with PART in their name), to its end,
 * and says what each has. Ends with 2 when one has a counterexample, other counts than the table, or does not end.
 */
import { exploreAll } from "./exploring.ts"
import { counts } from "./presets.counts.ts"
import { presets } from "./presets.ts"

/** More states than this need a machine of their own. */
const MAX_STATES = 4_000_000

const part = process.argv[2] ?? ""
const wrong = presets.filter(({ name }) => name.includes(part)).filter(({ name, reaches, system }) => {
  const { complete, counterexample, states, transitions, unreached } = exploreAll(name, system(), reaches, MAX_STATES)
  const known = counts[name]
  const isOther = known !== undefined && (known[0] !== states || known[1] !== transitions)
  if (counterexample) console.log([...counterexample.violations, "after", ...counterexample.path].join("\n"))
  else if (!complete) console.log(`${name}: more than ${MAX_STATES} states; give it fewer parameters with madmux explore`)
  if (isOther) console.log(`${name}: properties/presets.counts.ts says ${known.join(" and ")}`)
  if (unreached.length > 0) console.log(`${name}: no transition is like ${unreached.join(", ")}`)
  return counterexample !== null || !complete || isOther || unreached.length > 0
})
process.exitCode = wrong.length > 0 ? 2 : 0
