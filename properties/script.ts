/** What the scripts of `npm run` share: how they end when a call is wrong, and that they try first where they are to write. */
import { fileURLToPath } from "node:url"
import { targetFault } from "../impl/system/file-fault.ts"
import { guardStandardOutput } from "../impl/system/standard-output.ts"

/** The call is wrong: exit code 1, and the help. */
export class UsageFault extends Error {}

/** Something around us is missing or broken: exit code 3. */
export class EnvironmentFault extends Error {}

/** What `parseArgs` of Node.js throws for arguments that it does not know. */
const isOfArguments = (fault: Error): boolean =>
  "code" in fault && typeof fault.code === "string" && fault.code.startsWith("ERR_PARSE_ARGS_")

/**
 * Does what a script does. Ends it with a sentence and the help where it throws a {@link UsageFault} or arguments cannot be
 * parsed (exit code 1), with a sentence for an {@link EnvironmentFault} (3); what else it throws is a bug of ours.
 */
export const runScript = async (name: string, help: string, run: () => void | Promise<void>): Promise<void> => {
  guardStandardOutput(name)
  try {
    await run()
  } catch (fault) {
    if (!(fault instanceof Error)) throw fault
    const isUsage = fault instanceof UsageFault || isOfArguments(fault)
    if (!isUsage && !(fault instanceof EnvironmentFault)) throw fault
    console.error(`${name}: ${fault.message}${isUsage ? `\n\n${help}` : ""}`)
    process.exitCode = isUsage ? 1 : 3
  }
}

/** Fails with an {@link EnvironmentFault} where a file that will be written cannot be; it stays as it is. */
export const demandTarget = (file: string | URL): void => {
  const path = typeof file === "string" ? file : fileURLToPath(file)
  const fault = targetFault(path)
  if (fault !== null) throw new EnvironmentFault(`cannot write ${path === "" ? '""' : path}: ${fault}`)
}

/** Those that are asked for by their names, in the order of `all`; the name of none is a {@link UsageFault}. */
export const namedIn = <T extends { readonly name: string }>(
  what: string, all: ReadonlyArray<T>, asked: ReadonlyArray<string>
): ReadonlyArray<T> => {
  const strange = asked.find((name) => !all.some((each) => each.name === name))
  if (strange === undefined) return all.filter(({ name }) => asked.includes(name))
  const like = all.filter(({ name }) => name.includes(strange)).map(({ name }) => name)
  const hint = like.length === 0 ? "" : `; like it are ${like.join(", ")}`
  throw new UsageFault(`there is no ${what} "${strange}"${strange === "" ? "" : hint}`)
}
