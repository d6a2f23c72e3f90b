/** Explores transactions of the model in small closed systems, judged by invariants and by the truth. */
import { describe, expect, it } from "vitest"
import { exploreAll, FAULTLESS } from "./exploring.ts"
import { modelRules, titleOf } from "./scope.ts"
import { rmppScope, tidScopes } from "./tid-scopes.ts"

describe("the model of transactions", () => {
  for (const scope of [...tidScopes, rmppScope]) {
    it(titleOf(scope), () => {
      expect(exploreAll(scope.title, scope.system(modelRules), scope.reaches)).toMatchObject(FAULTLESS)
    })
  }
})
