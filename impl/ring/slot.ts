/**
 * The ring slot: one MAD with its addressing, 320 bytes, the same shape in every ring and both directions.
 *
 * Words are host-endian 32-bit integers of the shared memory; the GRH and the MAD inside keep wire order
 * (big-endian). `lid`, `remoteQpn` and `pkeyIndex` mean the destination and the virtual or physical index on
 * the way out, the source on the way in.
 */

/** Size of a slot in 32-bit words: 16 of addressing (GRH included), 64 of MAD. */
export const SLOT_WORDS = 80
/** Size of a slot in bytes. */
export const SLOT_BYTES = SLOT_WORDS * 4

/** Word 0: bit 0 the QP (0 or 1), bit 1 GRH present, bits 16..31 length of the MAD, in bytes, as sent. */
export const SLOT_FLAGS = 0
/** Word 1: bits 0..15 LID (DLID towards the wire, SLID from it), bits 16..19 SL, bits 24..30 path bits. */
export const SLOT_LID = 1
/** Word 2: bits 0..23 remote QPN, bits 24..31 static rate. */
export const SLOT_REMOTE_QPN = 2
/** Word 3: Q_Key of an outgoing MAD; 0 from the wire. */
export const SLOT_QKEY = 3
/** Word 4: bits 0..15 P_Key index (virtual for a function, physical on the wire), bits 16..31 SGID index. */
export const SLOT_PKEY_INDEX = 4
/** Word 5: bits 0..23 QPN of the sending QP (a function's proxy QP); bits 24..31 reserved, 0. */
export const SLOT_SOURCE_QPN = 5
/** Byte offset of the 40-byte GRH inside the slot; all zero when bit 1 of the flags is clear. */
export const SLOT_GRH_BYTE = 24
/** Byte offset of the 256-byte MAD inside the slot. */
export const SLOT_MAD_BYTE = 64
/** Length of every MAD on the wire, in bytes (IBTA 13.4.2). */
export const MAD_BYTES = 256
/** Bit of word 0: the MAD travels on QP1 (clear: QP0). */
export const FLAG_QP1 = 1
/** Bit of word 0: a GRH is present. */
export const FLAG_GRH = 2
