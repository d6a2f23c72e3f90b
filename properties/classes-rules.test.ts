/** Examples of what a function may send, and of how a MAD is refused (`spec/classes.md`), told to the model. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import type { Allowance, Policy, State } from "../model/state.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import {
  arrivingFor, ask, CM, egress, gid, ingress, mad, PF, ping, PING, SA, small, SM_LID, SMP, tid, VF1
} from "./small-world.ts"

const [GET, SET, GET_TABLE, GET_TRACE_TABLE, DELETE] = [0x01, 0x02, 0x12, 0x13, 0x15]
const [INFORM_INFO, GUID_INFO, MC_MEMBER] = [0x03, 0x30, 0x38]
const idle = running(small())
const sa = (attributeId: number, method = GET) => egress(VF1, mad({ mgmtClass: SA, attributeId, method }), { dlid: SM_LID })
const change = (policy: Partial<Policy>): Event => ({ _tag: "PolicyChanged", policy, services: null })
/** Method and status of the answer to a refused request; else how it ends. */
const refusal = (state: State, event: Event) => {
  const [action] = actionsOf(state, event)
  return action?._tag === "ToFunction" ? [action.mad.method, action.mad.status] : endOf(state, event)
}

describe("what a VF sends", () => {
  it("in a vendor class passes with the OUI of ibping, from the first such class to the last [SQP-CLS-4]", () => {
    for (const mgmtClass of [0x30, 0x4f]) expect(endOf(idle, egress(VF1, mad({ mgmtClass })))).toBe("wire")
    expect(refusal(idle, egress(VF1, mad({ mgmtClass: 0x2f })))).toEqual([0x81, 0x000c])
    expect(refusal(idle, egress(VF1, mad({ mgmtClass: PING, oui: "00066a" })))).toEqual([0x81, 0x000c])
  })

  it("of CM is a Send or a Get [SQP-CM-16] [SQP-CLS-5]", () => {
    expect(endOf(idle, egress(VF1, mad({ mgmtClass: CM })))).toBe("wire")
    expect(refusal(idle, egress(VF1, mad({ mgmtClass: CM, method: SET })))).toEqual([0x81, 0x000c])
  })

  it("is answered, where it is refused, as its method is [SQP-CLS-5]", () => {
    const closed = after(idle, change({ saAttributes: [{ attributeId: 0x11, allow: "none" }] }))
    const answers = [GET, SET, GET_TABLE, GET_TRACE_TABLE, DELETE].map((method) => refusal(closed, sa(0x11, method)))
    expect(answers).toEqual([0x81, 0x81, 0x92, 0x92, 0x95].map((method) => [method, 0x0200]))
  })

  it("is refused for the attribute, or the class, that a list names and for no other [SQP-CLS-8]", () => {
    const of = (attributeId: number, allow: Allowance) => after(idle, change({ saAttributes: [{ attributeId, allow }] }))
    expect(endOf(of(0x11, "none"), sa(0x12))).toBe("wire")
    expect(endOf(of(0x11, "none"), sa(0x11))).toBe("function 1")
    const closed = after(idle, change({ classes: [{ mgmtClass: PING, allow: "none" }] }))
    expect([ask, ping].map((of) => endOf(closed, egress(VF1, of)))).toEqual(["wire", "function 1"])
  })

  it("with an attribute of the SA's in another class, or without its method, is an ordinary request [SQP-CLS-4]", () => {
    for (const attributeId of [INFORM_INFO, GUID_INFO, MC_MEMBER]) {
      expect(endOf(idle, egress(VF1, mad({ mgmtClass: PING, method: SET, attributeId }))), `${attributeId}`).toBe("wire")
      expect(endOf(idle, sa(attributeId)), `${attributeId}`).toBe("wire")
    }
  })

  it("in the class of SMPs is dropped, and what is no SMP on QP0 [SQP-CLS-1] [SQP-CLS-2]", () => {
    const smp = mad({ mgmtClass: SMP })
    expect([0, 1].map((qp) => endOf(idle, egress(VF1, smp, { qp: qp === 0 ? 0 : 1 })))).toEqual(Array(2).fill("smp-from-vf of 1"))
    expect([endOf(idle, egress(PF, smp)), endOf(idle, egress(PF, smp, { qp: 1 }))]).toEqual(["wire", "class-qp of 0"])
    expect(endOf(idle, egress(PF, ask, { qp: 0 }))).toBe("class-qp of 0")
  })

  it("about GUIDs is the PF's own business where the PF sends it [SQP-GUID-11]", () => {
    const set = mad({ mgmtClass: SA, attributeId: GUID_INFO, method: SET })
    expect(endOf(idle, egress(PF, set, { dlid: SM_LID }))).toBe("wire")
    expect(refusal(idle, egress(VF1, set, { dlid: SM_LID }))).toEqual([0x81, 0x0200])
  })

  it("needs tunnels: those of an attached function while the PF context runs [SQP-QP-3] [SQP-LIFE-2]", () => {
    expect(endOf(idle, egress(VF1, ask))).toBe("wire")
    for (const event of [{ _tag: "Stop" }, { _tag: "Detach", function: VF1 }] satisfies ReadonlyArray<Event>) {
      expect(endOf(after(idle, event), egress(VF1, ask))).toBe("not-attached of 1")
    }
  })
})

describe("what is no MAD of a known version", () => {
  const wrong = [
    ["bad-length", { _tag: "malformed", lengthBytes: 255 }], ["base-version", mad({ mgmtClass: PING, baseVersion: 2 })],
    ["class-version", mad({ mgmtClass: SA, classVersion: 1 })], ["class-version", mad({ mgmtClass: CM, classVersion: 1 })]
  ] as const

  it.each(wrong)("ends as %s both ways [SQP-IN-1]", (reason, of) => {
    expect(endOf(idle, { ...egress(VF1, ask), mad: of })).toBe(`${reason} of 1`)
    expect(endOf(idle, { ...ingress(ask), mad: of })).toBe(`${reason} of nobody`)
  })
})

describe("an SMP that arrives", () => {
  it("is the PF's whatever GRH it bears, and bears it still [SQP-CLS-3]", () => {
    const { grh } = arrivingFor(gid(1))
    const request = ingress(mad({ mgmtClass: SMP }), { grh })
    const [action] = actionsOf(idle, request)
    expect(action).toMatchObject({ _tag: "ToFunction", function: PF, address: request.address })
    const asked = after(idle, egress(PF, mad({ mgmtClass: SMP })))
    const [response] = actionsOf(asked, ingress(mad({ mgmtClass: SMP, method: 0x81, tid: tid(1) }), { grh }))
    expect(response).toMatchObject({ _tag: "ToFunction", function: PF, address: request.address })
  })
})
