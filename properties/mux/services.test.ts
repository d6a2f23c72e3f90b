/** Who registered a service id. */
import { expect, it } from "vitest"
import { Services } from "../../impl/mux/services.ts"

it("a service id is its function's in all 64 bits, and the PF's if nobody registered it [SQP-CM-12]", () => {
  const services = new Services([
    { serviceId: "0000000100000002", function: 1 }, { serviceId: "0000000300000002", function: 2 },
    { serviceId: "0000000300000004", function: 3 }
  ])
  const view = new DataView(new ArrayBuffer(16))
  const functionOf = (id: bigint): number => {
    view.setBigUint64(8, id)
    return services.functionOf(view, 8)
  }
  expect([0x1_0000_0002n, 0x3_0000_0002n, 0x3_0000_0004n].map(functionOf)).toEqual([1, 2, 3])
  expect([0x1_0000_0004n, 0x5_0000_0002n, 2n].map(functionOf)).toEqual([0, 0, 0])
})
