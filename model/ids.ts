/**
 * Identifiers of the model. Everything wider than 32 bits, and every id an implementation may choose, is
 * lower-case hex text: readable in a counterexample, comparable with ===, and replaceable by a variable while
 * a checker binds it (decision 0001).
 */
import type { Brand } from "effect/Brand"

/** A function of the HCA: 0 is the PF, 1..254 are VFs. */
export type FunctionId = number & Brand<"FunctionId">
/** Management QP: 0 (SMI) or 1 (GSI). */
export type SpecialQp = 0 | 1
/** Local identifier, 0..0xffff; 0 is none. */
export type Lid = number & Brand<"Lid">
/** Queue pair number, 24 bits. */
export type Qpn = number & Brand<"Qpn">
/** Subnet prefix of a GID, 16 hex digits. */
export type SubnetPrefix = string & Brand<"SubnetPrefix">
/** GUID, 16 hex digits; all zero is nobody. */
export type Guid = string & Brand<"Guid">
/** GID, 32 hex digits: prefix, then GUID. */
export type Gid = string & Brand<"Gid">
/** TransactionID as it stands in a MAD, 16 hex digits, whoever chose it. */
export type Tid = string & Brand<"Tid">
/** Wire TID: chosen by the PF context. */
export type WireTid = Tid & Brand<"WireTid">
/** Communication id as it stands in a CM message, 8 hex digits; all zero is none. */
export type CommId = string & Brand<"CommId">
/** Wire comm id: chosen by the PF context. */
export type WireCommId = CommId & Brand<"WireCommId">

/** Constructors; they trust their argument, which a Schema or the translation has checked. */
export const FunctionId = (n: number): FunctionId => n as FunctionId
export const Lid = (n: number): Lid => n as Lid
export const Qpn = (n: number): Qpn => n as Qpn
export const SubnetPrefix = (hex: string): SubnetPrefix => hex as SubnetPrefix
export const Guid = (hex: string): Guid => hex as Guid
export const Gid = (hex: string): Gid => hex as Gid
export const Tid = (hex: string): Tid => hex as Tid
export const WireTid = (hex: string): WireTid => hex as WireTid
export const CommId = (hex: string): CommId => hex as CommId
export const WireCommId = (hex: string): WireCommId => hex as WireCommId

/** The PF, which hosts the special context and is function 0 of it. */
export const PF = FunctionId(0)
/** GUID 0: nobody (SQP-STEER-2). */
export const NO_GUID = Guid("0000000000000000")
/** GUID of the SA's well-known GID (IBTA 4.1.1). */
export const SA_GUID = Guid("0200000000000002")
/** The default subnet prefix fe80::/64 (IBTA 4.1.1). */
export const DEFAULT_PREFIX = SubnetPrefix("fe80000000000000")
/** No communication id. */
export const NO_COMM_ID = CommId("00000000")
/** The MGID by which a join asks the SA to choose one. */
export const NO_GID = Gid("00000000000000000000000000000000")

/** The GID of a GUID under a prefix. */
export const gidOf = (prefix: SubnetPrefix, guid: Guid): Gid => Gid(prefix + guid)
/** The prefix of a GID. */
export const prefixOf = (gid: Gid): SubnetPrefix => SubnetPrefix(gid.slice(0, 16))
/** The GUID of a GID. */
export const guidOf = (gid: Gid): Guid => Guid(gid.slice(16))
/**
 * The low 32 bits of a TID: all that kernels and simulators leave alone (SQP-TID-7). A variable is its own.
 */
export const low32 = (tid: Tid | string): string => (tid.length === 16 ? tid.slice(8) : tid)
