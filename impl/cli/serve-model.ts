/** `madmux serve-model`: the model behind the reference protocol, with a policy for what the rules leave open. */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { type ChoicePolicy, contrarianPolicy, plainPolicy } from "../../properties/choice-policy.ts"
import { modelSubject } from "../../properties/model-subject.ts"
import { UsageError } from "./errors.ts"
import { SEED_MAX } from "./flags.ts"
import { serveStdio } from "./serve.ts"

const oneOf = <const A extends string>(name: keyof ChoicePolicy, choices: ReadonlyArray<A>, plain: A, description: string) =>
  Flag.Literals(name, choices).pipe(Flag.withDescription(`${description} (default ${plain})`), Flag.withDefault(plain))

const flags = {
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("Decides what is left to chance, ids too (default 1): the same seed and lines give the same answers"),
    Flag.withDefault(1)
  ),
  contrarian: Flag.Boolean("contrarian").pipe(
    Flag.withDescription("Use every freedom as unusually as the seed says, outputs held back too; the flags below do not count then"),
    Flag.withDefault(false)
  ),
  ids: oneOf("ids", ["random", "smallest"], "random", "Fresh ids: any, or always the smallest that may be used (again)"),
  life: oneOf("life", ["shortest", "longest", "random"], "longest", "What may be remembered or forgotten"),
  sends: oneOf("sends", ["earliest", "latest", "random"], "earliest", "When in its slack a send is made"),
  quotas: oneOf("quotas", ["small", "large", "random"], "large", "Whether what may be full is full"),
  among: oneOf("among", ["first", "last", "random"], "first", "Which of several, where nothing else is said"),
  order: oneOf("order", ["kept", "permuted"], "kept", "The order of outputs of one line that may have any"),
  drops: oneOf("drops", ["listed", "omitted"], "listed", "Whether drops are told"),
  held: Flag.Boolean("held").pipe(
    Flag.withDescription("Keep outputs back until the next settle, each then naming its line by \"for\""),
    Flag.withDefault(false)
  )
}

export const serveModelCommand = Command.make("serve-model", flags, Effect.fnUntraced(function*({ contrarian, ...policy }) {
  const { seed } = policy
  if (seed < 0 || seed > SEED_MAX) {
    return yield* new UsageError({ message: `serve-model: --seed ${seed} is not in 0..${SEED_MAX}` })
  }
  const chosen = contrarian ? contrarianPolicy(seed) : { ...plainPolicy(seed), ...policy }
  yield* serveStdio("serve-model", modelSubject(chosen))
})).pipe(Command.withDescription("Answer trace commands on standard input by the model: whatever it answers is permitted"))
