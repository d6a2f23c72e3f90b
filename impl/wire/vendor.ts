/**
 * Vendor classes with an OUI, 0x30 to 0x4F, after the RMPP header (IBTA Vol 1, 16.5). Offsets count from the
 * MAD.
 */
import { at, compile, type Table } from "./layout.ts"

/** Vendor part, MAD bytes 36 to 255; base = first byte of the MAD. */
export const VENDOR_OUI = {
  Reserved: at(36, 0, 8),
  OUI: at(37, 0, 24),
  Data: at(40, 0, 1728)
} as const satisfies Table

/** Accessors of {@link VENDOR_OUI}; base = first byte of the MAD. */
export const vendorOui = compile(VENDOR_OUI)

/** The OUI that ibping uses (OpenIB). */
export const OUI_OPENIB = 0x001405
