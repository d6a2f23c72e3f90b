/** The model behind the reference protocol: what it permits, chosen by a policy, as the outputs of a trace. */
import * as Result from "effect/Result"
import type { Command } from "../impl/trace/command.ts"
import { resolveCommand } from "../impl/trace/copy.ts"
import { type CompleteInit, completeInit } from "../impl/trace/init.ts"
import type { Output } from "../impl/trace/output.ts"
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { takeable } from "../model/fairness.ts"
import { initial } from "../model/initial.ts"
import { nextDue } from "../model/sa-outstanding.ts"
import type { State } from "../model/state.ts"
import { type ChoicePolicy, type Random, randomOf, stepByPolicy } from "./choice-policy.ts"
import { encodeAction } from "./encode-action.ts"
import { ModelCounters } from "./model-counters.ts"
import type { Subject } from "./subject.ts"
import { bytesOf, toEvent, toInitial } from "./translate.ts"

/** A command that cannot be done: the text is the error of its line. */
class Refused extends Error {}

/**
 * The order of outputs is fixed within a flow only: from a function's QP to the wire, from a source to a function's QP,
 * of the port events of a function.
 */
const flowOf = (action: Action, place: number): string => {
  switch (action._tag) {
    case "ToWire":
      return `wire ${action.qp} ${action.from}`
    case "ToFunction":
      return `function ${action.function} ${action.qp} ${action.address.slid} ${action.address.srcQp}`
    case "EventTo":
      return `event ${action.function}`
    default:
      return String(place)
  }
}

/** Actions in any order that keeps each flow's own. */
const permuted = (actions: ReadonlyArray<Action>, random: Random): ReadonlyArray<Action> => {
  const flows = Map.groupBy(actions.entries(), ([place, action]) => flowOf(action, place))
  const rest = [...flows.values()].map((flow) => flow.map(([, action]) => action))
  const order: Array<Action> = []
  while (rest.length > 0) {
    const at = random(rest.length)
    const next = rest[at]?.shift()
    if (next === undefined) rest.splice(at, 1)
    else order.push(next)
  }
  return order
}

/** One PF context as the model has it. */
class ModelRun {
  readonly #init: CompleteInit
  readonly #policy: ChoicePolicy
  readonly #random: Random
  readonly #counters: ModelCounters
  /** The MADs that payloads name: the present one, and those that wait to be taken. */
  readonly #came = new Map<string, Uint8Array>()
  #state: State

  constructor(init: CompleteInit, policy: ChoicePolicy) {
    this.#init = init
    this.#policy = policy
    this.#random = randomOf(policy.seed)
    this.#counters = new ModelCounters(init.functions)
    this.#state = initial(toInitial(init))
  }

  /** Does a command whose copies are resolved; throws {@link Refused}. */
  do(n: number, command: Command): ReadonlyArray<Output> {
    if (command.op === "init") throw new Refused("a PF context exists already: init comes once")
    if ("function" in command && command.function !== undefined && command.function >= this.#init.functions) {
      throw new Refused(`there is no function ${command.function}: init named ${this.#init.functions}`)
    }
    if (command.op === "settle" || command.op === "dump") return []
    if (command.op === "counters") {
      const everybody = [null, ...this.#init.guids.keys()]
      return everybody.map((f) => this.#counters.row(f, this.#state))
    }
    const payload = `input ${n}`
    const event = toEvent(command, { lmc: this.#state.port.lmc, functions: this.#init.functions, payload })
    if (event === null) throw new Refused(`${command.op}: the model does not know this command, or these keys of it`)
    if ("mad" in command) this.#came.set(payload, bytesOf(command.mad))
    const actions = this.#happens(event)
    const ordered = this.#policy.order === "permuted" ? permuted(actions, this.#random) : actions
    const told = this.#policy.drops === "listed" ? ordered : ordered.filter(({ _tag }) => _tag !== "Drop")
    const outputs = told.map((action) => this.#output(n, action))
    this.#forget()
    return outputs
  }

  #output(n: number, action: Action): Output {
    const bytes = (payload: string) => this.#came.get(payload)
    return encodeAction(action, { n, bytesOf: bytes, init: this.#init, port: this.#state.port })
  }

  /** Only MADs that wait may be asked for again. */
  #forget(): void {
    if (this.#came.size === 0) return
    const kept = new Set(this.#state.deferred.flatMap(({ mad }) => ("payload" in mad ? mad.payload : [])))
    for (const payload of this.#came.keys()) if (!kept.has(payload)) this.#came.delete(payload)
  }

  #happens(event: Event): ReadonlyArray<Action> {
    if (event._tag === "TimePasses") return this.#timePasses(event.ms)
    const actions = [...this.#step(event)]
    if (event._tag !== "WireRoom") return actions
    for (let next = this.#turn(); next !== undefined; next = this.#turn()) actions.push(...this.#step(next))
    return actions
  }

  /** Whose MAD that waited is taken next. */
  #turn(): Event | undefined {
    const all = takeable(this.#state)
    if (this.#policy.among === "random") return all[this.#random(Math.max(1, all.length))]
    return all.at(this.#policy.among === "first" ? 0 : -1)
  }

  /** From one moment at which something is due to the next, so that none is passed over; or to any moment between. */
  #timePasses(ms: number): ReadonlyArray<Action> {
    const actions: Array<Action> = []
    let left = ms
    do {
      const due = nextDue(this.#state)
      const until = due === null ? left : due.due > 0 ? due.due : due.latest
      const most = Math.min(left, until)
      const isAny = this.#policy.sends === "random" && due !== null && due.due === 0 && most > 1
      const passing = isAny ? 1 + this.#random(most) : most
      actions.push(...this.#step({ _tag: "TimePasses", ms: passing }))
      left -= passing
    } while (left > 0)
    return actions
  }

  #step(event: Event): ReadonlyArray<Action> {
    const result = stepByPolicy(this.#state, event, this.#policy, this.#random)
    if (Result.isFailure(result)) throw new Refused(result.failure)
    this.#state = result.success.state
    this.#counters.note(event, result.success.actions, this.#state)
    return result.success.actions
  }
}

/**
 * The model as a subject: everything it answers is permitted, whatever the policy. A line comes back with `error` where
 * the event is not enabled or the command unknown; it changes nothing then. Held outputs come with the next `settle`.
 */
export const modelSubject = (policy: ChoicePolicy): Subject => {
  const outputs = new Map<number, ReadonlyArray<Output>>()
  let run: ModelRun | null = null
  let held: Array<Output> = []
  const done = (n: number, command: Command): ReadonlyArray<Output> => {
    if (run === null) {
      if (command.op !== "init") throw new Refused("there is no PF context yet: init comes first")
      run = new ModelRun(completeInit(command), policy)
      return []
    }
    const out = run.do(n, command)
    if (!policy.held) return out
    held.push(...out.map((output) => ({ ...output, for: n })))
    return command.op === "settle" ? held.splice(0) : []
  }
  return {
    apply: ({ in: command, n }) => {
      const resolved = resolveCommand(command, (line) => outputs.get(line))
      if (Result.isFailure(resolved)) return { n, in: command, error: resolved.failure }
      try {
        const out = done(n, resolved.success)
        outputs.set(n, out)
        return { n, in: command, out }
      } catch (fault) {
        if (fault instanceof Refused) return { n, in: command, error: fault.message }
        throw fault
      }
    }
  }
}
