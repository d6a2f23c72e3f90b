#!/usr/bin/env python3
"""A small PF context, written from spec/ alone: a third implementation that shares nothing with the others.

It reads commands of spec/trace.md line by line from standard input and answers each on standard output. It is plain:
one list a table, no hurry, no memory kept small. It does transactions, steering, P_Keys, policy, redirection,
communication management, and the joins and leaves of multicast groups; all else it answers with an error, or refuses.
`--bug NAME` makes one of the mistakes of the history (spec/divergences.md); it may be given several times.
"""
import argparse
import json
import random
import sys

BUGS = {
    "A1": "a repeated REQ gets a new comm id on the wire",
    "A4": "a DREP frees the comm id at once, and the timer of the DREQ ends whoever has it by then",
    "A7": "a REJ(timeout), which names no id of ours, reaches nobody",
    "A13": "a P_Key is matched only if the packet's or the function's is a full member's",
    "A21": "the well-known GID of the SA is looked for among the functions",
    "A39": "SendOnlyFullMember is masked away: such a join is granted and the SA never asked",
}

# What an implementation may do otherwise and be allowed to: a named divergence of spec/divergences.md.
DIVERGENCES = {
    "D-I1": "a response that nobody asked for is handed to the PF",
}

SMP, DIRECTED, SA, PERF, DEV_MGT, CM = 0x01, 0x81, 0x03, 0x04, 0x06, 0x07
GET, SET, SEND, REPORT, TRAP_REPRESS, DELETE = 0x01, 0x02, 0x03, 0x06, 0x07, 0x15
REQ, MRA, REJ, REP, RTU, DREQ, DREP, SIDR_REQ, SIDR_REP, LAP, APR = range(0x10, 0x1B)
ANSWERS = {0x01: 0x81, 0x02: 0x81, 0x12: 0x92, 0x13: 0x92, 0x14: 0x94, 0x15: 0x95}
WELL_KNOWN_QKEY = 0x80010000
SA_GUID = "0200000000000002"
NO_GUID = "0" * 16
NO_GID = "0" * 32
TIMING = dict(tidMin=60000, tidMax=120000, rest=120000, linger=60000, lingerMax=120000, openingMin=20000,
              openingMax=120000, saTimeout=1000, saRetries=3, horizon=3300, prefixGrace=60000, rejInterval=100)
LIMITS = dict(tids=1024, cm=1024, groups=64, pending=64, inbound=1024, redirects=16)
# MCMemberRecord: bits of the ComponentMask.
MGID, PORT_GID, MC_PKEY, JOIN_STATE, PROXY_JOIN = 1 << 0, 1 << 1, 1 << 7, 1 << 16, 1 << 17


class Unsupported(Exception):
    """A command this program does not know."""


