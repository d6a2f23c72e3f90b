/** What the command prints about itself: help and wrong calls, for people or, with `--json`, for machines. */
import { Option } from "effect"
import { CliOutput, type HelpDoc } from "effect/cli"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { errorJson } from "./errors.ts"

type Usage = HelpDoc.HelpDoc

const described = <T extends { readonly name: string; readonly description: Option.Option<string> }>(each: T) => ({
  name: each.name, description: Option.getOrElse(each.description, () => "")
})

/** A page of help as data. */
const usageOf = ({ args = [], description, flags, globalFlags = [], subcommands = [], usage }: Usage) => ({
  usage,
  description,
  arguments: args.map((arg) => ({ ...described(arg), type: arg.type, required: arg.required })),
  flags: [...flags, ...globalFlags].map((flag) => ({ ...described(flag), type: flag.type, aliases: flag.aliases })),
  subcommands: subcommands.flatMap(({ commands }) =>
    commands.map(({ description: text, name, shortDescription }) => ({ name, description: shortDescription ?? text }))
  )
})

/** One JSON document on standard output, and what is wrong as a sentence on standard error. */
const forMachines: CliOutput.Presenter = {
  present: (event) => {
    switch (event._tag) {
      case "Help":
        return Console.log(JSON.stringify(usageOf(event.helpDoc), null, 2))
      case "Version":
        return Console.log(JSON.stringify({ name: event.name, version: event.version }, null, 2))
      case "InvalidInvocation": {
        const text = event.errors.map(({ message }) => message).join("; ")
        return Effect.andThen(Console.log(errorJson(text, 1, usageOf(event.helpDoc))), Console.error(text))
      }
    }
  }
}

/** How help and wrong calls are shown; `args` are those of the command line, which may not even parse. */
export const layerPresenter = (args: ReadonlyArray<string>) => {
  const end = args.indexOf("--")
  const asked = (end < 0 ? args : args.slice(0, end)).includes("--json")
  return CliOutput.layerPresenter(asked ? forMachines : CliOutput.defaultPresenter)
}
