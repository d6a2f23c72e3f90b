/** Events that a function hears about its port (spec/events.md). */

/** What a function is told. */
export type FunctionEvent = "lid" | "sm" | "pkey" | "gid" | "reregister" | "port-up" | "port-down"

/** The most events that wait for a function. */
export const EVENTS_MAX = 64

/**
 * The events of all functions, oldest first. A function that does not take its events loses none of what they
 * say: before a queue grows past {@link EVENTS_MAX}, only the last event of each kind is kept.
 */
export class EventQueues {
  readonly #queues: ReadonlyArray<Array<FunctionEvent>>

  constructor(functions: number) {
    this.#queues = Array.from({ length: functions }, () => [])
  }

  /** Adds an event of function `f`. */
  push(f: number, event: FunctionEvent): void {
    const queue = this.#queues[f]
    if (queue === undefined) return
    if (queue.length >= EVENTS_MAX) queue.splice(0, queue.length, ...lastOfEachKind(queue))
    queue.push(event)
  }

  /** Takes the events of function `f`. */
  take(f: number): ReadonlyArray<FunctionEvent> {
    return this.#queues[f]?.splice(0) ?? []
  }
}

/** Going up and going down are one kind: the last one tells the state. */
const kindOf = (event: FunctionEvent): string => (event === "port-up" || event === "port-down" ? "port" : event)

const lastOfEachKind = (events: ReadonlyArray<FunctionEvent>): ReadonlyArray<FunctionEvent> => {
  const last = new Map(events.map((event, i) => [kindOf(event), i]))
  return events.filter((event, i) => last.get(kindOf(event)) === i)
}