class Mad:
    """256 bytes, with names for what the rules read."""

    def __init__(self, data):
        self.data = bytearray(data)

    def copy(self):
        return Mad(self.data)

    def int(self, at, length):
        return int.from_bytes(self.data[at:at + length], "big")

    def hex(self, at, length):
        return self.data[at:at + length].hex()

    def put(self, at, length, value):
        self.data[at:at + length] = value.to_bytes(length, "big")
        return self

    def put_hex(self, at, text):
        self.data[at:at + len(text) // 2] = bytes.fromhex(text)
        return self

    @property
    def mgmt_class(self):
        return self.data[1]

    @property
    def method(self):
        return self.data[3]

    @property
    def tid(self):
        return self.int(8, 8)

    @property
    def attribute(self):
        return self.int(16, 2)

    @property
    def is_smp(self):
        return self.mgmt_class in (SMP, DIRECTED)

    @property
    def is_vendor(self):
        return 0x30 <= self.mgmt_class <= 0x4F

    @property
    def is_ping(self):
        return self.is_vendor and self.hex(37, 3) == "001405"

    @property
    def is_response(self):
        return self.method & 0x80 != 0 or self.method == TRAP_REPRESS

    @property
    def is_cm(self):
        return self.mgmt_class == CM and self.method == SEND

    @property
    def is_rmpp_control(self):
        has_rmpp = self.mgmt_class in (0x03, 0x06, 0x10, 0x12) or self.is_vendor
        return has_rmpp and not self.is_response and self.data[26] & 1 == 1 and self.data[25] in (2, 3, 4)

    @property
    def is_membership(self):
        return self.mgmt_class == SA and self.attribute == 0x38 and self.method in (SET, DELETE)

    def is_sound(self):
        wants_2 = self.mgmt_class in (SA, CM)
        return len(self.data) == 256 and self.data[0] == 1 and (not wants_2 or self.data[2] == 2)


def sound_mad(text):
    mad = Mad(bytes.fromhex(text))
    return mad if len(mad.data) == 256 and mad.is_sound() else None


class Exchange:
    """A CM conversation of a function, or a SIDR one."""

    def __init__(self, f, active, sidr, peer_id, peer_guid):
        self.f, self.active, self.sidr = f, active, sidr
        self.peer_id, self.peer_guid, self.peer_tid = peer_id, peer_guid, None
        self.guest_id = self.wire_id = None
        self.lids, self.gids, self.proposed, self.qpn = [], [], None, None
        self.phase, self.retry = "opening", 0
        # Absolute times: it must be remembered until the one and may be until the other; None: without end.
        self.must = self.may = None
        self.tids = {}  # message -> (guest TID, wire TID)

    @property
    def is_open(self):
        return self.phase in ("half-open", "established")


class Group:
    """A multicast group: who has which bits, what the SA holds, what is asked and what waits."""

    def __init__(self, mgid):
        self.mgid, self.bits, self.held, self.record = mgid, {}, 0, None
        self.asked, self.waiting, self.rejoin, self.last = None, [], False, None

    @property
    def aggregate(self):
        union = 0
        for bits in self.bits.values():
            union |= bits
        return union


class Mux:
    def __init__(self, init, bugs):
        self.bugs, self.random = bugs, random.Random(init.get("seed", 0))
        n = self.n = init["functions"]

        def fill(key, missing):
            given = init.get(key, [])
            return [given[f] if f < len(given) else missing(f) for f in range(n)]
        self.prefix, self.former = init["subnetPrefix"], None
        self.guids, self.other_guids = fill("guids", lambda f: NO_GUID), init.get("otherPortGuids", [])
        self.pkeys, self.maps = init["pkeys"], fill("virt2phys", lambda f: [0])
        self.lid, self.lmc, self.sm_lid, self.sm_sl = init["lid"], init.get("lmc", 0), init["smLid"], init.get("smSl", 0)
        self.wanted = {f for f, active in enumerate(fill("active", lambda f: f == 0)) if active} | {0}
        self.limits, self.timing = {**LIMITS, **init.get("limits", {})}, {**TIMING, **init.get("timing", {})}
        self.services = {s["serviceId"]: s["function"] for s in init.get("policy", {}).get("services", [])}
        if any(guid is not None for guid in init.get("adminGuids", [])):
            raise Unsupported("this program administers no GUIDs")
        self.now, self.running, self.next_qpn, self.next_rej = 0, False, 2, 0
        self.proxies, self.used_ids, self.out, self.n_line = {}, set(), [], 0
        self.transactions, self.inbound, self.redirects, self.exchanges = [], [], [], []
        self.groups, self.asked, self.given_up = {}, [], []
        self.free_ids, self.timers = [], []

    # Ids and tables

    def fresh(self):
        """A wire id that was never used: so none needs to rest."""
        while True:
            number = self.random.randrange(1, 0xFFFFFFFF)
            if number not in self.used_ids:
                self.used_ids.add(number)
                return number

    def guid_of(self, f):
        guid = self.guids[f]
        return guid if guid != NO_GUID and self.guids.index(guid) == f else NO_GUID

    def own_gid(self, f):
        return self.prefix + self.guid_of(f)

    def function_of(self, gid):
        """Whom a GID names; None for nobody."""
        prefix, guid = gid[:16], gid[16:]
        prefixes = [self.prefix, "fe80000000000000"]
        if self.former is not None and self.now < self.former[1]:
            prefixes.append(self.former[0])
        if guid == SA_GUID and prefix == self.prefix and "A21" not in self.bugs:
            return 0
        if guid == NO_GUID or prefix not in prefixes:
            return None
        for guids in (self.guids, self.other_guids):
            if guid in guids:
                return guids.index(guid)
        return None

    def physical(self, f, index):
        """The physical index of a virtual one; None where there is none."""
        if f != 0:
            index = self.maps[f][index] if index < len(self.maps[f]) else None
        if index is None or index >= len(self.pkeys) or self.pkeys[index] & 0x7FFF == 0:
            return None
        return index

    def virtual(self, f, index):
        """Where a function has the P_Key of a physical index; None where it does not."""
        if f == 0:
            return index
        key, limited = self.pkeys[index], None
        for i in range(len(self.maps[f])):
            at = self.physical(f, i)
            if at is None or (self.pkeys[at] ^ key) & 0x7FFF != 0:
                continue
            if "A13" in self.bugs and not (self.pkeys[at] | key) & 0x8000:
                continue
            if self.pkeys[at] & 0x8000:
                return i
            limited = i if limited is None else limited
        return limited

    def holds_pkey(self, f, pkey):
        table = range(len(self.pkeys)) if f == 0 else range(len(self.maps[f]))
        at = [self.physical(f, i) for i in table]
        return any(i is not None and (self.pkeys[i] ^ pkey) & 0x7FFF == 0 for i in at)

    # What leaves

    def to_wire(self, c, mad, f, pkey_index):
        grh = c["grh"] and {"sgidIndex": f, **c["grh"]}
        qkey = WELL_KNOWN_QKEY if c["qkey"] & 0x80000000 else c["qkey"]
        keep = {key: c[key] for key in ("qp", "remoteQpn", "dlid", "sl", "pathBits", "rate")}
        self.out.append({"to": "wire", **keep, "pkeyIndex": pkey_index, "qkey": qkey, "grh": grh, "mad": mad.data.hex()})

    def to_sm(self, mad):
        self.out.append({"to": "wire", "qp": 1, "pkeyIndex": 0, "remoteQpn": 1, "qkey": WELL_KNOWN_QKEY, "dlid": self.sm_lid,
                         "sl": self.sm_sl, "pathBits": 0, "rate": 0, "grh": None, "mad": mad.data.hex()})

    def back_to_wire(self, c, mad):
        """A MAD of our own to where one came from."""
        grh = c["grh"] and {"sgidIndex": 0, "dgid": c["grh"]["sgid"], "hopLimit": 255,
                            "flowLabel": c["grh"]["flowLabel"], "trafficClass": c["grh"]["trafficClass"]}
        self.out.append({"to": "wire", "qp": 1, "pkeyIndex": c["pkeyIndex"], "remoteQpn": c["srcQp"], "qkey": WELL_KNOWN_QKEY,
                         "dlid": c["slid"], "sl": c["sl"], "pathBits": self.path_bits(c), "rate": 0, "grh": grh,
                         "mad": mad.data.hex()})

    def path_bits(self, c):
        return c["pathBits"] if "pathBits" in c else c.get("dlid", 0) & ((1 << self.lmc) - 1)

    def answer(self, f, c, mad, slid, src_qp):
        """An answer of ours to a MAD a function sent."""
        grh = c["grh"] and {"sgid": c["grh"]["dgid"], "dgid": self.own_gid(f), "hopLimit": 0, "flowLabel": 0, "trafficClass": 0}
        self.out.append({"to": "function", "function": f, "qp": c["qp"], "pkeyIndex": c["pkeyIndex"], "slid": slid,
                         "srcQp": src_qp, "sl": c["sl"], "pathBits": c["pathBits"], "grh": grh, "mad": mad.data.hex()})

    def deliver(self, f, c, mad, named):
        """A MAD from the wire to a function, if everything agrees; says whether it got there."""
        if named is not None and named != f or f not in self.proxies:
            return False
        index = 0 if c["qp"] == 0 else self.virtual(f, c["pkeyIndex"])
        if index is None:
            return False
        self.out.append({"to": "function", "function": f, "qp": c["qp"], "pkeyIndex": index, "slid": c["slid"],
                         "srcQp": c["srcQp"], "sl": c["sl"], "pathBits": self.path_bits(c), "grh": c["grh"],
                         "mad": mad.data.hex()})
        return True

    # What a function sends

    def egress(self, c):
        f, qp = c["function"], c["qp"]
        mad = sound_mad(c["mad"])
        if not self.running or f not in self.proxies or mad is None:
            return
        if c.get("srcQpn", self.proxies[f][qp]) != self.proxies[f][qp]:
            return
        if mad.is_smp and (f != 0 or qp != 0) or not mad.is_smp and qp == 0:
            return
        pkey_index = c["pkeyIndex"] if qp == 0 else self.physical(f, c["pkeyIndex"])
        if pkey_index is None or c["grh"] and self.guid_of(f) == NO_GUID:
            return
        if f != 0 and not mad.is_response and not self.is_allowed(mad):
            return self.refuse(f, c, mad)
        if mad.is_cm:
            return self.egress_cm(f, c, mad, pkey_index)
        if mad.is_membership:
            return self.join(f, c, mad) if mad.method == SET else self.leave(f, c, mad)
        if mad.is_response:
            return self.egress_response(f, c, mad, pkey_index)
        if f != 0 and mad.mgmt_class == SA and c["dlid"] != self.sm_lid:
            return
        place = None
        if c["remoteQpn"] != (1 if qp == 1 else 0):
            place = self.redirect_of(f, c, mad)
            if place is None:
                return
        self.egress_request(f, c, mad, pkey_index, place)

    def is_allowed(self, mad):
        if mad.mgmt_class == SA:
            return mad.method in (0x01, 0x12, 0x13, 0x14) or mad.is_membership
        if mad.mgmt_class in (PERF, DEV_MGT):
            return mad.method == GET
        return mad.method in (SEND, GET) if mad.mgmt_class == CM else mad.is_ping

    def refuse(self, f, c, mad):
        if mad.method not in ANSWERS or mad.is_rmpp_control:
            return
        answer = mad.copy().put(3, 1, ANSWERS[mad.method]).put(4, 2, 0x0200 if mad.mgmt_class == SA else 0x000C)
        self.answer(f, c, answer, c["dlid"], c["remoteQpn"])

    def is_remembered(self, entry):
        return self.now - entry["used"] < self.timing["tidMax"]

    def mine(self, table, f):
        table[:] = [entry for entry in table if self.is_remembered(entry)]
        return [entry for entry in table if entry["f"] == f]

    def egress_request(self, f, c, mad, pkey_index, place):
        key = (c["qp"], mad.mgmt_class, c["dlid"], c["grh"] and c["grh"]["dgid"], c["remoteQpn"], mad.tid)
        own = self.mine(self.transactions, f)
        entry = next((entry for entry in own if entry["key"] == key), None)
        if entry is None:
            if mad.is_rmpp_control:
                return
            if len(own) >= self.limits["tids"]:
                answered = [entry for entry in own if entry["answered"]]
                if not answered:
                    return
                self.transactions.remove(min(answered, key=lambda entry: (entry["used"], entry["turn"])))
            entry = {"f": f, "key": key, "qp": c["qp"], "class": mad.mgmt_class, "guest": mad.tid, "wire": self.fresh()}
            self.transactions.append(entry)
        self.use(entry, entry.get("answered", False) if mad.is_rmpp_control else False)
        if place is not None:
            self.use(place, False)
        out = mad.copy().put(8, 8, entry["wire"])
        if f != 0 and mad.mgmt_class == SA:
            out.put(36, 8, 0)
        self.to_wire(c, out, f, pkey_index)

    def use(self, entry, answered):
        self.n_line += 1
        entry.update(used=self.now, turn=self.n_line, answered=answered)

    def egress_response(self, f, c, mad, pkey_index):
        key = (c["qp"], mad.mgmt_class, c["dlid"], c["remoteQpn"], mad.tid)
        entry = next((entry for entry in self.mine(self.inbound, f) if entry["key"] == key), None)
        if entry is not None:
            self.use(entry, True)
            self.to_wire(c, mad, f, pkey_index)

    def redirect_of(self, f, c, mad):
        gid = c["grh"] and c["grh"]["dgid"]
        own = [p for p in self.mine(self.redirects, f) if c["qp"] == 1 and p["class"] == mad.mgmt_class and p["qpn"] == c["remoteQpn"]]
        fit = [p for p in own if p["lid"] == c["dlid"]] + [p for p in own if gid is not None and p["gid"] == gid]
        return fit[0] if fit else None

    # What arrives

    def ingress(self, c):
        mad = sound_mad(c["mad"])
        if not self.running or mad is None or mad.is_smp != (c["qp"] == 0):
            return
        if c["qp"] == 1 and (c["pkeyIndex"] >= len(self.pkeys) or self.pkeys[c["pkeyIndex"]] & 0x7FFF == 0):
            return
        if mad.is_smp:
            return self.ingress_response(c, mad, None) if mad.is_response else self.ingress_request(0, c, mad, None)
        named = c["grh"] and self.function_of(c["grh"]["dgid"])
        if c["grh"] and named is None:
            return
        if mad.is_cm:
            return self.ingress_cm(c, mad, named)
        if mad.is_response:
            return self.sa_answer(c, mad, named) or self.ingress_response(c, mad, named)
        if mad.mgmt_class == SA and mad.method == REPORT and mad.attribute == 0x02:
            return self.ingress_report(c, mad, named)
        if mad.is_rmpp_control:
            return self.ingress_rmpp_control(c, mad, named)
        f = named if named is not None else 0
        if f == 0 or mad.is_ping or mad.mgmt_class == CM and mad.method == GET:
            self.ingress_request(f, c, mad, named)

    def ingress_report(self, c, mad, named):
        if named in (None, 0) and c["slid"] == self.sm_lid and c["srcQp"] == 1:
            self.back_to_wire(c, mad.copy().put(3, 1, 0x86))

    def ingress_response(self, c, mad, named):
        low = mad.int(12, 4)
        self.mine(self.transactions, None)
        entry = next((e for e in self.transactions if (e["wire"], e["qp"], e["class"]) == (low, c["qp"], mad.mgmt_class)), None)
        if entry is None and "D-I1" in self.bugs:
            self.deliver(0, c, mad, named)
        if entry is None or not self.deliver(entry["f"], c, mad.copy().put(8, 8, entry["guest"]), named):
            return
        self.use(entry, True)
        at = {SA: 56, PERF: 64, DEV_MGT: 64}.get(mad.mgmt_class, 40 if mad.is_vendor else None)
        if mad.method == 0x81 and mad.attribute == 0x0001 and at is not None:
            self.learn_place(entry["f"], mad, at)

    def learn_place(self, f, mad, at):
        lid, gid, qpn = mad.int(at + 28, 2), mad.hex(at + 8, 16), mad.int(at + 33, 3)
        if qpn <= 1:
            return
        place = {"f": f, "class": mad.mgmt_class, "qpn": qpn, "lid": lid or None, "gid": None if lid else gid}
        own = self.mine(self.redirects, f)
        known = next((p for p in own if all(p[key] == place[key] for key in place)), None)
        if known is None:
            if self.limits["redirects"] == 0:
                return
            if len(own) >= self.limits["redirects"]:
                self.redirects.remove(min(own, key=lambda p: (p["used"], p["turn"])))
            self.redirects.append(known := place)
        self.use(known, False)

    def ingress_request(self, f, c, mad, named):
        key = (c["qp"], mad.mgmt_class, c["slid"], c["srcQp"], mad.tid)
        own = self.mine(self.inbound, f)
        entry = next((entry for entry in own if entry["key"] == key), None)
        if entry is None and self.limits["inbound"] == 0 or not self.deliver(f, c, mad, named):
            return
        if entry is None:
            if len(own) >= self.limits["inbound"]:
                # An answered one first, then the one used longest ago.
                self.inbound.remove(min(own, key=lambda e: (not e["answered"], e["used"], e["turn"])))
            entry = {"f": f, "key": key}
            self.inbound.append(entry)
        self.use(entry, False)

    def ingress_rmpp_control(self, c, mad, named):
        key = (c["qp"], mad.mgmt_class, c["slid"], c["srcQp"], mad.tid)
        self.mine(self.inbound, None)
        found = [entry for entry in self.inbound if entry["key"] == key]
        if len(found) > 1:
            found = [entry for entry in found if entry["f"] == named]
        if found and self.deliver(found[0]["f"], c, mad, named):
            self.use(found[0], found[0]["answered"])

    # Communication management: what a function sends

    def live(self):
        """The exchanges that are still remembered: half of the optional life is taken."""
        self.exchanges = [e for e in self.exchanges if e.must is None or self.now < (e.must + e.may) / 2]
        return self.exchanges

    def find(self, *tests):
        """The newest exchange that fits the first test that any fits; one that lingers only if nothing else does."""
        for lingers in (False, True):
            for test in tests:
                for e in reversed(self.live()):
                    if (lingers or e.phase != "lingering") and test(e):
                        return e
        return None

    def knows(self, e, lid, gid):
        return any(known >> self.lmc == lid >> self.lmc for known in e.lids) or gid is not None and gid in e.gids

    def has_room(self, f):
        own = [e for e in self.live() if e.f == f]
        if len(own) < self.limits["cm"]:
            return True
        half_open = [e for e in own if e.phase == "half-open"]
        if half_open:
            self.exchanges.remove(half_open[0])
        return bool(half_open)

    def exchange_of_sender(self, f, c, mad):
        local, remote, message = mad.int(24, 4), mad.int(28, 4), mad.attribute
        at = c["dlid"], c["grh"] and c["grh"]["dgid"]

        def find(*tests):
            return self.find(*(lambda e, test=test: e.f == f and test(e) for test in tests))

        def answers(e, peer_id):
            return not e.active and e.peer_id == peer_id and self.knows(e, *at)

        def between(e):
            return not e.sidr and e.guest_id == local and e.peer_id == remote

        def unanswered(e):
            return not e.sidr and e.guest_id is None and answers(e, remote)

        def active(e):
            return not e.sidr and e.active and e.guest_id == local

        def has_sent(e):
            return message in e.tids and e.tids[message][0] == mad.tid
        if message == REQ:
            if "A1" in self.bugs:
                return None
            return find(lambda e: active(e) and (e.phase == "opening" or e.is_open and has_sent(e)))
        if message == SIDR_REQ:
            return find(lambda e: e.sidr and e.guest_id == local and e.phase == "opening" and has_sent(e))
        if message == SIDR_REP:
            return find(lambda e: e.sidr and answers(e, local))
        if message == REP:
            return find(between, unanswered)
        if message == MRA:
            return find(lambda e: between(e) or active(e) and e.peer_id is None, unanswered)
        if message == REJ:
            return find(between, unanswered, lambda e: active(e) and remote == 0,
                        lambda e: not e.sidr and local == 0 and answers(e, remote))
        return find(between)

    def egress_cm(self, f, c, mad, pkey_index):
        message, local = mad.attribute, mad.int(24, 4)
        if not REQ <= message <= APR:
            return
        e = self.exchange_of_sender(f, c, mad)
        if c["remoteQpn"] != 1 and (e is None or c["remoteQpn"] != e.qpn):
            return
        is_new = e is None
        if is_new:
            if message not in (REQ, SIDR_REQ) or not self.has_room(f):
                return
            e = Exchange(f, True, message == SIDR_REQ, None, None)
            self.exchanges.append(e)
        if e.wire_id is None and message in (REQ, REP, MRA, SIDR_REQ):
            e.guest_id = local
            e.wire_id = self.free_ids.pop() if self.free_ids else self.fresh()
        self.name_peer(e, mad, False, c["dlid"], c["grh"] and c["grh"]["dgid"])
        out = mad.copy()
        if message in (REQ, LAP, DREQ, SIDR_REQ):
            if e.tids.get(message, (None,))[0] != mad.tid:
                e.tids[message] = (mad.tid, self.fresh())
            out.put(8, 8, e.tids[message][1])
        elif message in (RTU, MRA, REJ):
            kept = [e.tids[m][1] for m in (REQ, LAP, DREQ, SIDR_REQ) if m in e.tids and e.tids[m][0] == mad.tid]
            if kept:
                out.put(8, 8, kept[0])
        if message == REJ:
            out.put(24, 4, e.wire_id if e.wire_id is not None and e.guest_id == local else 0)
        elif message != SIDR_REP:
            out.put(24, 4, e.wire_id or 0)
        self.passed(e, out, True)
        self.to_wire(c, out, f, pkey_index)

    def name_peer(self, e, mad, from_peer, lid, gid):
        """Learns where a message says the peer is."""
        message = mad.attribute

        def at(where):
            lid_at, gid_at = (where, where + 4) if from_peer else (where + 2, where + 20)
            return mad.int(lid_at, 2), mad.hex(gid_at, 16)
        if message == REQ:
            self.learn(e, at(76), at(120), (lid, gid))
        elif message == SIDR_REQ:
            self.learn(e, (lid, gid))
        elif message == LAP:
            e.proposed = at(44)
        elif message == APR:
            if e.proposed is not None and mad.data[33] == 0:
                self.learn(e, e.proposed)
            e.proposed = None

    def learn(self, e, *addresses):
        for lid, gid in addresses:
            if lid != 0 and lid not in e.lids:
                e.lids = (e.lids + [lid])[-4:]
            if gid not in (None, NO_GID) and gid not in e.gids:
                e.gids = (e.gids + [gid])[-4:]

    def passed(self, e, mad, may_end):
        """What a message that passed, either way, makes of its exchange."""
        message, t = mad.attribute, self.timing
        if message in (REQ, SIDR_REQ):
            e.retry = min(cm_ms(mad.data[67] >> 3, (mad.data[75] >> 4) + 1), t["openingMax"]) if message == REQ else 0
        if message in (REQ, SIDR_REQ, MRA):
            if e.phase == "opening":
                service = cm_ms(mad.data[33] >> 3, 1) if message == MRA else 0
                must = min(max(e.retry + service, t["openingMin"]), t["openingMax"])
                e.must, e.may = max(self.now + must, e.must or 0), max(self.now + 2 * must, e.may or 0)
        elif message == REP:
            if e.phase == "opening":
                e.phase, e.must, e.may = "half-open", None, None
                self.exchanges.remove(e)
                self.exchanges.append(e)
        elif message in (RTU, LAP, APR):
            if e.phase == "half-open":
                e.phase = "established"
        elif may_end and (message != REJ or self.is_ended_by(e, mad)):
            if "A4" in self.bugs and message == DREP and e.wire_id is not None:
                self.free_ids.append(e.wire_id)
                self.exchanges.remove(e)
                return
            if "A4" in self.bugs and message == DREQ:
                self.timers.append((self.now + t["linger"], e.wire_id))
            e.phase = "lingering"
            e.must, e.may = self.now + max(t["linger"], e.retry), self.now + max(t["lingerMax"], 2 * e.retry)

    def is_ended_by(self, e, rej):
        return (rej.int(24, 4) != 0 or not e.is_open) and (rej.int(28, 4) != 0 or e.phase != "established")

    # Communication management: what arrives

    def ingress_cm(self, c, mad, named):
        message, local, remote = mad.attribute, mad.int(24, 4), mad.int(28, 4)
        at = c["slid"], c["grh"] and c["grh"]["sgid"]
        if not REQ <= message <= APR:
            return
        if message == REQ:
            return self.ingress_req(c, mad, named)
        if message == SIDR_REQ:
            f = named if named is not None else self.services.get(mad.hex(32, 8), 0)
            e = self.find(lambda e: e.sidr and not e.active and e.f == f and e.peer_id == local
                          and self.knows(e, *at) and e.phase != "lingering")
            return self.begin(e, f, c, mad, named, None)
        if message == SIDR_REP:
            return self.arrive(self.find(lambda e: e.sidr and e.wire_id == local), c, mad, named, 24)
        if message == REJ and remote == 0:
            if "A7" in self.bugs:
                return

            def of_peer(e):
                return not e.sidr and not e.active and e.peer_id == local
            e = self.find(lambda e: of_peer(e) and e.peer_guid == mad.hex(36, 8))
            if e is None:
                fit = [e for e in self.live() if of_peer(e) and self.knows(e, *at)]
                e = fit[0] if len(fit) == 1 else None
            return self.arrive(e, c, mad, named, None)
        e = self.find(lambda e: not e.sidr and e.wire_id == remote)
        if e is None and message == DREQ:
            return self.back_to_wire(c, own_cm(mad, DREP).put(24, 4, remote).put(28, 4, local))
        is_nameless = message == REJ and local == 0
        if e is not None and e.peer_id is not None and not is_nameless:
            if e.peer_id != local or message == REP and e.peer_guid != mad.hex(52, 8):
                return
        self.arrive(e, c, mad, named, 28)

    def ingress_req(self, c, mad, named):
        f = self.function_of(mad.hex(96, 16))
        if f is None:
            if self.now >= self.next_rej:
                self.next_rej = self.now + self.timing["rejInterval"]
                self.back_to_wire(c, own_cm(mad, REJ).put(28, 4, mad.int(24, 4)).put(34, 2, 12))
            return
        guid, local = mad.hex(40, 8), mad.int(24, 4)
        e = self.find(lambda e: not e.sidr and not e.active and e.f == f and (e.peer_guid, e.peer_id) == (guid, local)
                      and (e.phase == "opening" or e.is_open and e.peer_tid == mad.tid))
        self.begin(e, f, c, mad, named, guid)

    def begin(self, e, f, c, mad, named, guid):
        """A peer's first message, or a repetition, goes to its function unchanged."""
        is_new = e is None
        before, count = list(self.exchanges), len(self.out)
        if is_new:
            e = Exchange(f, False, guid is None, mad.int(24, 4), guid)
        if not self.deliver(f, c, mad, named):
            return
        if is_new:
            if not self.has_room(f):
                self.exchanges = before
                del self.out[count:]
                return
            self.exchanges.append(e)
        self.heard(e, c, mad)

    def arrive(self, e, c, mad, named, id_at):
        if e is None:
            return
        out = mad.copy()
        for guest, wire in e.tids.values():
            if wire == mad.int(12, 4):
                out.put(8, 8, guest)
        if id_at is not None:
            out.put(id_at, 4, e.guest_id or 0)
        if self.deliver(e.f, c, out, named):
            self.heard(e, c, mad)

    def heard(self, e, c, mad):
        message, at = mad.attribute, (c["slid"], c["grh"] and c["grh"]["sgid"])
        is_known = self.knows(e, *at)
        self.name_peer(e, mad, True, *at)
        if message not in (DREQ, DREP, REJ, SIDR_REP):
            self.learn(e, at)
        if message == REP and e.peer_id is None:
            e.peer_id, e.peer_guid = mad.int(24, 4), mad.hex(52, 8)
        if message == REQ and e.phase == "opening":
            e.peer_tid = mad.tid
        e.qpn = c["srcQp"]
        self.passed(e, mad, is_known)

    # Multicast

    def group(self, mgid):
        return self.groups.setdefault(mgid, Group(mgid))

    def member_answer(self, f, request, status, mgid=None):
        c, asked = request["c"], request["mad"]
        group = self.groups.get(mgid or asked.hex(56, 16))
        bits = group.bits.get(f, 0) if group else 0
        mad = Mad(bytes(256)).put_hex(0, "010302").put(3, 1, ANSWERS[asked.method]).put(4, 2, status)
        mad.put(8, 8, asked.tid).put(16, 2, 0x38).put(44, 2, 7)
        if status == 0 and group.record is not None:
            mad.data[88:106] = group.record[88:106]
        mad.put_hex(56, mgid or asked.hex(56, 16)).put_hex(72, asked.hex(72, 16))
        mad.data[104] = mad.data[104] & 0xF0 | bits
        mad.data[105] = 0
        self.answer(f, c, mad, self.sm_lid if self.sm_lid is not None else c["dlid"], 1)

    def is_valid(self, f, mad):
        mask, needed = mad.int(48, 8), MGID | PORT_GID | JOIN_STATE
        return (mask & needed == needed and mad.data[104] & 15 != 0
                and not (mask & PROXY_JOIN and mad.data[105] & 0x80)
                and self.guid_of(f) != NO_GUID and mad.hex(72, 16) == self.own_gid(f)
                and not (mask & MC_PKEY and not self.holds_pkey(f, mad.int(96, 2))))

    def join(self, f, c, mad):
        request = {"f": f, "c": c, "mad": mad, "bits": mad.data[104] & 15, "came": self.now, "mgid": mad.hex(56, 16)}
        if not self.is_valid(f, mad):
            return self.member_answer(f, request, 0x0200)
        if self.sm_lid is None:
            return
        if "A39" in self.bugs:
            request["bits"] &= 7
            if request["bits"] == 0 and request["mgid"] != NO_GID:
                self.group(request["mgid"])
                return self.member_answer(f, request, 0)
        queued = [r for g in self.groups.values() for r in g.waiting + ([g.asked["request"]] if g.asked else []) if r]
        if any((r["f"], r["mad"].tid, r["mgid"], r["bits"]) == (f, mad.tid, request["mgid"], request["bits"]) for r in queued):
            return
        group = self.groups.get(request["mgid"])
        if group and group.asked is None and not group.waiting and not group.rejoin and self.cover(group, request):
            return
        mine = [r for r in queued if r["f"] == f]
        if len(mine) >= self.limits["pending"]:
            return
        names = {g.mgid for g in self.groups.values() if g.bits.get(f)} | {r["mgid"] for r in mine if r["mgid"] != NO_GID}
        created = sum(r["mgid"] == NO_GID for r in mine)
        if (request["mgid"] == NO_GID or request["mgid"] not in names) and len(names) + created >= self.limits["groups"]:
            return
        leaving = sum(g.last == f and g.mgid != NO_GID and not g.aggregate and not any(r["mgid"] == g.mgid for r in queued)
                      for g in self.groups.values())
        if leaving >= 2 * self.limits["groups"]:
            return
        group = self.group(request["mgid"])
        group.waiting.append(request)
        group.last = f
        self.settle(group)

    def cover(self, group, request):
        """Answers a join here if the SA need not be asked; says whether it did."""
        if group.mgid == NO_GID or group.record is None:
            return False
        both = group.held & group.aggregate
        if request["bits"] & ~both or not both & 9:
            return False
        matches = self.matches(Mad(group.record), request["mad"]) and self.may_have(request["f"], group.record)
        if matches:
            group.bits[request["f"]] = group.bits.get(request["f"], 0) | request["bits"]
            group.last = request["f"]
        self.member_answer(request["f"], request, 0 if matches else 0x0200)
        return True

    def may_have(self, f, record):
        pkey = int.from_bytes(record[96:98], "big")
        return pkey == 0 or self.holds_pkey(f, pkey)

    def matches(self, record, asked):
        mask = asked.int(48, 8)
        plain = [(2, 88, 4, -1), (3, 92, 2, -1), (6, 95, 1, -1), (7, 96, 2, 0x7FFF), (12, 100, 1, 0xF0), (13, 100, 3, 0x0FFFFF),
                 (14, 103, 1, -1), (15, 104, 1, 0xF0)]
        for bit, at, length, part in plain:
            if mask >> bit & 1 and (record.int(at, length) ^ asked.int(at, length)) & part:
                return False
        for bit, at in ((4, 94), (8, 98), (10, 99)):
            if mask >> bit & 3 == 3:
                selector, wanted, has = asked.data[at] >> 6, asked.data[at] & 63, record.data[at] & 63
                if not (has > wanted, has < wanted, has == wanted, True)[selector]:
                    return False
        return True

    def leave(self, f, c, mad):
        request = {"c": c, "mad": mad}
        group, bits = self.groups.get(mad.hex(56, 16)), mad.data[104] & 15
        has = group.bits.get(f, 0) if group and group.mgid != NO_GID else 0
        needed = MGID | PORT_GID | JOIN_STATE
        is_own = self.guid_of(f) != NO_GUID and mad.hex(72, 16) == self.own_gid(f)
        if mad.int(48, 8) & needed != needed or not is_own or bits == 0 or bits & ~has:
            return self.member_answer(f, request, 0x0200)
        group.bits[f] = has & ~bits
        group.last = f
        self.member_answer(f, request, 0)
        self.settle(group)

    def ask(self, group, kind, mad, request, bits):
        tx = {"group": group, "kind": kind, "mad": mad.put(8, 8, self.fresh()), "request": request, "bits": bits, "sm": self.sm_lid,
              "tries": 0, "due": self.now + self.timing["saTimeout"], "wire": mad.tid}
        group.asked = tx
        self.asked.append(tx)
        self.to_sm(mad)

    def own_gid_or_0(self):
        return self.own_gid(0) if self.guid_of(0) != NO_GUID else NO_GID

    def send_join(self, group, request):
        asked, mask = request["mad"], request["mad"].int(48, 8)
        mad = Mad(bytes(256)).put_hex(0, "01030202").put(16, 2, 0x38).put(48, 8, mask)
        # Bytes that a component of the mask owns; parts of bytes below.
        for bit, at, length in ((0, 56, 16), (2, 88, 4), (3, 92, 2), (6, 95, 1), (7, 96, 2), (14, 103, 1)):
            if mask >> bit & 1:
                mad.data[at:at + length] = asked.data[at:at + length]
        for bit, at, length, part in ((4, 94, 1, 0xC0), (5, 94, 1, 0x3F), (8, 98, 1, 0xC0), (9, 98, 1, 0x3F), (10, 99, 1, 0xC0),
                                      (11, 99, 1, 0x3F), (12, 100, 1, 0xF0), (13, 100, 3, 0x0FFFFF), (15, 104, 1, 0xF0)):
            if mask >> bit & 1:
                mad.put(at, length, mad.int(at, length) | asked.int(at, length) & part)
        mad.put_hex(72, self.own_gid_or_0())
        mad.data[104] |= request["bits"]
        self.ask(group, "join", mad, request, request["bits"])

    def send_leave(self, group, bits):
        mad = Mad(bytes(256)).put_hex(0, "01030215").put(16, 2, 0x38).put(48, 8, MGID | PORT_GID | JOIN_STATE)
        mad.put_hex(56, group.mgid).put_hex(72, self.own_gid_or_0())
        mad.data[104] = bits
        self.ask(group, "leave", mad, None, bits)

    def send_rejoin(self, group):
        bits, record = group.aggregate, group.record
        mad = Mad(bytes(256)).put_hex(0, "01030202").put(16, 2, 0x38).put(48, 8, 0x130C7)
        mad.put_hex(56, group.mgid).put_hex(72, self.own_gid_or_0())
        mad.data[88:92], mad.data[95:98], mad.data[100:103] = record[88:92], record[95:98], record[100:103]
        mad.data[104] = bits
        group.held = 0
        self.ask(group, "rejoin", mad, None, bits)

    def settle(self, group):
        if group.asked is not None or self.sm_lid is None:
            return
        if group.rejoin and group.aggregate == 0:
            group.rejoin = False
        if group.rejoin and group.record is not None:
            return self.send_rejoin(group)
        while group.waiting:
            request = group.waiting.pop(0)
            if self.now - request["came"] > self.timing["horizon"]:
                continue
            if not self.cover(group, request):
                return self.send_join(group, request)
        extra = group.held & ~group.aggregate
        if extra:
            return self.send_leave(group, extra)
        if not group.held and not group.aggregate:
            self.groups.pop(group.mgid, None)

    def sa_answer(self, c, mad, named):
        """Takes an answer to a transaction of our own; says whether it was meant for one."""
        low = mad.int(12, 4)
        self.given_up = [tx for tx in self.given_up if self.now < tx["until"]]
        tx = next((tx for tx in self.asked + self.given_up if tx["wire"] == low), None)
        if tx is None or c["qp"] != 1 or mad.mgmt_class != SA:
            return False
        status, granted, mgid = mad.int(4, 2), mad.data[104] & 15, mad.hex(56, 16)
        is_late = tx not in self.asked
        of_sm = c["slid"] in (tx["sm"], self.sm_lid) and c["srcQp"] == 1
        creates = tx["kind"] == "join" and tx["group"].mgid == NO_GID
        is_answer = mad.attribute == 0x38 and mad.method not in (0x92, 0x93, 0x94) and not (creates and status == 0 and mgid == NO_GID)
        if named not in (None, 0) or not of_sm or not is_answer or is_late and status != 0:
            return True
        if is_late:
            self.given_up.remove(tx)
            tx["group"] = self.group(tx["group"].mgid)
        else:
            self.asked.remove(tx)
            tx["group"].asked = None
        if tx["kind"] == "leave":
            self.left(tx, status)
        elif status == 0:
            self.granted(tx, mad, granted, mgid if creates else tx["group"].mgid, is_late)
        else:
            if tx["kind"] == "rejoin":
                tx["group"].bits, tx["group"].rejoin = {}, False
            if tx["tries"] > 0:
                self.give_up(tx)
            if tx["request"]:
                self.member_answer(tx["request"]["f"], tx["request"], status)
        self.settle(tx["group"])
        return True

    def give_up(self, tx):
        self.given_up.append({**tx, "request": None, "until": self.now + self.timing["tidMax"]})

    def left(self, tx, status):
        group, bits = tx["group"], tx["bits"]
        lowest = bits & -bits
        if status != 0 and bits != lowest:
            return self.send_leave(group, lowest)
        group.held &= ~bits

    def granted(self, tx, mad, bits, mgid, is_late):
        group = self.group(mgid)
        if group.asked is not None and group.asked["kind"] == "leave" and group.asked["bits"] & bits and group is not tx["group"]:
            group.rejoin = True
        group.held |= bits
        group.record = bytes(mad.data)
        request = tx["request"]
        if tx["kind"] == "rejoin":
            group.rejoin = False
            group.bits = {f: has & bits for f, has in group.bits.items()}
        elif request is not None and not is_late:
            f = request["f"]
            if self.may_have(f, group.record):
                group.bits[f] = group.bits.get(f, 0) | request["bits"] & bits
                group.last = f
                self.member_answer(f, request, 0, mgid)
            else:
                self.member_answer(f, request, 0x0200, mgid)
        if group is not tx["group"]:
            self.settle(group)

    # Time and life

    def advance(self, ms):
        end = self.now + ms
        while True:
            times = [tx["due"] for tx in self.asked] + [at for at, _ in self.timers]
            if not times or min(times) > end:
                break
            self.now = max(self.now, min(times))
            self.fall_due()
        self.now = end

    def fall_due(self):
        for at, wire_id in [timer for timer in self.timers if timer[0] <= self.now]:
            self.timers.remove((at, wire_id))
            self.exchanges = [e for e in self.exchanges if e.wire_id != wire_id]
        for tx in [tx for tx in self.asked if tx["due"] <= self.now]:
            group = tx["group"]
            creates = tx["kind"] == "join" and group.mgid == NO_GID
            if tx["tries"] < self.timing["saRetries"] and not creates:
                tx["tries"] += 1
                tx["due"] = self.now + self.timing["saTimeout"]
                self.to_sm(tx["mad"])
                continue
            self.asked.remove(tx)
            group.asked = None
            if tx["kind"] == "leave":
                group.held &= ~tx["bits"]
            else:
                group.rejoin = False if tx["kind"] == "rejoin" else group.rejoin
                self.give_up(tx)
            self.settle(group)

    def attach(self, f):
        if f in self.proxies:
            return
        self.proxies[f] = {}
        for qp in (0, 1):
            proxy, self.next_qpn = self.next_qpn, self.next_qpn + 2
            self.proxies[f][qp] = proxy
            self.out.append({"to": "tunnel", "function": f, "qp": qp, "proxyQpn": proxy, "tunnelQpn": proxy + 1})

    def detach(self, f):
        if f not in self.proxies:
            return
        for table in (self.transactions, self.inbound, self.redirects):
            table[:] = [entry for entry in table if entry["f"] != f]
        self.exchanges = [e for e in self.exchanges if e.f != f]
        for group in sorted(self.groups.values(), key=lambda group: group.mgid):
            group.waiting = [r for r in group.waiting if r["f"] != f]
            if group.asked and group.asked["request"] and group.asked["request"]["f"] == f:
                group.asked["request"] = None
            group.bits.pop(f, None)
            self.settle(group)
        del self.proxies[f]

    def stop(self):
        if not self.running:
            return
        self.running = False
        for f in sorted(self.proxies, reverse=True):
            self.detach(f)
        self.groups, self.asked, self.given_up, self.timers = {}, [], [], []

    def do(self, c):
        op = c["op"]
        f = c.get("function")
        if f is not None and not 0 <= f < self.n:
            raise Unsupported(f"there is no function {f}")
        if op in ("egress", "ingress"):
            getattr(self, op)(c)
        elif op == "advance":
            self.advance(c["ms"])
        elif op == "settle":
            pass
        elif op == "start":
            if not self.running:
                self.running = True
                for each in sorted(self.wanted):
                    self.attach(each)
        elif op == "stop":
            self.stop()
        elif op == "attach":
            self.wanted.add(f)
            if self.running:
                self.attach(f)
        elif op in ("detach", "reset") and f != 0:
            was = f in self.proxies
            self.detach(f)
            if op == "detach":
                self.wanted.discard(f)
            elif was:
                self.attach(f)
        else:
            raise Unsupported(f"{op} is not supported here")


def cm_ms(exponent, times):
    """A CM timeout, 4.096 us times two to the power of its exponent, in ms, rounded up."""
    return -(-times * 4096 * 2 ** exponent // 1000000)


def own_cm(of, attribute):
    """A CM message of our own with the TID of another, all else zero."""
    return Mad(bytes(256)).put_hex(0, "01070203").put(8, 8, of.tid).put(16, 2, attribute)


def serve(bugs):
    mux = None
    for text in sys.stdin:
        line = json.loads(text)
        reply = {"n": line["n"]}
        try:
            if line["in"]["op"] == "init":
                if mux is not None:
                    raise Unsupported("init comes once")
                mux = Mux(line["in"], bugs)
            elif mux is None:
                raise Unsupported("init comes first")
            else:
                mux.out = []
                mux.do(line["in"])
            reply["out"] = mux.out
        except Unsupported as fault:
            reply["error"] = str(fault)
        print(json.dumps(reply, separators=(",", ":")), flush=True)


def main():
    listed = "; ".join(f"{name}: {what}" for name, what in {**BUGS, **DIVERGENCES}.items())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bug", action="append", default=[], choices=[*BUGS, *DIVERGENCES, "all"], help=listed)
    asked = parser.parse_args().bug
    serve(set(BUGS) if "all" in asked else set(asked))


if __name__ == "__main__":
    main()
