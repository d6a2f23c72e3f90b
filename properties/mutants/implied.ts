/** The invariants without which no mutant lives: which others tell what they tell, and why they are kept. */

/** An invariant that others imply. */
export interface Implied {
  /** Its name as in spec/mutants.md. */
  readonly name: string
  /** Invariants of which one at least tells every mutant that this one tells. */
  readonly by: ReadonlyArray<string>
  readonly why: string
}

/** All that are implied, in the order of the invariants. */
export const implied: ReadonlyArray<Implied> = [
  {
    name: "SQP-CM-16 \"A Get of class CM reaches the function its DGID names, else the PF\"",
    by: [
      "SQP-STEER-1 \"A MAD with a GRH reaches the function its DGID names, or nobody\"",
      "SQP-STEER-2 \"A MAD whose DGID is nobody's reaches nobody\"",
      "SQP-STEER-3 \"What nobody asked for reaches the PF, or a VF that may answer it\""
    ],
    why:
      "The steering of every MAD with a DGID, and of every request without, says the same of a Get " +
      "of class CM; this one says it in the words of the requirement."
  },
  {
    name: "SQP-GUID-2 \"A GUID belongs to one function as long as the GUID table stays\"",
    by: [
      "SQP-STEER-1 \"A MAD with a GRH reaches the function its DGID names, or nobody\"",
      "SQP-VIEW-1 \"A local query shows the function its own\""
    ],
    why:
      "The others compare with the owner that port events and the administrator made known. This " +
      "one compares what was delivered and shown with itself, so it holds even where that reading " +
      "of the table were wrong."
  },
  {
    name: "SQP-GUID-4 \"A function has a port only with a GUID that the SA or the table shows\"",
    by: [
      "SQP-EV-1 \"A port event reaches exactly the functions whose view it changes\"",
      "SQP-VIEW-1 \"A local query shows the function its own\""
    ],
    why:
      "They hold all events and views to be exactly the right ones. This one says of a wrong one " +
      "what matters: a function uses a GUID that nobody gave it."
  },
  {
    name: "SQP-GUID-7 \"Nothing follows from an answer that is none\"",
    by: [
      "SQP-EV-1 \"A port event reaches exactly the functions whose view it changes\"",
      "SQP-GUID-3 \"A request about a slot keeps to its pattern, for what is wanted\"",
      "SQP-GUID-5 \"A request is repeated on time, and after a back-off that was served\""
    ],
    why:
      "What may follow from such an answer is an event or a request, and either is out of place by " +
      "the others; this one names the forger."
  },
  {
    name: "SQP-GUID-8 \"After a port event all is asked again and stays in use\"",
    by: [
      "SQP-EV-1 \"A port event reaches exactly the functions whose view it changes\"",
      "SQP-GUID-3 \"What a function wants is asked as soon as it can be\""
    ],
    why:
      "They say that an event is missing or too many, and that something is not asked for; this one " +
      "says which port event it was that lost it."
  },
  {
    name: "SQP-GUID-11 \"What a VF asks about GUIDs leaves only as a request about its own slot\"",
    by: [
      "SQP-GUID-3 \"A request about a slot keeps to its pattern, for what is wanted\""
    ],
    why:
      "Only requests that the pattern forbids were found to break it. It is kept because it is the " +
      "rule by which VFs are kept apart here, whatever becomes of the pattern."
  },
  {
    name: "SQP-GUID-10 \"A function hears port-up and port-down in turn, and port-up never while the link is down\"",
    by: [
      "SQP-EV-1 \"A port event reaches exactly the functions whose view it changes\""
    ],
    why:
      "Exact events alternate. This one needs to know nothing of GUIDs, tables and attached " +
      "functions, only the events of the link."
  },
  {
    name: "SQP-SUB-10 \"No answer of a function to a Report leaves\"",
    by: [
      "SQP-TID-8 \"A function answers only what it was asked, with the TID it was asked with\""
    ],
    why:
      "A Report is no request that a function was asked, so its answer is uninvited. This one says " +
      "that it was answered already."
  },
  {
    name: "SQP-MC-17 \"Bits that were not joined again in the grace are left when it ends\"",
    by: [
      "SQP-MC-1 \"When nothing is outstanding, the SA holds for the port exactly the union of what the functions have\""
    ],
    why:
      "What is kept too long is more than the union of what functions have. This one says why they " +
      "have it no more."
  },
  {
    name: "SQP-MC-12 \"A join of MGID 0 is granted in the group that the SA chose\"",
    by: [
      "SQP-MC-1 \"When nothing is outstanding, the SA holds for the port exactly the union of what the functions have\""
    ],
    why:
      "Who is told another group has bits there and none where the SA holds them. This one names " +
      "the group the SA chose."
  },
  {
    name: "SQP-MC-13 \"Nothing follows from an answer that does not come from the SM\"",
    by: [
      "SQP-MC-5 \"A refusal reaches the function whose request the SA refused, with its status, and nobody else\"",
      "SQP-MC-6 \"A group has one transaction with the SA at a time, and only its answer answers the request it is for\""
    ],
    why:
      "What follows from such an answer is a grant or a refusal that no answer of the SA explains. " +
      "This one names the forger."
  }
]
