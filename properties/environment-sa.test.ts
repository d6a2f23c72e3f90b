/** The SA of the model's environment against what OpenSM answered. */
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { saStep, emptySa, type SaState } from "../model/environment/sa.ts"
import { Gid, NO_GID } from "../model/ids.ts"
import { type McMember, METHOD } from "../model/mad.ts"
import { recordIn } from "../model/multicast-record.ts"
import { viewOf } from "./mad-view.ts"

interface Capture {
  readonly name: string
  readonly request_mad: string
  readonly response_mad: string
}

const directory = new URL("./captures/", import.meta.url)
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.slice(0, 512), "hex")
const tidOf = ({ request_mad }: Capture): string => request_mad.slice(16, 32)

/** The joins and leaves of one client, in the order of their TIDs; they tell of one history of the SA. */
const captures: ReadonlyArray<Capture> = readdirSync(directory)
  .filter((file) => /^sa-mc-(create|join|leave)/.test(file))
  .map((file): Capture => JSON.parse(readFileSync(new URL(file, directory), "utf8")))
  .sort((a, b) => (tidOf(a) < tidOf(b) ? -1 : 1))

const port = Gid("fe800000000000000000000000100005")
/** Its alias and the port of another node, for which it may join too. */
const others = [Gid("fe800000000000000002c9aa00000001"), Gid("fe800000000000000000000000100003")]
const IPOIB = Gid("ff12401bffff000000000000ffffffff")

/** The IPoIB broadcast group exists from the start. */
const started: SaState = {
  ...emptySa([port, ...others]),
  groups: captures.filter(({ name }) => name === "sa-mc-join-ipoib-bcast").map((capture) => {
    const record = recordIn(viewOf(bytesOf(capture.response_mad), "capture"))
    return { mgid: IPOIB, record, ports: [{ portGid: NO_GID, bits: 1 }] }
  })
}

/** What an answer to a join tells; to a leave OpenSM blanks what is not about the member. */
const told = (method: number, { joinState, mgid, mlid, mtu, portGid, qkey, rate }: McMember) =>
  method === METHOD.GET_RESP
    ? { joinState, mgid, mlid, mtu, portGid, qkey, rate }
    : { joinState, mgid, portGid, qkey }

describe("the SA of the environment", () => {
  it("answers a history of joins and leaves as OpenSM did", () => {
    const answers = captures.reduce<{ readonly sa: SaState; readonly seen: ReadonlyArray<unknown> }>(
      ({ sa, seen }, { name, request_mad }) => {
        const { answer, sa: next } = saStep(sa, viewOf(bytesOf(request_mad), name))
        if (!answer) throw new Error(`${name} is not answered`)
        const { method, status } = answer
        return { sa: next, seen: [...seen, { name, method, status, ...told(method, recordIn(answer)) }] }
      },
      { sa: started, seen: [] }
    )
    const expected = captures.map(({ name, response_mad }) => {
      const answer = viewOf(bytesOf(response_mad), name)
      const { method, status } = answer
      return { name, method, status, ...told(method, recordIn(answer)) }
    })
    expect(captures.length).toBeGreaterThan(30)
    expect(answers.seen).toEqual(expected)
  })
})
