import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  cmApr, cmLap, cmMra, cmRej,
  cmRep,
  cmReq,
  cmRtu,
  cmSidrRep,
  cmSidrReq,
  madHeader,
  mcMemberRecord,
  methodByte,
  rmppData,
  SA_DATA,
  saHeader,
  vendorOui
} from "../impl/wire/index.ts"
import type { Mad } from "../model/mad.ts"
import { madView, viewOf } from "./mad-view.ts"
import { assertProperty } from "./run.ts"

/**
 * Random bytes under a header; the test compares our reading with the implementation's tables, two
 * independent transcriptions.
 */
const madOf = (mgmtClass: number, method: number, attribute: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: 256, maxLength: 256 }).map((bytes) => {
    bytes[1] = mgmtClass
    bytes[3] = method
    bytes[16] = attribute >> 8
    bytes[17] = attribute & 0xff
    return bytes
  })

const hex32 = (value: number): string => value.toString(16).padStart(8, "0")

const agree = (arbitrary: fc.Arbitrary<Uint8Array>, check: (mad: Mad, view: DataView) => void): void => {
  const property = fc.property(arbitrary, (bytes) => {
    check(viewOf(bytes, "x"), new DataView(bytes.buffer))
  })
  assertProperty(property, { numRuns: 300 })
}

