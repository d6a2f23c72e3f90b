/** How what invariants remember is renamed (`model/renaming.ts`): the ledgers that several of them share. */
import type { Conversation, Ledger as CmLedger, Sent } from "./invariants-cm-ledger.ts"
import type { KnownAlias, KnownRequest } from "./invariants-guid-ledger.ts"
import type {
  Asked, GroupFacts, Join, Ledger as MulticastLedger, Membership
} from "./invariants-multicast-ledger.ts"
import type { KnownFunction, KnownQp, PortLedger } from "./invariants-port-ledger.ts"
import type { Of, SubscriptionLedger, Wish } from "./invariants-subscription-ledger.ts"
import type { Given, Held, Owner, TidLedger } from "./invariants-tid-ledger.ts"
import { guidMask } from "./renaming-mad.ts"
import {
  byFunction, each, fields, functionId, gid, guid, ofFunctions, orNull, qpn, type Rename, same, sorted, text, texts
} from "./renaming.ts"

// The port

const alias = fields<KnownAlias>({
  admin: orNull(guid), asked: orNull(guid), open: orNull(fields<KnownRequest>({ guid }))
})
const knownFunction = fields<KnownFunction>({ alias: orNull(alias), slot: guid, qps: each(fields<KnownQp>({ qpn })) })

/** What is known of the port. */
export const portLedger = fields<PortLedger>({
  // They are on the other port, by function, as `config` of a state names them.
  otherPortGuids: same,
  functions: byFunction(knownFunction)
})

// Transactions

const request = fields<Owner & { readonly _tag: "request" }>({
  function: functionId, dgid: orNull(gid), remoteQpn: qpn
})
/** Names of requests about slots: with method, block, mask and GUIDs. */
const ABOUT_SLOTS = /^(SA \d+ 0) ([0-9a-f]{16}) (.*)/
const slots = byFunction(text)
const ownName: Rename<string> = (name, by) =>
  ABOUT_SLOTS.test(name)
    ? name.replace(ABOUT_SLOTS, (_, asks: string, mask: string, guids: string) =>
      `${asks} ${guidMask(mask, by)} ${slots(guids.split(","), by).join()}`)
    : text(name, by)
const other = fields<Owner & { readonly _tag: "other" }>({ function: orNull(functionId), name: ownName })
const owner: Rename<Owner> = (of, by) => (of._tag === "request" ? request(of, by) : other(of, by))
const held = fields<Held>({ owner })

/** What is known of transactions. */
export const tidLedger = fields<TidLedger>({
  held: sorted(held, (a, b) => (a.owner.function ?? -1) - (b.owner.function ?? -1)),
  given: ofFunctions(fields<Given>({ function: functionId, srcQp: qpn }))
})

// Subscriptions

const having = each(fields<Of>({ fn: functionId, key: text }))

/** What is known of subscriptions. */
export const subscriptionLedger = fields<SubscriptionLedger>({
  port: portLedger,
  sure: having,
  perhaps: having,
  wished: each(fields<Wish>({ fn: functionId, key: text })),
  asked: each(fields<SubscriptionLedger["asked"][number]>({ key: text })),
  granted: texts,
  maybeGranted: texts,
  everAsked: texts
})

// CM

const knownOf = <T extends object>(how: Parameters<typeof fields<T>>[0]) => each(fields<T>(how))

/** What is known of CM conversations. */
export const cmLedger = fields<CmLedger>({
  conversations: knownOf<Conversation>({ function: functionId, places: each(text) }),
  sent: knownOf<Sent>({ function: functionId }),
  asked: knownOf<CmLedger["asked"][number]>({ function: functionId, caGuid: guid, places: each(text) }),
  told: knownOf<CmLedger["told"][number]>({ function: functionId }),
  named: knownOf<CmLedger["named"][number]>({ function: functionId, gid }),
  refused: knownOf<CmLedger["refused"][number]>({ function: functionId }),
  begun: knownOf<CmLedger["begun"][number]>({ function: functionId })
})

// Multicast

/** The name of a join begins with its function. */
const joinName: Rename<string> = (name, by) =>
  name.replace(/^(\d+)(?=:)/, (fn) => String(by.functions[Number(fn)] ?? fn))

/** What is known of multicast. */
export const multicastLedger = fields<MulticastLedger>({
  joins: each(fields<Join>({ function: functionId, mgid: gid, portGid: gid })),
  asked: each(fields<Asked>({ mgid: gid, for: each(joinName) })),
  groups: each(fields<GroupFacts>({ mgid: gid })),
  members: ofFunctions(fields<Membership>({ function: functionId, mgid: gid })),
  port: portLedger,
  others: each(functionId)
})
