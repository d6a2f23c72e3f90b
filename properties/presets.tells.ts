/**
 * By the title of a wrong model: the presets about what it breaks among whose 300 nearest states one is wrong by
 * it, and the one that is known to tell it first (spec/mutants.md). Written by `npm run explore:all -- --tells`.
 */
export const tells: Readonly<Record<string, ReadonlyArray<string> | undefined>> = {
  "draws a wire TID without looking who has it": [
    "tid/shared", "tid/lives", "tid/reset-of-asker", "tid/pings", "tid/reset-of-responder", "tid/forgeries",
    "tid/quota", "tid/giving-way", "tid/losses"
  ],
  "restores only the low half of the guest TID": [
    "tid/shared", "tid/lives", "tid/reset-of-asker", "tid/pings", "tid/reset-of-responder", "tid/forgeries",
    "tid/quota"
  ],
  "takes a retransmission for a new request": [
    "tid/shared", "tid/lives", "tid/reset-of-asker", "tid/pings", "tid/reset-of-responder", "tid/forgeries",
    "tid/quota", "tid/giving-way", "tid/losses"
  ],
  "hands a response to the next function": [
    "tid/shared", "tid/lives", "tid/reset-of-asker", "tid/pings", "tid/reset-of-responder", "tid/forgeries",
    "tid/quota", "tid/giving-way", "steering/losses", "tid/losses"
  ],
  "hands a response nobody asked for to the PF": [
    "tid/lives", "tid/reset-of-asker", "tid/reset-of-responder", "tid/forgeries", "tid/quota",
    "tid/giving-way"
  ],
  "forgets transactions at once when time passes": [
    "tid/lives", "tid/reset-of-responder", "tid/quota"
  ],
  "never forgets a transaction": [
    "tid/lives", "tid/pings", "tid/reset-of-responder", "tid/quota"
  ],
  "lets no wire TID rest": [
    "tid/lives", "tid/reset-of-asker", "tid/reset-of-responder", "tid/quota", "lifecycle/losses",
    "lifecycle/resets"
  ],
  "uses the upper half of the wire TID": [
    "qp/verbs", "tid/shared", "tid/lives", "tid/reset-of-asker", "tid/pings", "tid/reset-of-responder",
    "tid/forgeries", "tid/quota", "tid/giving-way", "tid/losses"
  ],
  "lets out responses to what was never delivered": [
    "tid/rmpp", "tid/giving-way-inbound"
  ],
  "maps the TID of a response": [
    "tid/pings", "tid/reset-of-responder", "tid/rmpp", "tid/giving-way-inbound"
  ],
  "hands RMPP control to the PF": [
    "tid/rmpp", "tid/giving-way-inbound"
  ],
  "hands RMPP control to the first of several functions": [
    "tid/rmpp", "tid/giving-way-inbound"
  ],
  "knows no quota of transactions": [
    "tid/quota", "tid/giving-way"
  ],
  "refuses at the quota although an answered request could give way": [
    "tid/quota", "tid/giving-way"
  ],
  "lets the answered request used last give way": [
    "tid/giving-way"
  ],
  "lets an unanswered request give way": [
    "tid/quota", "tid/giving-way"
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
    "classes/redirects", "lifecycle/orders", "tid/reset-of-asker", "tid/reset-of-responder",
    "lifecycle/resets"
  ],
  "does not compare the DGID with the other keys": [
    "steering/grhs", "tid/forgeries"
  ],
  "gives the PF what is for nobody": [
    "steering/grhs", "steering/prefixes", "steering/losses"
  ],
  "never stops understanding a former prefix": [
    "steering/prefixes"
  ],
  "gives a VF any request that is for it": [
    "steering/grhs"
  ],
  "hands a MAD for another function over by itself": [
    "steering/grhs", "tid/pings"
  ],
  "gives a function that is not attached its MADs": [
    "steering/grhs", "lifecycle/orders"
  ],
  "sends every GRH from the PF's GUID": [
    "steering/prefixes", "guid/table"
  ],
  "gives a GUID to two functions": [
    "guid/table", "guid/chosen"
  ],
  "lets any class pass either QP": [
    "classes/sending", "classes/administered"
  ],
  "takes any class from either QP": [
    "classes/sending"
  ],
  "forwards the SMPs of VFs": [
    "classes/sending", "classes/administered", "classes/smps"
  ],
  "answers the SMPs of VFs": [
    "classes/sending", "classes/administered", "classes/smps"
  ],
  "gives an SMP to the function of its DGID": [
    "classes/sending"
  ],
  "lets requests go to any QPN": [
    "classes/sending", "classes/administered", "classes/redirects", "cm/addresses"
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
    "classes/administered", "classes/losses"
  ],
  "forwards what policy refuses": [
    "classes/sending", "classes/administered", "classes/losses"
  ],
  "drops what it should refuse with an answer": [
    "classes/sending", "classes/administered", "classes/losses"
  ],
  "answers a refused SA request like any other": [
    "classes/sending", "classes/administered"
  ],
  "lets SA requests of a VF go anywhere": [
    "classes/sending", "classes/administered"
  ],
  "keeps the SM_Key of a VF": [
    "classes/sending", "classes/administered"
  ],
  "sends requests to any QPN": [
    "classes/sending", "classes/administered", "classes/redirects", "cm/addresses"
  ],
  "sends a function's own P_Key index": [
    "pkey/tables"
  ],
  "tells a function the physical P_Key index": [
    "pkey/tables"
  ],
  "gives a function MADs of other partitions": [
    "pkey/tables", "subscriptions/report-sources", "pkey/losses"
  ],
  "gives a function its tunnel QP for a special QP": [
    "qp/verbs"
  ],
  "gives proxy and tunnel one QPN": [
    "qp/verbs", "qp/pkeys", "lifecycle/orders", "qp/losses"
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
    "qp/verbs", "qp/pkeys"
  ],
  "sends every MAD with the well-known Q_Key": [
    "classes/sending"
  ],
  "lets a function change any QP": [
    "qp/verbs"
  ],
  "does not bound indices": [
    "qp/verbs", "qp/pkeys"
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
    "pkey/tables", "events/addresses", "local-view/ports", "events/losses"
  ],
  "tells port-up before gid": [
    "local-view/ports"
  ],
  "shows every port active": [
    "local-view/ports"
  ],
  "announces no tunnels at attach": [
    "lifecycle/orders", "lifecycle/losses"
  ],
  "goes on after its stop": [
    "lifecycle/orders", "lifecycle/losses"
  ],
  "loses a MAD while the ring to the wire is full": [
    "fairness/wire-room", "fairness/changing-quotas", "fairness/losses"
  ],
  "sends on though the ring to the wire is full": [
    "fairness/wire-room", "fairness/changing-quotas", "fairness/losses"
  ],
  "defers though there is room": [
    "fairness/wire-room", "fairness/function-room", "fairness/changing-quotas", "fairness/losses"
  ],
  "takes the youngest MAD first": [
    "fairness/wire-room"
  ],
  "lets any number of MADs wait": [
    "fairness/wire-room", "fairness/changing-quotas"
  ],
  "refuses the first MAD that would wait": [
    "fairness/wire-room", "fairness/function-room", "fairness/changing-quotas", "fairness/losses"
  ],
  "fills rings beyond their end": [
    "fairness/function-room", "subscriptions/report-sources", "fairness/losses"
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
    "classes/sending", "fairness/function-room", "fairness/changing-quotas", "fairness/losses"
  ],
  "counts what it sends as dropped": [
    "qp/verbs", "fairness/changing-quotas", "fairness/losses"
  ],
  "asks for the slot of another function": [
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/port-events", "guid/forged",
    "guid/stops", "guid/own-requests"
  ],
  "asks for every slot of the block at once": [
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/port-events", "guid/forged",
    "guid/stops", "guid/own-requests"
  ],
  "asks the SA to choose whatever is wanted": [
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/port-events", "guid/forged",
    "guid/stops", "guid/own-requests"
  ],
  "asks nothing at the attach of a function": [
    "guid/administered"
  ],
  "gives a function the GUID that was only asked for": [
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/port-events", "guid/forged",
    "guid/stops", "guid/own-requests", "guid/losses", "guid/forgetful-sa"
  ],
  "brings a port up without a GUID": [
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/forged", "guid/stops",
    "guid/losses", "guid/forgetful-sa"
  ],
  "does not back off": [
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/forged", "guid/stops",
    "guid/own-requests", "guid/losses"
  ],
  "asks for a GUID that another has not released": [
    "guid/one-after-the-other", "guid/losses", "guid/forgetful-sa"
  ],
  "administers one GUID to two functions": [
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/forged", "guid/stops",
    "guid/losses", "guid/forgetful-sa"
  ],
  "takes answers about slots from anybody, about anything": [
    "guid/forged"
  ],
  "takes the GUID from a function when the SM asks to reregister": [
    "guid/port-events", "guid/forgetful-sa"
  ],
  "asks nothing again when the SM asks to reregister": [
    "guid/port-events", "guid/forgetful-sa"
  ],
  "asks nothing again when the SM is another": [
    "guid/port-events"
  ],
  "asks nothing again when the LID is another": [
    "guid/port-events"
  ],
  "does not release the GUID of a detached function": [
    "guid/administered", "guid/one-after-the-other"
  ],
  "lets a VF ask for the slot of another": [
    "guid/own-requests"
  ],
  "brings a port up twice": [
    "guid/table", "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/port-events",
    "guid/forged", "guid/stops", "guid/own-requests", "guid/losses", "guid/forgetful-sa"
  ],
  "lets a function change any record": [
    "service-records/ends", "service-records/lost-names", "service-records/no-sm"
  ],
  "leaves the records of a function that ends at the SA": [
    "service-records/ends", "service-records/resets"
  ],
  "leaves the records of a lost GID at the SA": [
    "service-records/lost-names", "service-records/no-sm"
  ],
  "forgets what waits for an SM": [
    "service-records/ends", "service-records/no-sm"
  ],
  "deletes another record than it should": [
    "service-records/ends", "service-records/lost-names", "service-records/resets", "service-records/no-sm"
  ],
  "goes on deleting a record that was registered again": [
    "service-records/ends", "service-records/lost-names"
  ],
  "has no quota of records": [
    "service-records/ends"
  ],
  "refuses the last record of the quota": [
    "service-records/ends", "service-records/lost-names", "service-records/losses", "service-records/resets",
    "service-records/no-sm"
  ],
  "keeps at the SA what a function that ended had": [
    "subscriptions/resets", "subscriptions/reports"
  ],
  "never tells the SA that the last one ended it": [
    "subscriptions/report-sources", "subscriptions/losses", "subscriptions/refusals",
    "subscriptions/partitions", "subscriptions/quota"
  ],
  "takes any subscription for held": [
    "subscriptions/report-sources", "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets",
    "subscriptions/reregister", "subscriptions/reports", "subscriptions/partitions", "subscriptions/quota"
  ],
  "asks the SA for each subscriber": [
    "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets", "subscriptions/reregister",
    "subscriptions/reports", "subscriptions/partitions", "subscriptions/quota"
  ],
  "ends the subscription of others with a function's own": [
    "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets", "subscriptions/reregister",
    "subscriptions/reports", "subscriptions/partitions"
  ],
  "grants every unsubscribe": [
    "subscriptions/report-sources", "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets",
    "subscriptions/reregister", "subscriptions/reports", "subscriptions/partitions", "subscriptions/quota"
  ],
  "asks for nothing again after a reregister": [
    "subscriptions/report-sources", "subscriptions/reregister"
  ],
  "has no quota of subscriptions": [
    "subscriptions/quota"
  ],
  "refuses the last subscription of the quota": [
    "subscriptions/report-sources", "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets",
    "subscriptions/reregister", "subscriptions/reports", "subscriptions/partitions", "subscriptions/quota"
  ],
  "subscribes for itself though nobody asked it to": [
    "subscriptions/report-sources", "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets",
    "subscriptions/reregister", "subscriptions/reports", "subscriptions/partitions", "subscriptions/quota"
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
    "subscriptions/resets", "subscriptions/reports"
  ],
  "lets a VF send SMPs where policy names their class": [
    "classes/smps"
  ],
  "tells a VF of another LID by an SMP": [
    "events/addresses"
  ],
  "lets a VF send Traps that policy refuses": [
    "classes/sending", "classes/administered"
  ],
  "refuses Traps that policy allows": [
    "classes/administered"
  ],
  "takes the second copy of a response for one that nobody asked for": [
    "tid/pings", "tid/forgeries", "tid/quota", "tid/giving-way", "tid/losses"
  ],
  "drops every RMPP control packet of a function": [
    "tid/giving-way"
  ],
  "hands a request for another function over by itself": [
    "steering/grhs", "tid/pings"
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
    "guid/administered", "guid/chosen", "guid/one-after-the-other", "guid/port-events", "guid/forged",
    "guid/stops", "guid/own-requests", "guid/losses", "guid/forgetful-sa"
  ],
  "asks for a GUID while the request that releases it is under way": [
    "guid/one-after-the-other", "guid/losses"
  ],
  "tells the administrator that a function has the GUID of another": [
    "guid/one-after-the-other", "guid/losses", "guid/forgetful-sa"
  ],
  "lets a function delete the records of others": [
    "service-records/ends", "service-records/lost-names", "service-records/no-sm"
  ],
  "deletes a record that no function registered beside one that a function had": [
    "service-records/ends", "service-records/lost-names", "service-records/resets", "service-records/no-sm"
  ],
  "gives a copy of a Report to who did not subscribe": [
    "subscriptions/report-sources", "subscriptions/reports"
  ],
  "grants a subscription before the SA does": [
    "subscriptions/report-sources", "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets",
    "subscriptions/reregister", "subscriptions/reports", "subscriptions/partitions", "subscriptions/quota"
  ],
  "subscribes for itself too when a function does": [
    "subscriptions/report-sources", "subscriptions/losses", "subscriptions/refusals", "subscriptions/resets",
    "subscriptions/reregister", "subscriptions/reports", "subscriptions/partitions", "subscriptions/quota"
  ],
  "grants what ends with its P_Key": [
    "subscriptions/reports", "subscriptions/partitions"
  ],
  "wire ids are unique within a function only": [
    "cm/two-asked", "cm/among-functions", "cm/losses"
  ],
  "released ids do not rest": [
    "cm/id-twice", "cm/next-incarnation"
  ],
  "a REQ goes on under the wire id of a conversation that ended": [
    "cm/id-twice", "cm/next-incarnation", "cm/room-for-one-twice"
  ],
  "a repeated REQ reaches the PF": [
    "cm/among-functions", "cm/asked-over-bad-wire", "cm/mra-ended", "cm/room-for-one"
  ],
  "messages reach the newest conversation": [
    "cm/among-functions", "cm/losses"
  ],
  "a repeated REQ gets a fresh wire id": [
    "cm/among-functions", "cm/bad-wire", "cm/repetitions", "cm/mra-repeated"
  ],
  "the peer's id is not compared": [
    "cm/forged-dreq"
  ],
  "a REJ(timeout) is matched by the peer's id alone": [
    "cm/two-asked"
  ],
  "a REJ leaves with the guest's id": [
    "cm/two-asked", "cm/among-functions", "cm/bad-wire", "cm/asked-over-bad-wire", "cm/id-twice",
    "cm/repetitions", "cm/reset", "cm/next-incarnation", "cm/mra-asks", "cm/mra-asked", "cm/mra-ended",
    "cm/mra-repeated", "cm/nameless-rej", "cm/dreq-from-elsewhere", "cm/room-for-one",
    "cm/room-for-one-twice", "cm/forged-dreq", "cm/losses"
  ],
  "a REJ brings a wire id": [
    "cm/two-asked", "cm/among-functions", "cm/asked-over-bad-wire", "cm/mra-asked", "cm/mra-ended",
    "cm/room-for-one"
  ],
  "a conversation goes by its function's own id on the wire": [
    "cm/among-functions", "cm/bad-wire", "cm/id-twice", "cm/repetitions", "cm/reset", "cm/next-incarnation",
    "cm/mra-asks", "cm/mra-repeated", "cm/nameless-rej", "cm/dreq-from-elsewhere", "cm/room-for-one",
    "cm/room-for-one-twice", "cm/forged-dreq", "cm/losses"
  ],
  "a REP quotes another id than its REQ had": [
    "cm/two-asked", "cm/among-functions", "cm/asked-over-bad-wire", "cm/mra-asked", "cm/mra-ended",
    "cm/room-for-one"
  ],
  "a REP does not lift the limit of the opening": [
    "cm/id-twice", "cm/mra-asks", "cm/mra-asked"
  ],
  "a DREQ, DREP or REJ leaves no certain life": [
    "cm/among-functions", "cm/bad-wire", "cm/id-twice", "cm/repetitions", "cm/reset", "cm/next-incarnation",
    "cm/mra-asks", "cm/mra-asked", "cm/mra-repeated", "cm/nameless-rej", "cm/dreq-from-elsewhere",
    "cm/room-for-one", "cm/room-for-one-twice", "cm/forged-dreq", "cm/losses"
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
    "cm/room-for-one", "cm/room-for-one-twice"
  ],
  "what is established gives way": [
    "cm/room-for-one"
  ],
  "a DREQ in no conversation is dropped": [
    "cm/mra-ended", "cm/dreq-from-elsewhere", "cm/forged-dreq"
  ],
  "answers are handed over with the wire TID": [
    "cm/reset", "cm/next-incarnation", "cm/room-for-one-twice", "cm/losses"
  ],
  "questions leave with the guest's TID": [
    "cm/id-twice", "cm/repetitions", "cm/reset", "cm/next-incarnation", "cm/mra-asks", "cm/mra-repeated",
    "cm/nameless-rej", "cm/dreq-from-elsewhere", "cm/room-for-one", "cm/room-for-one-twice", "cm/losses"
  ],
  "exchanges outlive their function": [
    "cm/reset"
  ],
  "SendOnlyFullMember does not count in the aggregate": [
    "multicast/three-states", "multicast/renewals", "multicast/other-sm-second-state"
  ],
  "a refusal goes to the next who waits": [
    "multicast/refusal", "multicast/refused-again", "multicast/chosen-mgid"
  ],
  "a refusal is kept from the function": [
    "multicast/refusal", "multicast/refused-again", "multicast/two-groups", "multicast/chosen-mgid"
  ],
  "any answer of the SA is taken for the outstanding one": [
    "multicast/slow-sa", "multicast/two-groups", "multicast/chosen-mgid"
  ],
  "a second transaction does not wait for the first": [
    "multicast/three-states", "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa",
    "multicast/reset", "multicast/reset-and-loss", "multicast/confined", "multicast/reregister",
    "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again", "multicast/other-sm",
    "multicast/other-sm-second-state", "multicast/no-sm", "multicast/two-groups", "multicast/chosen-mgid",
    "multicast/stop", "multicast/forgotten", "multicast/slack", "multicast/repetitions", "multicast/stranger",
    "multicast/overtaking", "multicast/losses"
  ],
  "a late success is not undone": [
    "multicast/slow-sa", "multicast/other-sm-second-state", "multicast/chosen-mgid", "multicast/forgotten",
    "multicast/repetitions"
  ],
  "a late success is forgotten at once": [
    "multicast/slow-sa", "multicast/reregister", "multicast/reregister-and-loss", "multicast/renewals",
    "multicast/refused-again", "multicast/other-sm", "multicast/other-sm-second-state", "multicast/no-sm",
    "multicast/chosen-mgid", "multicast/forgotten", "multicast/repetitions"
  ],
  "a partial leave takes all bits": [
    "multicast/reset", "multicast/reregister"
  ],
  "a leave is answered but the SA never hears of it": [
    "multicast/three-states", "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa",
    "multicast/reset", "multicast/reset-and-loss", "multicast/confined", "multicast/reregister",
    "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again", "multicast/other-sm",
    "multicast/no-sm", "multicast/two-groups", "multicast/chosen-mgid", "multicast/stop",
    "multicast/forgotten", "multicast/slack", "multicast/repetitions", "multicast/stranger",
    "multicast/overtaking", "multicast/losses"
  ],
  "a leave of bits that a function has not is granted": [
    "multicast/three-states", "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa",
    "multicast/reset", "multicast/reset-and-loss", "multicast/confined", "multicast/reregister",
    "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again", "multicast/other-sm",
    "multicast/no-sm", "multicast/two-groups", "multicast/chosen-mgid", "multicast/stop",
    "multicast/forgotten", "multicast/slack", "multicast/repetitions", "multicast/stranger",
    "multicast/overtaking", "multicast/losses"
  ],
  "a join is sent although it is covered": [
    "multicast/three-states", "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa",
    "multicast/reset", "multicast/reset-and-loss", "multicast/confined", "multicast/reregister",
    "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again", "multicast/other-sm",
    "multicast/other-sm-second-state", "multicast/no-sm", "multicast/two-groups", "multicast/chosen-mgid",
    "multicast/stop", "multicast/forgotten", "multicast/slack", "multicast/repetitions", "multicast/stranger",
    "multicast/overtaking", "multicast/losses"
  ],
  "a join is answered although nobody has its bits": [
    "multicast/three-states", "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa",
    "multicast/reset", "multicast/reset-and-loss", "multicast/confined", "multicast/reregister",
    "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again", "multicast/other-sm",
    "multicast/other-sm-second-state", "multicast/no-sm", "multicast/two-groups", "multicast/chosen-mgid",
    "multicast/stop", "multicast/slack", "multicast/repetitions", "multicast/stranger", "multicast/losses"
  ],
  "a join waits although it is covered": [
    "multicast/three-states", "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa",
    "multicast/reset", "multicast/reset-and-loss", "multicast/confined", "multicast/reregister",
    "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again", "multicast/other-sm",
    "multicast/other-sm-second-state", "multicast/no-sm", "multicast/two-groups", "multicast/chosen-mgid",
    "multicast/stop", "multicast/forgotten", "multicast/slack", "multicast/repetitions", "multicast/stranger",
    "multicast/overtaking", "multicast/losses"
  ],
  "a repeated join is sent again": [
    "multicast/repetitions"
  ],
  "the bits of a function that ended stay": [
    "multicast/reset", "multicast/reset-and-loss", "multicast/reregister"
  ],
  "a reregister joins nothing again": [
    "multicast/reregister", "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again"
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
    "multicast/three-states", "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa",
    "multicast/reset", "multicast/reset-and-loss", "multicast/confined", "multicast/reregister",
    "multicast/reregister-and-loss", "multicast/renewals", "multicast/refused-again", "multicast/other-sm",
    "multicast/other-sm-second-state", "multicast/no-sm", "multicast/two-groups", "multicast/chosen-mgid",
    "multicast/stop", "multicast/forgotten", "multicast/slack", "multicast/repetitions", "multicast/stranger",
    "multicast/overtaking", "multicast/losses"
  ],
  "a retry has a TID of its own": [
    "multicast/bad-wire", "multicast/refusal", "multicast/slow-sa", "multicast/reset",
    "multicast/reset-and-loss", "multicast/confined", "multicast/reregister-and-loss", "multicast/renewals",
    "multicast/refused-again", "multicast/other-sm", "multicast/other-sm-second-state", "multicast/no-sm",
    "multicast/two-groups", "multicast/chosen-mgid", "multicast/stop", "multicast/forgotten",
    "multicast/slack", "multicast/repetitions", "multicast/stranger", "multicast/overtaking",
    "multicast/losses"
  ]
}