describe("the model's view of a MAD", () => {
  it("reads the header as the tables do", () => {
    agree(fc.uint8Array({ minLength: 256, maxLength: 256 }), (mad, view) => {
      expect(mad).toMatchObject({
        baseVersion: madHeader.BaseVersion.get(view, 0),
        mgmtClass: madHeader.MgmtClass.get(view, 0),
        classVersion: madHeader.ClassVersion.get(view, 0),
        method: methodByte.get(view, 0),
        status: madHeader.Status.get(view, 0),
        tid: madHeader.TransactionID.hex(view, 0),
        attributeId: madHeader.AttributeID.get(view, 0)
      })
    })
  })

  it("reads SM_Key, RMPP and OUI as the tables do, and only in the classes that have them", () => {
    agree(madOf(0x03, 0x01, 0x35), (mad, view) => expect(mad.sa?.smKey).toBe(saHeader.SM_Key.hex(view, 0)))
    agree(madOf(0x06, 0x01, 0x35), (mad, view) =>
      expect(mad.rmpp).toEqual({
        active: (rmppData.RMPPFlags.get(view, 0) & 1) !== 0,
        type: rmppData.RMPPType.get(view, 0)
      })
    )
    agree(madOf(0x32, 0x01, 0x35), (mad, view) =>
      expect(mad.oui).toBe(vendorOui.OUI.get(view, 0).toString(16).padStart(6, "0"))
    )
    agree(madOf(0x04, 0x01, 0x12), (mad) =>
      expect(mad).toMatchObject({ sa: null, rmpp: null, oui: null, body: { _tag: "opaque" } })
    )
  })

  it("reads every component of MCMemberRecord as the tables do", () => {
    agree(madOf(0x03, 0x02, 0x38), ({ body }, view) => {
      const read = <K extends keyof typeof mcMemberRecord>(name: K) => mcMemberRecord[name]
      expect(body).toEqual({
        _tag: "mcMember",
        mask: saHeader.ComponentMask.hex(view, 0),
        mgid: read("MGID").hex(view, SA_DATA),
        portGid: read("PortGID").hex(view, SA_DATA),
        qkey: read("Q_Key").get(view, SA_DATA),
        mlid: read("MLID").get(view, SA_DATA),
        mtuSelector: read("MTUSelector").get(view, SA_DATA),
        mtu: read("MTU").get(view, SA_DATA),
        trafficClass: read("TClass").get(view, SA_DATA),
        pkey: read("P_Key").get(view, SA_DATA),
        rateSelector: read("RateSelector").get(view, SA_DATA),
        rate: read("Rate").get(view, SA_DATA),
        lifetimeSelector: read("PacketLifeTimeSelector").get(view, SA_DATA),
        lifetime: read("PacketLifeTime").get(view, SA_DATA),
        sl: read("SL").get(view, SA_DATA),
        flowLabel: read("FlowLabel").get(view, SA_DATA),
        hopLimit: read("HopLimit").get(view, SA_DATA),
        scope: read("Scope").get(view, SA_DATA),
        joinState: read("JoinState").get(view, SA_DATA),
        proxyJoin: read("ProxyJoin").get(view, SA_DATA)
      })
    })
  })

  it("reads every CM message as the tables do", () => {
    const body = (attribute: number, expected: (view: DataView) => object) =>
      agree(madOf(0x07, 0x03, attribute), (mad, view) =>
        expect(mad.body).toEqual({ _tag: "cm", ...expected(view) })
      )
    const ids = (view: DataView) => ({
      localId: hex32(cmRtu.LocalCommunicationID.get(view, 0)),
      remoteId: hex32(cmRtu.RemoteCommunicationID.get(view, 0))
    })
    body(0x10, (view) => ({
      message: "REQ",
      localId: hex32(cmReq.LocalCommunicationID.get(view, 0)),
      caGuid: cmReq.LocalCAGUID.hex(view, 0),
      localGid: cmReq.PrimaryLocalPortGID.hex(view, 0),
      remoteGid: cmReq.PrimaryRemotePortGID.hex(view, 0),
      localLid: cmReq.PrimaryLocalPortLID.get(view, 0),
      remoteLid: cmReq.PrimaryRemotePortLID.get(view, 0),
      alternate: {
        localLid: cmReq.AlternateLocalPortLID.get(view, 0),
        remoteLid: cmReq.AlternateRemotePortLID.get(view, 0),
        localGid: cmReq.AlternateLocalPortGID.hex(view, 0),
        remoteGid: cmReq.AlternateRemotePortGID.hex(view, 0)
      },
      responseTimeout: cmReq.RemoteCMResponseTimeout.get(view, 0),
      maxRetries: cmReq.MaxCMRetries.get(view, 0)
    }))
    body(0x12, (view) => ({
      message: "REJ",
      ...ids(view),
      rejected: cmRej.MessageREJected.get(view, 0),
      reason: cmRej.Reason.get(view, 0),
      ariGuid: cmRej.AdditionalRejectInformation.hex(view, 0).slice(0, 16)
    }))
    body(0x13, (view) => ({ message: "REP", ...ids(view), caGuid: cmRep.LocalCAGUID.hex(view, 0) }))
    body(0x17, (view) => ({
      message: "SIDR_REQ",
      requestId: hex32(cmSidrReq.RequestID.get(view, 0)),
      serviceId: cmSidrReq.ServiceID.hex(view, 0)
    }))
    body(0x18, (view) => ({ message: "SIDR_REP", requestId: hex32(cmSidrRep.RequestID.get(view, 0)) }))
    body(0x11, (view) => ({ message: "MRA", ...ids(view), serviceTimeout: cmMra.ServiceTimeout.get(view, 0) }))
    body(0x19, (view) => ({
      message: "LAP",
      ...ids(view),
      alternate: {
        localLid: cmLap.AlternateLocalPortLID.get(view, 0),
        remoteLid: cmLap.AlternateRemotePortLID.get(view, 0),
        localGid: cmLap.AlternateLocalPortGID.hex(view, 0),
        remoteGid: cmLap.AlternateRemotePortGID.hex(view, 0)
      }
    }))
    body(0x1a, (view) => ({ message: "APR", ...ids(view), status: cmApr.APStatus.get(view, 0) }))
    const plain = { 0x14: "RTU", 0x15: "DREQ", 0x16: "DREP" }
    for (const [attribute, message] of Object.entries(plain))
      body(Number(attribute), (view) => ({ message, ...ids(view) }))
  })

  it("sees no CM message where the attribute or the method is none", () => {
    for (const [method, attribute] of [
      [0x03, 0x0f],
      [0x03, 0x1b],
      [0x01, 0x10]
    ] as const) {
      agree(madOf(0x07, method, attribute), (mad) => expect(mad.body).toEqual({ _tag: "opaque" }))
    }
  })

  it("calls malformed whatever is not 256 bytes long", () => {
    expect(madView(new Uint8Array(255), "x")).toEqual({ _tag: "malformed", lengthBytes: 255 })
    expect(madView(new Uint8Array(0), "x")).toEqual({ _tag: "malformed", lengthBytes: 0 })
    expect(madView(new Uint8Array(256), "x")).toMatchObject({ baseVersion: 0, payload: "x" })
  })
})
