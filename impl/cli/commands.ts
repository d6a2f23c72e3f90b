/** The commands of `madmux` by name. A call needs one of them, and starts sooner when only that one is loaded. */
const loaders = {
  demo: async () => (await import("./demo.ts")).demoCommand,
  run: async () => (await import("./run.ts")).runCommand,
  check: async () => (await import("./check.ts")).checkCommand,
  replay: async () => (await import("./replay.ts")).replayCommand,
  conform: async () => (await import("./conform.ts")).conformCommand,
  decode: async () => (await import("./decode.ts")).decodeCommand,
  explore: async () => (await import("./explore.ts")).exploreCommand,
  "serve-model": async () => (await import("./serve-model.ts")).serveModelCommand,
  "serve-reference": async () => (await import("./serve-reference.ts")).serveReferenceCommand
}

/** The name of a command, as in `madmux NAME`. */
export type CommandName = keyof typeof loaders
/** A command that is loaded. */
export type LoadedCommand = Awaited<ReturnType<(typeof loaders)[CommandName]>>

const isName = (word: string): word is CommandName => Object.hasOwn(loaders, word)

/**
 * The names of the commands that a call can be about, in the order of the help: the one whose name is its first
 * word that is no flag. All of them if there is none (the help lists them) or it is not known (what is like it
 * is named); none for the version alone.
 */
export const commandsNamed = (args: ReadonlyArray<string>): ReadonlyArray<CommandName> => {
  if (args.length === 1 && args[0] === "--version") return []
  const word = args.find((arg) => !arg.startsWith("-"))
  return word !== undefined && isName(word) ? [word] : Object.keys(loaders).filter(isName)
}

/** Loads commands by their names. */
export const loadCommands = (names: ReadonlyArray<CommandName>): Promise<ReadonlyArray<LoadedCommand>> =>
  Promise.all(names.map((name): Promise<LoadedCommand> => loaders[name]()))
