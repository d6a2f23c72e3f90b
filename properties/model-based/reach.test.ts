import { readdirSync, readFileSync } from "node:fs"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { subjects } from "../generate.ts"
import { seed } from "../run.ts"
import { countsText } from "../statistics.ts"
import { areaHits, lacking, type Reached, type Wanted } from "./reach.ts"

const wanted: Wanted = {
  areaHits: 100,
  exceptReasons: {
    "wire-full": "a trace says what is left for functions; the PF context's own share is used up in properties/mux/cm.test.ts"
  },
  exceptAreas: {
    check: "it judges traces, of whatever area",
    cli: "the command line is no part of the model",
    conform: "the kit drives implementations",
    explore: "the explorer runs the model",
    mutants: "they are wrong implementations",
    rings: "the model has none",
    serve: "serving is what is around an implementation or the model",
    soak: "it plays sequences for long"
  },
  exceptRequirements: {}
}

/** So many sequences must be enough; most often far fewer are. */
const MOST = 4000

/** Plays until everything wanted is reached, in a thread of its own. */
const play = async (): Promise<Reached> => {
  const worker = new Worker(new URL("./reach-worker.ts", import.meta.url), {
    workerData: { most: MOST, seed, wanted }
  })
  const reached = await new Promise<Reached>((resolve, reject) => {
    worker.once("message", resolve)
    worker.once("error", reject)
  })
  await worker.terminate()
  return reached
}

/** Who asks for few runs asks for no proof that they are enough. */
const isShort = (process.env["FC_RUNS"] ?? "") !== ""

describe("generated sequences", () => {
  it.skipIf(isShort)(
    "reach every drop reason, every requirement's lines in the model, and every area 100 times",
    async () => {
      const reached = await play()
      const areas = Object.fromEntries(areaHits(reached))
      console.log(countsText({ areas, requirements: reached.hits }))
      expect(lacking(reached, wanted)).toEqual([])
    },
    600_000
  )

  it("are compared about every subject, 20 000 of them", () => {
    const folder = new URL("./", import.meta.url)
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(new URL(name, folder), "utf8"))
    const compared = texts.flatMap((text) =>
      [...text.matchAll(/^compare\("([^"]+)", (\d+)\)/gm)].map(([, about, runs]) => ({ about, runs: Number(runs) }))
    )
    expect(compared.map(({ about }) => about).sort()).toEqual([...subjects].sort())
    expect(compared.reduce((sum, { runs }) => sum + runs, 0)).toBeGreaterThanOrEqual(20_000)
  })
})
