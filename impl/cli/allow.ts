/** The flag `--allow` of the commands that judge: named divergences to waive. */
import { Effect } from "effect"
import { divergenceIds, isWaivable, type WaivableId, waivableIds } from "../../properties/waivers.ts"
import { UsageError } from "./errors.ts"

/** The ids of a list, none where there is no list; or which of them cannot be waived and why. An empty list is none to give. */
export const waiversOf = (command: string, list: string | null): Effect.Effect<ReadonlyArray<WaivableId>, UsageError> => {
  if (list === null) return Effect.succeed([])
  const ids = list.split(",").map((id) => id.trim()).filter((id) => id !== "")
  const usage = (message: string) => Effect.fail(new UsageError({ message: `${command}: --allow: ${message}` }))
  if (ids.length === 0) return usage(`"${list}" names no divergence; those that can be waived are ${waivableIds.join(", ")}`)
  const unknown = ids.find((id) => !divergenceIds.includes(id))
  if (unknown !== undefined) {
    return usage(`"${unknown}" is no divergence of spec/divergences.md; those that can be waived are ${waivableIds.join(", ")}`)
  }
  const hidden = ids.find((id) => !isWaivable(id))
  return hidden === undefined
    ? Effect.succeed(ids.filter(isWaivable))
    : usage(`${hidden} does not show on one line of a trace and cannot be waived; those that can are ${waivableIds.join(", ")}`)
}
