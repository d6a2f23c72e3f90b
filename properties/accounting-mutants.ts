/** Wrong models of accounting: MADs that vanish, or come to two ends. */
import { acting, type ModelMutant } from "./mutations.ts"

/** Wrong models of what becomes of a MAD. */
export const accountingMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "drops MADs from the wire without a word",
    breaks: "SQP-ACC-1",
    rules: acting((actions, event) =>
      event._tag === "Ingress" ? actions.filter(({ _tag }) => _tag !== "Drop") : actions
    )
  },
  {
    title: "loses what functions send while it has no room for more",
    breaks: "SQP-ACC-1",
    rules: acting((actions, event) =>
      event._tag === "Egress"
        ? actions.filter((action) => action._tag !== "Drop" || !action.reason.endsWith("quota"))
        : actions
    )
  },
  {
    title: "delivers a MAD twice",
    breaks: "SQP-ACC-1",
    rules: acting((actions, event) =>
      event._tag === "Ingress" ? [...actions, ...actions.filter(({ _tag }) => _tag === "ToFunction")] : actions
    )
  },
  {
    title: "counts what it sends as dropped",
    breaks: "SQP-ACC-1",
    rules: acting((actions, event) =>
      event._tag === "Egress" && actions.some(({ _tag }) => _tag === "ToWire")
        ? [...actions, { _tag: "Drop", function: event.function, reason: "wire-full" }]
        : actions
    )
  }
]
