/** A change at the port, as the PF context hears it (spec/events.md). */

/**
 * What happened. GUIDs and the prefix are 16 hex digits; `smLid` null: no subnet manager is known;
 * `guidTable` replaces the eight entries of block `block`; `pkeys` replaces the physical P_Key table.
 */
export type PortEvent =
  | { readonly _tag: "lid"; readonly lid: number; readonly lmc: number }
  | { readonly _tag: "sm"; readonly smLid: number | null; readonly smSl: number }
  | { readonly _tag: "prefix"; readonly subnetPrefix: string }
  | { readonly _tag: "pkeys"; readonly pkeys: ReadonlyArray<number> }
  | { readonly _tag: "guidTable"; readonly block: number; readonly guids: ReadonlyArray<string> }
  | { readonly _tag: "reregister" }
  | { readonly _tag: "link"; readonly up: boolean }
