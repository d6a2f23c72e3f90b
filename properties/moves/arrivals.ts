/** Pieces of what the fabric sends: the command of an arriving MAD, and the response to a request. */
import type { CommandOf } from "../../impl/trace/command.ts"
import { hexOf, type Pieces, written } from "../mads.ts"
import type { ArriveAddress } from "./draws.ts"

/** An arriving MAD, from QP1 unless said otherwise. */
export const ingress = (
  slid: number,
  address: ArriveAddress,
  text: string,
  more: Partial<CommandOf<"ingress">> = {}
): CommandOf<"ingress"> => ({
  op: "ingress",
  qp: 1,
  slid,
  srcQp: 1,
  ...address,
  grh: null,
  mad: text,
  ...more
})

const isAboutMembers = (text: string): boolean => text.slice(2, 4) === "03" && text.slice(32, 36) === "0038"
/** Whether a MAD is Set or Delete of MCMemberRecord. */
export const isMembership = (text: string): boolean =>
  isAboutMembers(text) && ["02", "15"].includes(text.slice(6, 8))
/** Whether a MAD is Get or GetTable of MCMemberRecord, or of another method that asks for it. */
export const isMemberQuery = (text: string): boolean => isAboutMembers(text) && !isMembership(text)
/** Whether a MAD is Set or Delete of GUIDInfoRecord. */
export const isGuidInfo = (text: string): boolean =>
  text.slice(2, 4) === "03" && text.slice(32, 36) === "0030" && ["02", "15"].includes(text.slice(6, 8))
/** Whether a MAD is a CM message. */
export const isCm = (text: string): boolean => text.startsWith("01070203")

/** The response to a request: the same MAD with the R bit, its TID copied. */
export const responseTo = (text: string, pieces: Pieces = []): string => {
  const method = Number.parseInt(text.slice(6, 8), 16)
  return written(text, [[3, hexOf((method === 0x02 ? 0x01 : method) | 0x80, 2)], ...pieces])
}
