/** Wrong implementations of GUIDs, port events and local queries. */
import type { Mutant } from "./mutant.ts"

const CHANGES = "impl/mux/port-changes.ts"
const VIEW = "impl/vhca/local-view.ts"
const QPS = "QPs, views, port events"

const guids: ReadonlyArray<Mutant> = [
  {
    name: "guid-on-its-way-back-is-used",
    title: "uses a GUID that is being given back",
    source: "A43",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-heard.ts",
      find: "const known = this.#known\n    guids.hide(hidden)",
      replace: "const known = this.#known\n    if (hidden.size === 0) guids.hide(hidden)"
    }
  },
  {
    name: "answer-judged-by-the-present-wish",
    title: "judges the SA's answer by what is wanted now, not by what was sent",
    source: "A42",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-sa.ts",
      find: "const isWanted = this.#aliases.wantedBy(alias) === sent",
      replace: "const isWanted = this.#aliases.wantedBy(alias) !== null"
    }
  },
  {
    name: "guid-never-asked-again",
    title: "asks the SA once for a GUID",
    source: "D-G5",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-sa.ts",
      find: "if (alias.resumeMs <= nowMs) alias.resumeMs = null",
      replace: "if (alias.resumeMs <= nowMs) alias.resumeMs = Number.POSITIVE_INFINITY"
    }
  },
  {
    name: "guid-of-the-sm-is-ignored",
    title: "does not follow what the SM writes into the GUID table",
    source: "D-G1",
    about: "alias GUIDs",
    patch: { file: "impl/mux/guids-sa.ts", find: "guids.setBlock(block, table)", replace: "" }
  },
  {
    name: "declined-guid-is-shown",
    title: "keeps in use a GUID that the SA declined",
    source: "D-G2",
    about: "alias GUIDs",
    patch: {
      file: "impl/mux/guids-sa.ts",
      find: "#declined(alias: Alias, nowMs: number): void {\n    this.#leaveSlot(alias)",
      replace: "#declined(alias: Alias, nowMs: number): void {"
    }
  },
  {
    name: "sgid-of-the-former-prefix",
    title: "writes the former prefix into the GRH",
    source: "A18",
    about: "everything",
    patch: {
      file: "impl/mux/guids.ts",
      find: "view.setInt32(gid, this.#port.prefixHigh)\n    view.setInt32(gid + 4, this.#port.prefixLow)",
      replace:
        "view.setInt32(gid, this.#port.hasFormer ? this.#port.formerHigh : this.#port.prefixHigh)\n" +
        "    view.setInt32(gid + 4, this.#port.hasFormer ? this.#port.formerLow : this.#port.prefixLow)"
    }
  },
  {
    name: "up-twice",
    title: "tells functions without a GUID that the port is up",
    source: "A42",
    about: QPS,
    patch: {
      file: CHANGES,
      find: "this.#tell(up ? \"port-up\" : \"port-down\", (f) => guids.has(f))",
      replace: "this.#tell(up ? \"port-up\" : \"port-down\", () => guids !== undefined)"
    }
  },
  {
    name: "pkey-event-to-everybody",
    title: "tells every function of a change of the P_Key table",
    source: "A48",
    about: QPS,
    patch: {
      file: CHANGES,
      find: "this.#tell(\"pkey\", (f) => read(f) !== before[f])",
      replace: "this.#tell(\"pkey\", (f) => before[f] !== undefined)"
    }
  },
  {
    name: "new-sm-untold",
    title: "tells no function of another SM",
    source: "D-G4",
    about: QPS,
    patch: { file: CHANGES, find: "this.#tell(\"sm\", () => true)", replace: "" }
  },
  {
    name: "reregister-untold",
    title: "tells no function to register again",
    source: "D-T9",
    about: QPS,
    patch: { file: CHANGES, find: "this.#tell(\"reregister\", () => true)", replace: "" }
  }
]

const views: ReadonlyArray<Mutant> = [
  {
    name: "m-key-shown",
    title: "shows the port's M_Key",
    source: "D-A3",
    about: QPS,
    patch: { file: VIEW, find: "portInfo.M_Key.set(view, 0, 0, 0)", replace: "" }
  },
  {
    name: "pkey-block-unbounded",
    title: "answers for a block of the P_Key table that is not there",
    source: "D-A1",
    about: QPS,
    patch: { file: VIEW, find: " || block >= Math.ceil(pkeys.length / P_KEYS_PER_BLOCK)", replace: "" }
  },
  {
    name: "guid-info-of-any-block",
    title: "answers for any block of GUIDInfo",
    source: "D-A5",
    about: QPS,
    patch: {
      file: VIEW,
      find: "return modifier === 0 ? guidInfoOf(context) : null",
      replace: "return guidInfoOf(context)"
    }
  },
  {
    name: "node-guid-of-the-pf",
    title: "shows every function the physical NodeGUID",
    source: "plausible: NodeInfo is passed through",
    about: QPS,
    patch: {
      file: VIEW,
      find: "if (context.nodeGuid !== null) nodeInfo.NodeGUID",
      replace: "if (context.nodeGuid === \"\") nodeInfo.NodeGUID"
    }
  },
  {
    name: "up-without-a-guid",
    title: "shows an active port to a function that has no GUID",
    source: "D-G2",
    about: "alias GUIDs",
    patch: {
      file: VIEW,
      find: "context.active ? PORT_STATE.Active : PORT_STATE.Down",
      replace: "PORT_STATE.Active"
    }
  }
]

/** All of them. */
export const guidMutants: ReadonlyArray<Mutant> = [...guids, ...views]
