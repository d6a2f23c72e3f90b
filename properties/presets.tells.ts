/**
 * By the title of a wrong model: the presets among whose 500 nearest states one is wrong by it, or of which that is
 * otherwise known. Written by `npm run explore:all -- --tells`.
 */
export const tells: Readonly<Record<string, ReadonlyArray<string> | undefined>> = {
  "draws a wire TID without looking who has it": [
    "tid/shared"
  ],
  "restores only the low half of the guest TID": [
    "tid/shared"
  ],
  "takes a retransmission for a new request": [
    "tid/shared"
  ],
  "hands a response to the next function": [
    "tid/shared"
  ],
  "hands a response nobody asked for to the PF": [
    "tid/forgeries"
  ],
  "forgets transactions at once when time passes": [
    "tid/lives"
  ],
  "never forgets a transaction": [
    "tid/lives"
  ],
  "lets no wire TID rest": [
    "tid/reset-of-asker"
  ],
  "uses the upper half of the wire TID": [
    "qp/verbs"
  ],
  "lets out responses to what was never delivered": [
    "tid/giving-way-inbound"
  ],
  "maps the TID of a response": [
    "tid/pings"
  ],
  "hands RMPP control to the PF": [
    "tid/rmpp"
  ],
  "hands RMPP control to the first of several functions": [
    "tid/rmpp"
  ],
  "knows no quota of transactions": [
    "tid/quota"
  ],
  "refuses at the quota although an answered request could give way": [
    "tid/quota"
  ],
  "lets the answered request used last give way": [
    "tid/giving-way"
  ],
  "lets an unanswered request give way": [
    "tid/quota"
  ],
  "opens a transaction for RMPP control": [
    "tid/giving-way"
  ],
  "refuses a request from the wire at the quota": [
    "steering/grhs"
  ],
  "lets the delivered request used last give way": [
    "tid/giving-way-inbound"
  ],
  "keeps a function's transactions over its reset": [
    "classes/redirects"
  ],
  "does not compare the DGID with the other keys": [
    "steering/grhs"
  ],
  "gives the PF what is for nobody": [
    "steering/grhs"
  ],
  "never stops understanding a former prefix": [
    "steering/prefixes"
  ],
  "gives a VF any request that is for it": [
    "steering/grhs"
  ],
  "hands a MAD for another function over by itself": [
    "steering/grhs"
  ],
  "gives a function that is not attached its MADs": [
    "steering/grhs"
  ],
  "sends every GRH from the PF's GUID": [
    "steering/prefixes"
  ],
  "gives a GUID to two functions": [
    "guid/table"
  ],
  "lets any class pass either QP": [
    "classes/sending"
  ],
  "takes any class from either QP": [
    "classes/sending"
  ],
  "forwards the SMPs of VFs": [
    "classes/sending"
  ],
  "answers the SMPs of VFs": [
    "classes/sending"
  ],
  "gives an SMP to the function of its DGID": [
    "classes/sending"
  ],
  "lets requests go to any QPN": [
    "classes/sending"
  ],
  "takes a redirect for a leave to go to its QPN anywhere": [
    "classes/redirects"
  ],
  "redirects every function where one was redirected": [
    "classes/redirects"
  ],
  "forgets where a function was redirected": [
    "classes/redirects"
  ],
  "keeps a function's redirects over its reset": [
    "classes/redirects"
  ],
  "keeps refusing what the administrator allowed": [
    "classes/administered"
  ],
  "forwards what policy refuses": [
    "classes/sending"
  ],
  "drops what it should refuse with an answer": [
    "classes/sending"
  ],
  "answers a refused SA request like any other": [
    "classes/sending"
  ],
  "lets SA requests of a VF go anywhere": [
    "classes/sending"
  ],
  "keeps the SM_Key of a VF": [
    "classes/sending"
  ],
  "sends requests to any QPN": [
    "classes/sending"
  ],
  "sends a function's own P_Key index": [
    "pkey/tables"
  ],
  "tells a function the physical P_Key index": [
    "pkey/tables"
  ],
  "gives a function MADs of other partitions": [
    "pkey/tables"
  ],
  "gives a function its tunnel QP for a special QP": [
    "qp/verbs"
  ],
  "gives proxy and tunnel one QPN": [
    "qp/verbs"
  ],
  "takes a MAD from any QP": [
    "qp/verbs"
  ],
  "takes MADs of functions not attached": [
    "lifecycle/orders"
  ],
  "lets a QP on VL15": [
    "qp/verbs"
  ],
  "lets a QP send on VL15": [
    "qp/verbs"
  ],
  "lets a QP have a controlled Q_Key": [
    "qp/verbs"
  ],
  "sends the Q_Key it was asked for": [
    "qp/verbs"
  ],
  "sends every MAD with the well-known Q_Key": [
    "classes/sending"
  ],
  "lets a function change any QP": [
    "qp/verbs"
  ],
  "does not bound indices": [
    "qp/pkeys"
  ],
  "does not look at the alternate path": [
    "qp/verbs"
  ],
  "bounds only what the mask names": [
    "qp/pkeys"
  ],
  "sends with a P_Key that was taken away": [
    "qp/pkeys"
  ],
  "lets a function destroy any QP": [
    "qp/verbs"
  ],
  "tells every function of every GUID": [
    "local-view/ports"
  ],
  "tells VFs nothing": [
    "pkey/tables"
  ],
  "tells port-up before gid": [
    "local-view/ports"
  ],
  "shows every port active": [
    "local-view/ports"
  ],
  "announces no tunnels at attach": [
    "lifecycle/orders"
  ],
  "goes on after its stop": [
    "lifecycle/orders"
  ],
  "loses a MAD while the ring to the wire is full": [
    "fairness/wire-room"
  ],
  "sends on though the ring to the wire is full": [
    "fairness/wire-room"
  ],
  "defers though there is room": [
    "fairness/wire-room"
  ],
  "takes the youngest MAD first": [
    "fairness/wire-room"
  ],
  "lets any number of MADs wait": [
    "fairness/wire-room"
  ],
  "refuses the first MAD that would wait": [
    "fairness/wire-room"
  ],
  "fills rings beyond their end": [
    "fairness/function-room"
  ],
  "drops for a full ring of one function what is for another": [
    "fairness/function-room"
  ],
  "drops MADs from the wire without a word": [
    "classes/sending"
  ],
  "loses what functions send while it has no room for more": [
    "classes/sending"
  ],
  "delivers a MAD twice": [
    "classes/sending"
  ],
  "counts what it sends as dropped": [
    "qp/verbs"
  ],
  "asks for the slot of another function": [
    "guid/administered"
  ],
  "asks for every slot of the block at once": [
    "guid/administered"
  ],
  "asks the SA to choose whatever is wanted": [
    "guid/administered"
  ],
  "asks nothing at the attach of a function": [
    "guid/administered"
  ],
  "gives a function the GUID that was only asked for": [
    "guid/chosen"
  ],
  "brings a port up without a GUID": [
    "guid/administered"
  ],
  "does not back off": [
    "guid/administered"
  ],
  "asks for a GUID that another has not released": [
    "guid/one-after-the-other"
  ],
  "administers one GUID to two functions": [
    "guid/one-after-the-other"
  ],
  "takes answers about slots from anybody, about anything": [
    "guid/forged"
  ],
  "takes the GUID from a function when the SM asks to reregister": [
    "guid/port-events"
  ],
  "asks nothing again when the SM asks to reregister": [
    "guid/port-events"
  ],
  "asks nothing again when the SM is another": [
    "guid/port-events"
  ],
  "asks nothing again when the LID is another": [
    "guid/port-events"
  ],
  "does not release the GUID of a detached function": [
    "guid/administered"
  ],
  "lets a VF ask for the slot of another": [
    "guid/own-requests"
  ],
  "brings a port up twice": [
    "guid/administered"
  ],
  "lets a function change any record": [
    "service-records/ends"
  ],
  "leaves the records of a function that ends at the SA": [
    "service-records/ends"
  ],
  "leaves the records of a lost GID at the SA": [
    "service-records/lost-names"
  ],
  "forgets what waits for an SM": [
    "service-records/ends"
  ],
  "deletes another record than it should": [
    "service-records/ends"
  ],
  "goes on deleting a record that was registered again": [
    "service-records/ends"
  ],
  "has no quota of records": [
    "service-records/ends"
  ],
  "refuses the last record of the quota": [
    "service-records/ends"
  ],
  "keeps at the SA what a function that ended had": [
    "subscriptions/resets"
  ],
  "never tells the SA that the last one ended it": [
    "subscriptions/quota"
  ],
  "takes any subscription for held": [
    "subscriptions/losses"
  ],
  "asks the SA for each subscriber": [
    "subscriptions/reregister"
  ],
  "ends the subscription of others with a function's own": [
    "subscriptions/losses"
  ],
  "grants every unsubscribe": [
    "subscriptions/losses"
  ],
  "asks for nothing again after a reregister": [
    "subscriptions/reregister"
  ],
  "has no quota of subscriptions": [
    "subscriptions/quota"
  ],
  "refuses the last subscription of the quota": [
    "subscriptions/losses"
  ],
  "subscribes for itself though nobody asked it to": [
    "subscriptions/losses"
  ],
  "ends under another P_Key what the port lost the partition of": [
    "subscriptions/partitions"
  ],
  "serves what a function asked for in a partition that it lost": [
    "subscriptions/reports"
  ],
  "hands a Report to everybody": [
    "subscriptions/reports"
  ],
  "lets a function that ended hear on": [
    "subscriptions/reports"
  ],
  "lets a VF send SMPs where policy names their class": [
    "classes/smps"
  ],
  "tells a VF of another LID by an SMP": [
    "events/addresses"
  ],
  "lets a VF send Traps that policy refuses": [
    "classes/sending"
  ],
  "refuses Traps that policy allows": [
    "classes/administered"
  ],
  "takes the second copy of a response for one that nobody asked for": [
    "tid/giving-way"
  ],
  "drops every RMPP control packet of a function": [
    "tid/giving-way"
  ],
  "hands a request for another function over by itself": [
    "steering/grhs"
  ],
  "gives a function requests of other partitions": [
    "pkey/tables"
  ],
  "answers MADs from the wire though it is stopped": [
    "lifecycle/orders"
  ],
  "takes one MAD more than there is room for when several wait": [
    "fairness/wire-room"
  ],
  "asks about slots with an SM_Key": [
    "guid/administered"
  ],
  "asks for a GUID while the request that releases it is under way": [
    "guid/one-after-the-other"
  ],
  "tells the administrator that a function has the GUID of another": [
    "guid/one-after-the-other"
  ],
  "lets a function delete the records of others": [
    "service-records/ends"
  ],
  "deletes a record that no function registered beside one that a function had": [
    "service-records/ends"
  ],
  "gives a copy of a Report to who did not subscribe": [
    "subscriptions/reports"
  ],
  "grants a subscription before the SA does": [
    "subscriptions/losses"
  ],
  "subscribes for itself too when a function does": [
    "subscriptions/losses"
  ],
  "grants what ends with its P_Key": [
    "subscriptions/reports"
  ],
  "wire ids are unique within a function only": [
    "cm/among-functions"
  ],
  "released ids do not rest": [
    "cm/id-twice"
  ],
  "a REQ goes on under the wire id of a conversation that ended": [
    "cm/id-twice"
  ],
  "a repeated REQ reaches the PF": [
    "cm/asked-over-bad-wire"
  ],
  "messages reach the newest conversation": [
    "cm/among-functions"
  ],
  "a repeated REQ gets a fresh wire id": [
    "cm/bad-wire"
  ],
  "the peer's id is not compared": [
    "cm/forged-dreq"
  ],
  "a REJ(timeout) is matched by the peer's id alone": [
    "cm/two-asked"
  ],
  "a REJ leaves with the guest's id": [
    "cm/bad-wire"
  ],
  "a REJ brings a wire id": [
    "cm/asked-over-bad-wire"
  ],
  "a conversation goes by its function's own id on the wire": [
    "cm/reset"
  ],
  "a REP quotes another id than its REQ had": [
    "cm/asked-over-bad-wire"
  ],
  "a REP does not lift the limit of the opening": [
    "cm/id-twice"
  ],
  "a DREQ, DREP or REJ leaves no certain life": [
    "cm/bad-wire"
  ],
  "an MRA asks in vain": [
    "cm/mra-asks"
  ],
  "a peer's repeated REQ takes back what an MRA asked for": [
    "cm/mra-ended"
  ],
  "a function's repeated REQ takes back what an MRA asked for": [
    "cm/mra-repeated"
  ],
  "a REJ without a local id ends what was answered": [
    "cm/nameless-rej"
  ],
  "a message from elsewhere ends a conversation": [
    "cm/dreq-from-elsewhere"
  ],
  "a function holds more conversations than it may": [
    "cm/room-for-one-twice"
  ],
  "what is established gives way": [
    "cm/room-for-one"
  ],
  "a DREQ in no conversation is dropped": [
    "cm/forged-dreq"
  ],
  "answers are handed over with the wire TID": [
    "cm/reset"
  ],
  "questions leave with the guest's TID": [
    "cm/id-twice"
  ],
  "exchanges outlive their function": [
    "cm/reset"
  ],
  "SendOnlyFullMember does not count in the aggregate": [
    "multicast/three-states"
  ],
  "a refusal goes to the next who waits": [
    "multicast/refusal"
  ],
  "a refusal is kept from the function": [
    "multicast/refusal"
  ],
  "any answer of the SA is taken for the outstanding one": [
    "multicast/slow-sa"
  ],
  "a second transaction does not wait for the first": [
    "multicast/three-states"
  ],
  "a late success is not undone": [
    "multicast/slow-sa"
  ],
  "a late success is forgotten at once": [
    "multicast/slow-sa"
  ],
  "a partial leave takes all bits": [
    "multicast/reset"
  ],
  "a leave is answered but the SA never hears of it": [
    "multicast/three-states"
  ],
  "a leave of bits that a function has not is granted": [
    "multicast/three-states"
  ],
  "a join is sent although it is covered": [
    "multicast/three-states"
  ],
  "a join is answered although nobody has its bits": [
    "multicast/three-states"
  ],
  "a join waits although it is covered": [
    "multicast/three-states"
  ],
  "a repeated join is sent again": [
    "multicast/repetitions"
  ],
  "the bits of a function that ended stay": [
    "multicast/reset-and-loss"
  ],
  "a reregister joins nothing again": [
    "multicast/reregister"
  ],
  "who lost the P_Key of a group keeps its bits": [
    "multicast/confined"
  ],
  "who has no P_Key is granted a join": [
    "multicast/confined"
  ],
  "bits that nobody joins again stay": [
    "multicast/renewals"
  ],
  "a join within the grace renews nothing": [
    "multicast/renewals"
  ],
  "members are not told that the SA refuses to have them again": [
    "multicast/refused-again"
  ],
  "a join of MGID 0 is granted in a group of its own": [
    "multicast/chosen-mgid"
  ],
  "who asks for MGID 0 is told MGID 0": [
    "multicast/chosen-mgid"
  ],
  "who has no P_Key is told success where others are members": [
    "multicast/confined"
  ],
  "an answer is taken from anybody": [
    "multicast/stranger"
  ],
  "a join leaves with an SM_Key": [
    "multicast/bad-wire"
  ],
  "a retry has a TID of its own": [
    "multicast/slow-sa"
  ]
}
