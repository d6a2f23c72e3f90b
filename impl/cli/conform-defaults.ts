/** What `madmux conform` does unless its flags say otherwise; a call that does a finding again names what differs from it. */
export const DEFAULTS = {
  /** Sequences an area. */
  runs: 100,
  /** The most moves of a sequence. */
  length: 60,
  /** Time limit of an answer in milliseconds. */
  timeout: 5000,
  /** The most runs to make a failing sequence short. */
  shrinks: 300
} as const
