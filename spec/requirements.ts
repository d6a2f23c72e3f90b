/** The register of requirements: every rule of madmux with its id. Prose and reasons stand in the page of its area. */

/** RFC 2119 level. */
export type Level = "MUST" | "SHOULD"
/** `rule` binds every implementation; `impl` is our own choice and not demanded of others. */
export type Scope = "rule" | "impl"

/** One requirement. `source` names the rule R1..R12 of `spec/rules.md` it serves, or the house rule. */
export interface Requirement {
  readonly level: Level
  readonly area: string
  readonly scope: Scope
  readonly source: string
  readonly text: string
}

export const requirements = {
  "SQP-QP-1": {
    level: "MUST", area: "qp", scope: "rule", source: "R1",
    text: "A special QP requested by a function is its own proxy QP; no function ever holds a real special QP or a tunnel QP."
  },
  "SQP-QP-2": {
    level: "MUST", area: "qp", scope: "rule", source: "R2",
    text: "Every attached function has, per port, one proxy QP and one tunnel QP for QP0 and one of each for QP1; all QPNs are distinct."
  },
  "SQP-QP-3": {
    level: "MUST", area: "qp", scope: "rule", source: "R3",
    text: "A MAD is taken from a function only when its source QPN is the proxy QP of the tunnel it came through, of an attached function while the PF context runs."
  },
  "SQP-QP-4": {
    level: "MUST", area: "qp", scope: "rule", source: "R4",
    text: "A QP of a function is never put on VL15."
  },
  "SQP-QP-5": {
    level: "MUST", area: "qp", scope: "rule", source: "R4",
    text: "The well-known Q_Key 0x80010000, every other controlled Q_Key (bit 31 set) and every tunnel Q_Key are refused when a function creates or modifies a QP."
  },
  "SQP-QP-6": {
    level: "MUST", area: "qp", scope: "rule", source: "R4",
    text: "Bit 31 of a work request's Q_Key means the sending QP's own Q_Key: a MAD leaves a proxy QP with 0x80010000, an ordinary QP's message with that QP's Q_Key."
  },
  "SQP-QP-7": {
    level: "MUST", area: "qp", scope: "rule", source: "R1",
    text: "A function touches only QPs it created; P_Key index and SGID index of a QP are within the function's own tables."
  },
  "SQP-QP-8": {
    level: "MUST", area: "qp", scope: "rule", source: "R1",
    text: "Every index and port number of a verb is checked at create, modify and send, on the primary and the alternate path, whatever the attribute mask names."
  },
  "SQP-CLS-1": {
    level: "MUST", area: "classes", scope: "rule", source: "R8",
    text: "QP0 carries SMPs only and QP1 everything else, in both directions."
  },
  "SQP-CLS-2": {
    level: "MUST", area: "classes", scope: "rule", source: "R7",
    text: "Every SMP a VF sends is discarded, without an answer."
  },
  "SQP-CLS-3": {
    level: "MUST", area: "classes", scope: "rule", source: "R7",
    text: "No VF ever receives an SMP."
  },
  "SQP-CLS-4": {
    level: "MUST", area: "classes", scope: "rule", source: "R8",
    text: "A VF may use the SA, the CM, Get forms of PerfMgt and DevMgt and the vendor class with OUI 0x001405; other classes and methods are refused."
  },
  "SQP-CLS-5": {
    level: "MUST", area: "classes", scope: "rule", source: "R8",
    text: "A refused request that can be answered is answered with status 0x000C, an SA request with 0x0200; what cannot be answered is dropped and counted."
  },
  "SQP-CLS-6": {
    level: "MUST", area: "classes", scope: "rule", source: "R8",
    text: "A VF's SA request goes to the subnet manager only, with SM_Key 0; it never sends SA Report or Trap."
  },
  "SQP-CLS-7": {
    level: "MUST", area: "classes", scope: "rule", source: "R8",
    text: "The destination QPN of a MAD is 1 on QP1 and 0 on QP0, or the source QPN of the delivered request it answers, or one to which a response redirected its function."
  },
  "SQP-CLS-8": {
    level: "MUST", area: "classes", scope: "rule", source: "R8",
    text: "What the administrator's policy says of a class or of an SA attribute replaces the default for VFs, from the next MAD on; SMPs and the CM it cannot change."
  },
  "SQP-CLS-9": {
    level: "MUST", area: "classes", scope: "rule", source: "R8",
    text: "A function's request of a class may go to the QPN and LID (or GID) to which a response of that class redirected that function; such a place is remembered from tidMin to tidMax after its last use, and at most limits.redirects of a function, of which the one used longest ago gives way."
  },
  "SQP-TID-1": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "The wire TID of an outstanding request is unique in its low 32 bits among all functions and the PF context itself, and never one that rests."
  },
  "SQP-TID-2": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "A response reaches its function with the guest TID exactly as the function wrote it, all 64 bits."
  },
  "SQP-TID-3": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "A retransmission (same function, QP, class, destination and guest TID) leaves with the same wire TID."
  },
  "SQP-TID-4": {
    level: "MUST", area: "tid", scope: "rule", source: "R12",
    text: "A response is delivered only to the function whose outstanding request of that QP and class has its wire TID; method, attribute and source LID are not compared."
  },
  "SQP-TID-5": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "An outstanding request is remembered at least tidMin, unless it gives way to another of its function, and at most tidMax after its last use."
  },
  "SQP-TID-6": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "A released wire id rests before it is used again."
  },
  "SQP-TID-7": {
    level: "MUST", area: "tid", scope: "impl", source: "R9",
    text: "The upper 32 bits of a wire TID are zero and the lower 32 are not; where wire TIDs begin and which comes next cannot be predicted from outside."
  },
  "SQP-TID-8": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "A function's response leaves with its TID untouched, and only if the request it answers was delivered to that function."
  },
  "SQP-TID-9": {
    level: "MUST", area: "tid", scope: "rule", source: "R12",
    text: "An RMPP control packet without the R bit is delivered to the function that received the request it belongs to."
  },
  "SQP-TID-10": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "A function holds at most limits.tids outstanding requests; beyond, its answered one used longest ago gives way, and if none is answered, the new request is dropped and counted."
  },
  "SQP-TID-11": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "An RMPP control packet of a function without the R bit leaves only for a request that is outstanding, with its wire TID."
  },
  "SQP-TID-12": {
    level: "MUST", area: "tid", scope: "rule", source: "R9",
    text: "At most limits.inbound delivered requests of a function are remembered; beyond, its answered one used longest ago gives way, and if none is answered, the one used longest ago."
  },
  "SQP-STEER-1": {
    level: "MUST", area: "steering", scope: "rule", source: "R12",
    text: "All steering keys of a MAD from the wire that resolve name one function, else it is dropped."
  },
  "SQP-STEER-2": {
    level: "MUST", area: "steering", scope: "rule", source: "R12",
    text: "A DGID resolves with the current prefix, the default prefix or the former one during its grace; GUID 0 and unknown GUIDs are nobody; the SA's well-known GUID is the PF."
  },
  "SQP-STEER-3": {
    level: "MUST", area: "steering", scope: "rule", source: "R6",
    text: "An unsolicited MAD other than CM goes to the function its DGID names, without a GRH to the PF; to a VF only in a class the VF may answer."
  },
  "SQP-STEER-4": {
    level: "MUST", area: "steering", scope: "rule", source: "R5",
    text: "Traffic between two functions of one port leaves through the real special QP and returns as ingress."
  },
  "SQP-STEER-5": {
    level: "MUST", area: "steering", scope: "rule", source: "R6",
    text: "A MAD is delivered to an attached function or to nobody."
  },
  "SQP-STEER-6": {
    level: "MUST", area: "steering", scope: "rule", source: "R12",
    text: "A GID names a function by its GUID on whichever port of the HCA it has it; this port's GUIDs come first."
  },
  "SQP-CM-1": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "The wire comm id of an exchange is unique among all functions, never 0, never all ones, never the guest's own id, and never one that rests."
  },
  "SQP-CM-2": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A REQ is steered by the primary remote port GID inside it."
  },
  "SQP-CM-3": {
    level: "MUST", area: "cm", scope: "rule", source: "R12",
    text: "Every other CM message is steered by its remote comm id, which is restored to the guest's own."
  },
  "SQP-CM-4": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A repeated CM message of one exchange leaves with the same wire comm id."
  },
  "SQP-CM-5": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "Once the peer's comm id is known, a message of the exchange with another one is dropped."
  },
  "SQP-CM-6": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A REJ(timeout) that names no id of ours reaches the function that received the REQ, found by the CA GUID in its ARI, then by its source."
  },
  "SQP-CM-7": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "Terminal messages never allocate; a guest's comm id never appears on the wire."
  },
  "SQP-CM-8": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "An exchange lives at least its opening time before a REP, longer after an MRA, without limit after a REP, and lingers after DREQ, DREP or REJ, re-armed by every repetition."
  },
  "SQP-CM-9": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A REQ for a GID that is nobody's is answered by a REJ with reason 12."
  },
  "SQP-CM-10": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A DREQ without an exchange is answered by a DREP, and nothing is allocated."
  },
  "SQP-CM-11": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A function's REQ, LAP, DREQ and SIDR_REQ leave with a wire TID, restored in the answers; in exchanges a peer opened the peer's TID passes unchanged."
  },
  "SQP-CM-12": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "SIDR request ids have their own id space; a SIDR_REQ is steered by the GRH, else by registered service ids, else to the PF."
  },
  "SQP-CM-13": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A function holds at most limits.cm exchanges; beyond, its own oldest half-open one gives way, else its message is dropped and counted."
  },
  "SQP-CM-14": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A CM answer of a function leaves only in an exchange it takes part in."
  },
  "SQP-CM-15": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "A message from an address that its exchange neither named, accepted nor saw is delivered and ends nothing."
  },
  "SQP-CM-16": {
    level: "MUST", area: "cm", scope: "rule", source: "R12",
    text: "A Get of class CM is answered by whom it asked: from the wire it reaches the function its DGID names, else the PF."
  },
  "SQP-CM-17": {
    level: "MUST", area: "cm", scope: "rule", source: "R10",
    text: "Exchanges and their comm ids belong to the HCA: a message of one reaches its function by whichever port it comes, and leaves by whichever the function sends."
  },
  "SQP-MC-1": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "When nothing is outstanding, the JoinState the SA holds for the port is the union of the functions' JoinStates, bit by bit over all four bits."
  },
  "SQP-MC-2": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "The SA is contacted only when the aggregate changes, or for a retry, a re-join after reregister or SM change, or a leave that undoes an unwanted success."
  },
  "SQP-MC-3": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A join the aggregate already covers, while it holds FullMember or SendOnlyFullMember, is answered by the PF context."
  },
  "SQP-MC-4": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A leave is answered by the PF context with a DeleteResp; one of bits the function does not hold is refused with 0x0200."
  },
  "SQP-MC-5": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A refusal of the SA is answered with its status to the function whose request caused it and to nobody else."
  },
  "SQP-MC-6": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "At most one SA transaction per group is outstanding, and an answer belongs to the transaction whose TID it bears."
  },
  "SQP-MC-7": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A join names the function's own PortGID, a P_Key of its table, ProxyJoin 0 and a JoinState, else it is refused with 0x0200."
  },
  "SQP-MC-8": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A repeated request that still waits is coalesced; one older than its client's horizon is not sent."
  },
  "SQP-MC-9": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A late success that nobody wants is left again."
  },
  "SQP-MC-10": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A function that ends loses its bits in every group."
  },
  "SQP-MC-11": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "After a reregister or a change of the SM the port joins again what its functions hold."
  },
  "SQP-MC-12": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A join of MGID 0 is sent to the SA and becomes a member of the group the SA chose."
  },
  "SQP-MC-13": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "Answers of the SA to the PF context are taken only from the subnet manager."
  },
  "SQP-MC-14": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A MAD the PF context makes carries its own identity: its PortGID, SM_Key 0, only the fields of its pattern, zero elsewhere."
  },
  "SQP-MC-15": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A function has bits only in groups whose P_Key it holds and under the GID it joined with; losing either loses them at once."
  },
  "SQP-MC-16": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A VF is shown no PortGID, JoinState or ProxyJoin but its own, and of its own memberships by the PF context."
  },
  "SQP-MC-17": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "After a reregister or a change of the SM bits that a function does not join again within renewGrace are left."
  },
  "SQP-MC-18": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "A group that the SA deleted is joined again; members whose re-join the SA refuses lose their bits and hear reregister."
  },
  "SQP-MC-20": {
    level: "MUST", area: "multicast", scope: "rule", source: "R11",
    text: "While twice limits.groups groups that a function was the last to have are still being left, its joins are dropped group-quota: leaves the SA does not answer are its own burden."
  },
  "SQP-SVC-1": {
    level: "MUST", area: "service-records", scope: "rule", source: "R8",
    text: "A VF registers or deletes a ServiceRecord only under its own GID and with a P_Key of its own table; any other is refused with 0x0200."
  },
  "SQP-SVC-2": {
    level: "MUST", area: "service-records", scope: "rule", source: "R8",
    text: "What a VF may have registered is deleted at the SA when the VF ends or loses the GID or the P_Key of the record."
  },
  "SQP-SVC-3": {
    level: "MUST", area: "service-records", scope: "rule", source: "R8",
    text: "The PF context deletes no ServiceRecord that a function did not register, and none that was registered again since."
  },
  "SQP-SVC-4": {
    level: "MUST", area: "service-records", scope: "rule", source: "R8",
    text: "A VF holds at most limits.services ServiceRecords; beyond, its request is dropped and counted."
  },
  "SQP-PKEY-1": {
    level: "MUST", area: "pkey", scope: "rule", source: "R8",
    text: "A P_Key index of a function is virtual: bounded, mapped to the physical index on egress, and reported as the function's own index on ingress."
  },
  "SQP-PKEY-2": {
    level: "MUST", area: "pkey", scope: "rule", source: "R8",
    text: "A MAD is delivered to a function only when the function's table holds a P_Key with the same low 15 bits."
  },
  "SQP-PKEY-3": {
    level: "MUST", area: "pkey", scope: "rule", source: "R8",
    text: "A P_Key that is taken from a function is of no use to its QPs from then on."
  },
  "SQP-GUID-1": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "The SGID of a function's MAD is always its own GUID under the current prefix."
  },
  "SQP-GUID-2": {
    level: "MUST", area: "guid", scope: "rule", source: "R12",
    text: "A GUID belongs to at most one function."
  },
  "SQP-GUID-3": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "The PF context asks the SA for the admin GUID of an attached VF, in that VF's own slot and no other, never slot 0."
  },
  "SQP-GUID-4": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "A VF has the GUID that was asked for it only once the SA, or the port's table, shows it; what the SA chose becomes its admin GUID."
  },
  "SQP-GUID-5": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "A GUID that the SA declines or does not answer for is asked again after a back-off that doubles from guidRetry to guidRetryMax, and never earlier but for a port event or the administrator."
  },
  "SQP-GUID-6": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "A GUID is released at the SA before it is asked for another function, and no function has it in between; one GUID is never administered to two functions."
  },
  "SQP-GUID-7": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "An answer of the SA is taken only from the subnet manager and judged only against the request whose TID it bears."
  },
  "SQP-GUID-8": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "After a reregister, a change of the SM or of the LID every alias GUID is asked for again, and stays in use until the SA declines it."
  },
  "SQP-GUID-9": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "A GUID that was asked for a VF that is detached, or that has another admin GUID or none, is deleted at the SA."
  },
  "SQP-GUID-10": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "A function hears port-up and port-down in turn, port-up only with a GUID and the link up."
  },
  "SQP-GUID-11": {
    level: "MUST", area: "guid", scope: "rule", source: "R8",
    text: "A VF's Set or Delete of GUIDInfoRecord never leaves; where policy allows it, it administers the VF's own slot and no other."
  },
  "SQP-EV-1": {
    level: "MUST", area: "events", scope: "rule", source: "R8",
    text: "A port event reaches exactly the functions whose view it changes."
  },
  "SQP-EV-2": {
    level: "MUST", area: "events", scope: "impl", source: "R8",
    text: "What events say is never lost to a function that is slow to take them: they coalesce, the last of each kind stays."
  },
  "SQP-VIEW-1": {
    level: "MUST", area: "local-view", scope: "rule", source: "R8",
    text: "A local query shows the function its own NodeGUID, GUID 0, P_Key table and port state, and never the M_Key; other attributes are refused."
  },
  "SQP-LIFE-1": {
    level: "MUST", area: "lifecycle", scope: "rule", source: "R1",
    text: "A function's next incarnation sees nothing of the former one."
  },
  "SQP-LIFE-2": {
    level: "MUST", area: "lifecycle", scope: "rule", source: "R2",
    text: "Attach opens the tunnels of a function; detach and reset close intake, release its ids and leave its groups."
  },
  "SQP-LIFE-3": {
    level: "MUST", area: "lifecycle", scope: "rule", source: "R1",
    text: "Stop leaves all groups while the wire is up, then releases everything."
  },
  "SQP-SUB-1": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "When nothing is outstanding, the SA holds a subscription of the port exactly while a function, or the PF context itself, subscribed with its filter."
  },
  "SQP-SUB-2": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "The SA is asked to subscribe only by the first subscriber and to unsubscribe only after the last, or for a retry, after reregister or SM change, or to undo an unwanted success; all others are answered by the PF context."
  },
  "SQP-SUB-3": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "A refusal of the SA is answered with its status to the function whose request caused it and to nobody else."
  },
  "SQP-SUB-4": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "A function unsubscribes only itself; without a subscription of its own it is refused with 0x0200."
  },
  "SQP-SUB-5": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "A Report is taken only from QPN 1 of the subnet manager, and is answered once, at once, with all 64 bits of its TID."
  },
  "SQP-SUB-6": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "A Report is handed once to every function with a matching filter of its own and to no other, under a fresh TID of the PF context; a repetition is handed to nobody."
  },
  "SQP-SUB-7": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "After a reregister or a change of the SM the port subscribes again to what its functions subscribed to."
  },
  "SQP-SUB-8": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "An InformInfo the PF context sends has QPN 1, SM_Key 0, the filter and the partition it was asked in, zero elsewhere."
  },
  "SQP-SUB-9": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "Subscriptions and waiting requests of a function are bounded by its own quota, whoever else has the same filter."
  },
  "SQP-SUB-10": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "A function's answer to a Report never leaves; one it was not handed it cannot answer."
  },
  "SQP-SUB-11": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R11",
    text: "A PF context that is to hear of deleted groups subscribes to trap 67 exactly while functions are members of groups, and the group that a Report names is joined again."
  },
  "SQP-SUB-12": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "A function that loses the P_Key of the partition it subscribed in is a subscriber there no more, and its requests there are refused with 0x0200."
  },
  "SQP-SUB-13": {
    level: "MUST", area: "subscriptions", scope: "rule", source: "R8",
    text: "Nothing is ended at the SA under the P_Key of another partition: what is subscribed in a partition that the port lost is forgotten."
  },
  "SQP-ACC-1": {
    level: "MUST", area: "fairness", scope: "rule", source: "R3",
    text: "Per function: received = forwarded + answered + waiting + dropped by reason."
  },
  "SQP-FAIR-1": {
    level: "MUST", area: "fairness", scope: "impl", source: "R5",
    text: "A flood of one function does not delay the MAD of another beyond one round of the scheduler."
  },
  "SQP-FAIR-2": {
    level: "MUST", area: "fairness", scope: "rule", source: "R5",
    text: "While the ring to the wire has no room for functions, a MAD a function posts is not taken and not lost: its sender sees it wait, and it is taken later, in the order of its function and QP."
  },
  "SQP-FAIR-3": {
    level: "MUST", area: "fairness", scope: "rule", source: "R3",
    text: "At most limits.queue MADs of a function wait on each of its proxies; beyond, the posting is refused to the function."
  },
  "SQP-FAIR-4": {
    level: "MUST", area: "fairness", scope: "rule", source: "R6",
    text: "A MAD for a function whose ring is full is dropped function-full, charged to it, and delays nobody else."
  },
  "SQP-FAIR-5": {
    level: "MUST", area: "fairness", scope: "impl", source: "R11",
    text: "Of every table that functions share, ids and memory of the PF context's own requests included, each function has a bounded part, so that none keeps another's request back."
  },
  "SQP-FAIR-6": {
    level: "MUST", area: "fairness", scope: "rule", source: "R11",
    text: "A function's quotas of groups, waiting requests and waiting MADs may be changed while the PF context runs, at most to what it was made with; what the function holds beyond stays until it ends by itself."
  },
  "SQP-FRAME-1": {
    level: "MUST", area: "wire-formats", scope: "rule", source: "R8",
    text: "Every byte of a forwarded MAD that the rules do not let us change is identical."
  },
  "SQP-IN-1": {
    level: "MUST", area: "wire-formats", scope: "rule", source: "R3",
    text: "A malformed MAD, datagram, trace line or value is refused with what and where, counted, and disturbs nothing else."
  },
  "SQP-WIRE-1": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "house",
    text: "Each layout table owns every bit of its message exactly once."
  },
  "SQP-WIRE-2": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "house",
    text: "An accessor reads its own bits and writes no others."
  },
  "SQP-WIRE-3": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "house",
    text: "Decoding is total over all byte sequences."
  },
  "SQP-WIRE-4": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "house",
    text: "The tables agree with an independent dissector and with captured MADs."
  },
  "SQP-RING-1": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "house",
    text: "No slot of a ring is lost, duplicated, reordered or torn."
  },
  "SQP-RING-2": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "house",
    text: "A full ring refuses and never overwrites."
  },
  "SQP-RING-3": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "house",
    text: "A sleeping consumer is woken by the next publish."
  },
  "SQP-RING-4": {
    level: "MUST", area: "rings", scope: "impl", source: "house",
    text: "In no order of the accesses to shared memory does a reader sleep for ever with slots to read, or a writer with room; a PF context that took nothing, or has no work, leaves nothing behind."
  },
  "SQP-RING-5": {
    level: "MUST", area: "rings", scope: "impl", source: "house",
    text: "Whatever comes between two steps of the run loop (attach, detach, reset, port events, a slow, failing or closing port, the end): each MAD has one end, none reaches a later incarnation, and no MAD waits for a timer."
  },
  "SQP-PORT-1": {
    level: "MUST", area: "wire-formats", scope: "impl", source: "R5",
    text: "A port adapter delivers exactly what its fabric delivered and sends exactly what the PF context put on the wire."
  },
  "SQP-MODEL-1": {
    level: "MUST", area: "model", scope: "rule", source: "house",
    text: "Every event of the model ends in actions or a rejection; no action of a step names a function that the event may not touch."
  },
  "SQP-CHK-1": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "A trace of any length is checked in one pass with a memory that does not grow with it, from a file, a pipe or standard input."
  },
  "SQP-CHK-2": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "What a checker forgot, or cannot know, makes a trace undecided, never allowed and never refused."
  },
  "SQP-CHK-3": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "A violation is told with its rule and with the last lines that share an id, a function or an area with it."
  },
  "SQP-CHK-4": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "A named divergence that is waived is counted, and the run is followed as if the line had been right; one that a line does not show is refused by name."
  },
  "SQP-CHK-5": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "The inputs of a trace are done again line by line, and what our implementation answers is written as a trace."
  },
  "SQP-CHK-6": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "A trace written as a capture of both sides with its sidecar is judged as the trace is; a violation names its packets and its rule."
  },
  "SQP-CHK-7": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "Captures of either format, byte order and link type are read in one pass; what is damaged, cut off or no capture is told in a sentence, and a packet that is not judged is counted."
  },
  "SQP-CLI-1": {
    level: "MUST", area: "cli", scope: "impl", source: "house",
    text: "A command ends with exit code 0, 1 for usage, 2 for a wrong thing under check, 3 for the environment."
  },
  "SQP-CHK-8": {
    level: "MUST", area: "check", scope: "impl", source: "house",
    text: "A timer of the PF context may fire at any moment from when it is due until the slack is over, and its next time counts from there; nothing that so happens is refused."
  },
  "SQP-SERVE-1": {
    level: "MUST", area: "serve", scope: "impl", source: "house",
    text: "Whoever serves the reference protocol answers every line with exactly one, under its number: the outputs, or an error that says why; a refused line changes nothing."
  },
  "SQP-SERVE-2": {
    level: "MUST", area: "serve", scope: "impl", source: "house",
    text: "The model, behind the reference protocol, uses every freedom of the rules as a policy says; whoever judges allows all it does."
  },
  "SQP-ENC-1": {
    level: "MUST", area: "model", scope: "impl", source: "house",
    text: "What the model says of a MAD, written as bytes and read again, is the same; written over the bytes it came with, it is these bytes."
  },
  "SQP-ENC-2": {
    level: "MUST", area: "model", scope: "impl", source: "house",
    text: "An event of the model and what a PF context is made from, written as trace commands and read again, are the same."
  },
  "SQP-ENC-3": {
    level: "MUST", area: "model", scope: "impl", source: "house",
    text: "An action of the model, written as an output of a trace and read again, is the same; a forwarded MAD has the bytes it came with where the model does not change them."
  },
  "SQP-CONF-1": {
    level: "MUST", area: "conform", scope: "impl", source: "house",
    text: "An implementation in another process that cannot be started, ends, is silent or slow, babbles, or answers what is no reply or another line's, is reported as just that, with its last words, within twice the time limit; only its own processes are ended."
  },
  "SQP-CONF-2": {
    level: "MUST", area: "conform", scope: "impl", source: "house",
    text: "What an implementation does in generated sequences is judged line by line, outputs that it holds back until settle included; the same seed draws the same sequences."
  },
  "SQP-CONF-3": {
    level: "MUST", area: "conform", scope: "impl", source: "house",
    text: "A sequence that fails is made shorter to one that fails in the same way, and is told as a trace of inputs that anybody can do again."
  },
  "SQP-CONF-5": {
    level: "MUST", area: "conform", scope: "impl", source: "house",
    text: "What departs from the rules as a divergence that is allowed is not reported but counted; nothing else is allowed by it."
  },
  "SQP-CONF-4": {
    level: "MUST", area: "conform", scope: "impl", source: "house",
    text: "The kit finds each historic bug that is switched on in an independent implementation, and nothing wrong in its areas when none is."
  },
  "SQP-MUT-1": {
    level: "MUST", area: "mutants", scope: "impl", source: "house",
    text: "Every wrong implementation that is named is refused under its recorded trace, by the rule that the page says, and the right one is allowed under it."
  },
  "SQP-MUT-2": {
    level: "MUST", area: "mutants", scope: "impl", source: "house",
    text: "The text that a mutant changes stands in its file exactly once, or loading the mutant fails and says where."
  },
  "SQP-MUT-3": {
    level: "MUST", area: "mutants", scope: "impl", source: "house",
    text: "Invariants alone, compared with no model, catch wrong implementations and wrong models, and see nothing wrong in the right ones."
  },
  "SQP-MUT-4": {
    level: "MUST", area: "mutants", scope: "impl", source: "house",
    text: "Each invariant alone tells some mutant, which would live without it; or others are named that imply it, with the reason why it is kept."
  },
  "SQP-MUT-5": {
    level: "MUST", area: "mutants", scope: "impl", source: "house",
    text: "Of recorded histories, right ones and wrong ones, model, invariants and implementation say and do exactly what was recorded; where the implementation does not, its test says whether the rules allow it."
  },
  "SQP-EXP-1": {
    level: "MUST", area: "explore", scope: "impl", source: "house",
    text: "Exploring takes every transition from every reachable state within its bounds once, nearest states first, so that a counterexample is a shortest one."
  },
  "SQP-EXP-2": {
    level: "MUST", area: "explore", scope: "impl", source: "house",
    text: "States are told apart exactly: no hash stands for a state, and what is recalled of an event is what the rules would say again."
  },
  "SQP-EXP-3": {
    level: "MUST", area: "explore", scope: "impl", source: "house",
    text: "An exploration that a bound ends says which, and claims neither to be complete nor that nothing was wrong beyond."
  },
  "SQP-EXP-4": {
    level: "MUST", area: "explore", scope: "impl", source: "house",
    text: "From every reachable state a quiet one can be reached, in which nothing is in flight, nothing is kept that time alone does not end, and the SA holds what functions have; a state from which none can is a counterexample."
  },
  "SQP-EXP-5": {
    level: "MUST", area: "explore", scope: "impl", source: "house",
    text: "The command explores any preset with the bounds that it is given, and shows a counterexample as what passed between functions, PF context and wire."
  },
  "SQP-EXP-6": {
    level: "MUST", area: "explore", scope: "impl", source: "house",
    text: "Every path that is explored can be told as a trace: the checker allows those of the model, and refuses that of a counterexample by the same rule wherever an output shows what is wrong."
  },
  "SQP-EXP-7": {
    level: "MUST", area: "explore", scope: "impl", source: "house",
    text: "Where a system treats functions alike, one state is looked at for all that are the same but for these functions in each other's places; what is found is what looking at all of them finds, and as many states and transitions are told."
  },
  "SQP-SOAK-1": {
    level: "MUST", area: "soak", scope: "impl", source: "house",
    text: "What a batch of a soak does and whether it is allowed follows from the seed and the number of the batch alone; one command plays it again."
  },
  "SQP-SOAK-2": {
    level: "MUST", area: "soak", scope: "impl", source: "house",
    text: "The shards of a soak play each batch once, each shard every subject; their reports add up, and a shard that is missing or there twice is said."
  },
  "SQP-SOAK-3": {
    level: "MUST", area: "soak", scope: "impl", source: "house",
    text: "A soak is bounded in time, memory and report; memory that grows beyond the stated bound is a failure."
  }
} as const satisfies Record<string, Requirement>

/** The id of a requirement; an unknown id does not compile. */
export type RequirementId = keyof typeof requirements
