/** Management classes and the numbers of the special QPs (IBTA Vol 1, 13.4.4). */
import { nameOf } from "./names.ts"

/** Management classes by name; the number is `MgmtClass` of the MAD header. */
export const MGMT_CLASS = {
  SubnLIDRouted: 0x01,
  SubnDirectedRoute: 0x81,
  SubnAdm: 0x03,
  Perf: 0x04,
  BM: 0x05,
  DevMgt: 0x06,
  ComMgt: 0x07,
  SNMP: 0x08,
  Vendor09: 0x09,
  Vendor0A: 0x0a,
  DevAdm: 0x10,
  BootMgt: 0x11,
  BIS: 0x12,
  CongestionMgt: 0x21
} as const

/** First and last vendor class with an OUI in the MAD. */
export const VENDOR_OUI_CLASSES = { first: 0x30, last: 0x4f } as const

/** First and last vendor class without an OUI. */
export const VENDOR_CLASSES = { first: 0x09, last: 0x0f } as const

/** True for a vendor class with an OUI, whose MADs carry an RMPP header. */
export const isVendorOuiClass = (mgmtClass: number): boolean =>
  mgmtClass >= VENDOR_OUI_CLASSES.first && mgmtClass <= VENDOR_OUI_CLASSES.last

/** True for the two classes of subnet management packets, which travel on QP0 alone. */
export const isSmpClass = (mgmtClass: number): boolean =>
  mgmtClass === MGMT_CLASS.SubnLIDRouted || mgmtClass === MGMT_CLASS.SubnDirectedRoute

/** Name of a management class, or its number in hex. */
export const mgmtClassName = nameOf(MGMT_CLASS, 2)

/** `ClassVersion` of SA and CM MADs; SMPs and PerfMgt have 1. */
export const CLASS_VERSION = { SubnAdm: 2, ComMgt: 2, Subn: 1, Perf: 1 } as const

/** The well-known Q_Key of QP1. */
export const WELL_KNOWN_Q_KEY = 0x8001_0000

/** GUID (interface id) of the SA's well-known GID, as upper and lower 32 bits: 0x0200000000000002. */
export const SA_WELL_KNOWN_GUID = { high: 0x0200_0000, low: 0x0000_0002 } as const

/** The default subnet prefix fe80::/64, as upper and lower 32 bits. */
export const DEFAULT_SUBNET_PREFIX = { high: 0xfe80_0000, low: 0 } as const

/** The permissive LID: a directed-route SMP that is not LID-routed on this side. */
export const PERMISSIVE_LID = 0xffff
/** The lowest multicast LID. */
export const MULTICAST_LID_FIRST = 0xc000
