/** Events that a function hears about its port (spec/events.md). */

/** What a function is told. */
export type FunctionEvent = "lid" | "sm" | "pkey" | "gid" | "reregister" | "port-up" | "port-down"
