/*
 * The baseline of the engine benchmark: the hot path of impl/mux in C11, same slots, same tables, same checks in
 * the same order for the four kinds of MADs that are measured.
 *
 *   mux egress|ingress|cm-egress|cm-ingress FUNCTIONS PER_FUNCTION BATCH WARMUP COUNT DEADLINE_MS
 *
 * Passes COUNT MADs after WARMUP more, BATCH at a time, and prints the nanoseconds of processor time per MAD. After
 * DEADLINE_MS of that it stops and prints the rate until then, or "nan" if nothing was counted.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  SLOT_WORDS = 80, SLOT_BYTES = 320, MAD = 64, FLAG_QP1 = 1, FLAG_GRH = 2, LIFE = 97500, LIFE_SLACK = 15000, PEER_LID = 9,
  CLASS_CM = 7, CLASS_PERF = 4, METHOD_GET = 1, METHOD_GET_RESP = 0x81, METHOD_SEND = 3, ATTRIBUTE_RTU = 0x14, BATCHES = 8
};

/* One record: a transaction or an exchange; 64 bytes. */
struct record {
  struct record *next_in_chain, *newer, *older; /* chain of the index; list of deadlines */
  uint32_t hash, who, where, tid_high, tid_low, wire, guest, peer, deadline;
  uint16_t lid;
  uint8_t function, live;
};

struct ring {
  unsigned char *slots;
  uint32_t mask;
  atomic_uint tail, head;
};

/* Unknown to the compiler on purpose, see ring.c. */
static volatile size_t slot_length = SLOT_BYTES;
static uint32_t functions, per_function, batch, total, now = 1, slot_bits, slot_mask;
static struct record *records, **chains;
static uint32_t chain_mask;
static struct record *oldest[256], *newest[256];
static uint32_t *id_live;
static struct record **id_owner;
static uint32_t proxy_qpn[256], virtual_index[256], physical_index[256], attached[256];
static uint64_t received[256], forwarded[256], delivered[256], dropped;
static struct ring to_wire, from_wire, from_function[256], to_function[256];

static double spent_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint32_t get32(const unsigned char *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}
static void put32(unsigned char *p, uint32_t v) {
  v = __builtin_bswap32(v);
  memcpy(p, &v, 4);
}
static uint32_t get16(const unsigned char *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t word(const unsigned char *slot, int i) {
  uint32_t v;
  memcpy(&v, slot + 4 * i, 4);
  return v;
}
static void set_word(unsigned char *slot, int i, uint32_t v) { memcpy(slot + 4 * i, &v, 4); }

/* A ring of at least `least` slots. */
static void open_ring(struct ring *r, uint32_t least) {
  uint32_t slots = 1;
  while (slots < least) slots *= 2;
  r->slots = aligned_alloc(128, (size_t)slots * SLOT_BYTES);
  if (r->slots == NULL) abort();
  memset(r->slots, 0, (size_t)slots * SLOT_BYTES);
  r->mask = slots - 1;
}
static unsigned char *slot_of(struct ring *r, uint32_t i) {
  return r->slots + (size_t)(i & r->mask) * SLOT_BYTES;
}

/* The keyed permutation that makes wire ids of slots. */
static uint32_t round16(uint32_t half, uint32_t key) {
  uint32_t p = (half ^ key) * 0x9e3779b1u;
  return ((p ^ (p >> 15)) * 0x85ebca6bu) >> 16;
}
static uint32_t permute(uint32_t v) {
  uint32_t l = v >> 16, r = v & 0xffff;
  l ^= round16(r, 11), r ^= round16(l, 22), l ^= round16(r, 33), r ^= round16(l, 44);
  return l << 16 | r;
}
static uint32_t undo(uint32_t v) {
  uint32_t l = v >> 16, r = v & 0xffff;
  r ^= round16(l, 44), l ^= round16(r, 33), r ^= round16(l, 22), l ^= round16(r, 11);
  return l << 16 | r;
}

static uint32_t hash_word(uint32_t h, uint32_t w) {
  uint32_t p = (h ^ w) * 0x9e3779b1u;
  return p ^ (p >> 15);
}
static uint32_t hash_end(uint32_t h) {
  uint32_t p = h * 0x85ebca6bu;
  return p ^ (p >> 13);
}

/* Puts the record at the young end of its function's list, unless it was put there a short while ago. */
static void arm(struct record *r) {
  uint32_t f = r->function;
  if (r->deadline != 0 && now + LIFE - r->deadline <= LIFE_SLACK) return;
  if (r->deadline != 0) {
    if (r->older) r->older->newer = r->newer;
    else oldest[f] = r->newer;
    if (r->newer) r->newer->older = r->older;
    else newest[f] = r->older;
  }
  r->older = newest[f];
  r->newer = NULL;
  if (newest[f]) newest[f]->newer = r;
  else oldest[f] = r;
  newest[f] = r;
  r->deadline = now + LIFE;
}

static int malformed(const unsigned char *slot) {
  if (word(slot, 0) >> 16 != 256) return 1;
  if (slot[MAD] != 1) return 1;
  uint32_t c = slot[MAD + 1];
  return (c == 3 || c == CLASS_CM) && slot[MAD + 2] != 2;
}

static struct record *find_key(uint32_t h, uint32_t who, uint32_t where, uint32_t high, uint32_t low) {
  struct record *r = chains[h & chain_mask];
  while (r != NULL && (r->hash != h || r->tid_low != low || r->tid_high != high || r->who != who || r->where != where))
    r = r->next_in_chain;
  return r;
}
static struct record *find_id(uint32_t id) {
  uint32_t slot = undo(id) & slot_mask;
  return id != 0 && id_live[slot] == id ? id_owner[slot] : NULL;
}

/* A MAD of function f, in its private copy: 1 if it leaves. */
static int egress(uint32_t f, unsigned char *slot) {
  unsigned char *mad = slot + MAD;
  if (!attached[f] || (word(slot, 5) & 0xffffff) != proxy_qpn[f] || malformed(slot)) return 0;
  uint32_t c = mad[1], method = mad[3], pkey = word(slot, 4) & 0xffff;
  if (c == 1 || c == 0x81 || pkey >= 1 || (method & 0x80)) return 0;
  uint32_t lid = word(slot, 1) & 0xffff, qpn = word(slot, 2) & 0xffffff;
  if (c == CLASS_CM && method == METHOD_SEND) {
    uint32_t guest = get32(mad + 24), peer = get32(mad + 28);
    struct record *r = find_key(hash_end(hash_word(hash_word(77, f | 1 << 8), guest)), f, 0, 0, guest);
    if (r == NULL || r->peer != peer || qpn != 1 || get16(mad + 16) != ATTRIBUTE_RTU) return 0;
    put32(mad + 24, r->wire);
  } else {
    if (c != CLASS_PERF || method != METHOD_GET || qpn != 1) return 0;
    uint32_t who = f | c << 8 | lid << 16, where = qpn | 1 << 24, high = get32(mad + 8), low = get32(mad + 12);
    uint32_t h = hash_end(hash_word(hash_word(hash_word(hash_word(77, who), where), high), low));
    struct record *r = find_key(h, who, where, high, low);
    if (r == NULL || (int32_t)(now - r->deadline) >= 0) return 0;
    arm(r);
    put32(mad + 8, 0);
    put32(mad + 12, r->wire);
  }
  set_word(slot, 0, 256u << 16 | FLAG_QP1);
  set_word(slot, 1, word(slot, 1) & 0x7f0fffff);
  if ((int32_t)word(slot, 3) < 0) set_word(slot, 3, 0x80010000u);
  set_word(slot, 4, physical_index[f]);
  set_word(slot, 5, 1);
  memset(slot + 24, 0, 40);
  return 1;
}

/* A MAD from the wire: the function whose ring got it, or 0. */
static uint32_t ingress(const unsigned char *slot, uint32_t *pending) {
  const unsigned char *mad = slot + MAD;
  if (malformed(slot) || (word(slot, 4) & 0xffff) >= 1) return 0;
  uint32_t c = mad[1], method = mad[3];
  if (c == 1 || c == 0x81 || (word(slot, 0) & FLAG_GRH)) return 0;
  int cm = c == CLASS_CM && method == METHOD_SEND;
  struct record *r = find_id(get32(mad + (cm ? 28 : 12)));
  if (r == NULL) return 0;
  if (cm ? r->peer != get32(mad + 24) : (r->who >> 8 & 0xff) != c || (int32_t)(now - r->deadline) >= 0) return 0;
  uint32_t f = r->function;
  if (!attached[f]) return 0;
  struct ring *ring = &to_function[f];
  uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed) + pending[f];
  unsigned char *to = slot_of(ring, tail);
  memcpy(to, slot, slot_length);
  set_word(to, 0, 256u << 16 | FLAG_QP1);
  set_word(to, 1, word(slot, 1) & 0x7f0fffff);
  set_word(to, 2, word(slot, 2) & 0xffffff);
  set_word(to, 3, 0);
  set_word(to, 4, virtual_index[f]);
  set_word(to, 5, 0);
  memset(to + 24, 0, 40);
  pending[f]++;
  if (cm) {
    if (r->lid != (word(slot, 1) & 0xffff)) r->lid = (uint16_t)word(slot, 1);
    put32(to + MAD + 28, r->guest);
  } else {
    put32(to + MAD + 8, r->tid_high);
    put32(to + MAD + 12, r->tid_low);
    arm(r);
  }
  delivered[f]++;
  return f;
}

/* The tables as setting up leaves them in the engine. */
static void open_records(int cm) {
  records = calloc(total, sizeof *records);
  uint32_t buckets = 1;
  while (buckets < total) buckets *= 2;
  chain_mask = buckets - 1;
  chains = calloc(buckets, sizeof *chains);
  slot_bits = 1;
  while ((1u << slot_bits) < total + total / 8 + 1) slot_bits++;
  slot_mask = (1u << slot_bits) - 1;
  id_live = calloc((size_t)slot_mask + 1, sizeof *id_live);
  id_owner = calloc((size_t)slot_mask + 1, sizeof *id_owner);
  if (!records || !chains || !id_live || !id_owner) abort();
  for (uint32_t n = 0; n < total; n++) {
    struct record *r = &records[n];
    uint32_t f = 1 + n / per_function, i = n % per_function + 1;
    r->function = (uint8_t)f;
    r->live = 1;
    r->who = cm ? f : f | CLASS_PERF << 8 | PEER_LID << 16;
    r->where = cm ? 0 : 1 | 1 << 24;
    r->tid_low = r->guest = r->peer = i;
    r->lid = PEER_LID;
    r->hash = cm ? hash_end(hash_word(hash_word(77, f | 1 << 8), i))
                 : hash_end(hash_word(hash_word(hash_word(hash_word(77, r->who), r->where), 0), i));
    r->next_in_chain = chains[r->hash & chain_mask];
    chains[r->hash & chain_mask] = r;
    r->wire = permute(n | 5u << slot_bits);
    id_live[n] = r->wire;
    id_owner[n] = r;
    if (!cm) arm(r);
  }
}

static uint32_t *shuffled(uint32_t n) {
  uint32_t *order = malloc(n * sizeof *order), state = 1;
  if (order == NULL) abort();
  for (uint32_t i = 0; i < n; i++) order[i] = i;
  for (uint32_t i = n - 1; i > 0; i--) {
    state = (state * 1103515245u + 12345u) & 0x7fffffff;
    uint32_t j = state % (i + 1), t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  return order;
}

/* Every slot of a ring becomes a MAD of function f (0: from the wire), but for its ids. */
static void fill(struct ring *ring, uint32_t f, int cm, int inbound) {
  for (uint32_t i = 0; i <= ring->mask; i++) {
    unsigned char *slot = slot_of(ring, i);
    set_word(slot, 0, 256u << 16 | FLAG_QP1);
    set_word(slot, 1, PEER_LID);
    set_word(slot, 2, 1);
    set_word(slot, 5, proxy_qpn[f]);
    slot[MAD] = 1;
    slot[MAD + 1] = cm ? CLASS_CM : CLASS_PERF;
    slot[MAD + 2] = cm ? 2 : 1;
    slot[MAD + 3] = cm ? METHOD_SEND : inbound ? METHOD_GET_RESP : METHOD_GET;
    slot[MAD + 17] = cm ? ATTRIBUTE_RTU : 0x12;
  }
}

/* Writes the ids of the next MAD: a transaction or exchange of the ring's function, or of any. */
static uint32_t *order, order_length, drawn;
static void address(unsigned char *slot, int cm, int inbound) {
  uint32_t n = order[drawn], own = n % per_function + 1;
  drawn = drawn + 1 < order_length ? drawn + 1 : 0;
  if (!cm) {
    put32(slot + MAD + 12, inbound ? records[n].wire : own);
    return;
  }
  put32(slot + MAD + 24, own);
  put32(slot + MAD + 28, inbound ? records[n].wire : own);
}

static void fill_rings(int cm, int inbound) {
  order_length = inbound ? total : per_function;
  order = shuffled(order_length);
  open_ring(&to_wire, 1024);
  open_ring(&from_wire, 1024);
  if (inbound) fill(&from_wire, 0, cm, inbound);
  for (uint32_t f = 1; f <= functions; f++) {
    proxy_qpn[f] = 2 + f * 4;
    attached[f] = 1;
    open_ring(&to_function[f], inbound ? 128 : 64);
    open_ring(&from_function[f], 64);
    if (!inbound) fill(&from_function[f], f, cm, inbound);
  }
}

/* Takes a batch from the ring of function f to the wire. */
static void poll_egress(uint32_t f) {
  struct ring *ring = &from_function[f];
  uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
  uint32_t n = atomic_load_explicit(&ring->tail, memory_order_acquire) - head;
  uint32_t tail = atomic_load_explicit(&to_wire.tail, memory_order_relaxed), out = 0;
  for (uint32_t i = 0; i < n; i++) {
    unsigned char *copy = slot_of(&to_wire, tail + out);
    memcpy(copy, slot_of(ring, head + i), slot_length);
    received[f]++;
    if (egress(f, copy)) out++, forwarded[f]++;
    else dropped++;
  }
  atomic_store_explicit(&ring->head, head + n, memory_order_release);
  atomic_store_explicit(&to_wire.tail, tail + out, memory_order_release);
}

/* Takes a batch from the wire to the rings of functions. */
static void poll_ingress(void) {
  static uint32_t pending[256], dirty[256];
  uint32_t head = atomic_load_explicit(&from_wire.head, memory_order_relaxed), dirty_count = 0;
  uint32_t n = atomic_load_explicit(&from_wire.tail, memory_order_acquire) - head;
  for (uint32_t i = 0; i < n; i++) {
    received[0]++;
    uint32_t f = ingress(slot_of(&from_wire, head + i), pending);
    if (f == 0) dropped++;
    else if (pending[f] == 1) dirty[dirty_count++] = f;
  }
  for (uint32_t i = 0; i < dirty_count; i++) {
    struct ring *ring = &to_function[dirty[i]];
    atomic_fetch_add_explicit(&ring->tail, pending[dirty[i]], memory_order_release);
    pending[dirty[i]] = 0;
  }
  atomic_store_explicit(&from_wire.head, head + n, memory_order_release);
}

static double measure(int cm, int inbound, uint32_t warmup, uint32_t count, double deadline) {
  double spent = 0;
  uint32_t passed = 0, counted = 0, f = 0;
  while (passed < warmup + count) {
    for (uint32_t i = 0; i < BATCHES; i++) {
      struct ring *in = inbound ? &from_wire : &from_function[(f + i) % functions + 1];
      uint32_t first = atomic_load_explicit(&in->tail, memory_order_relaxed) + (inbound ? i * batch : 0);
      for (uint32_t k = 0; k < batch; k++) address(slot_of(in, first + k), cm, inbound);
    }
    double start = spent_ns();
    for (int i = 0; i < BATCHES; i++) {
      f = f == functions ? 1 : f + 1;
      struct ring *in = inbound ? &from_wire : &from_function[f];
      atomic_fetch_add_explicit(&in->tail, batch, memory_order_release);
      if (inbound) poll_ingress();
      else poll_egress(f);
    }
    double end = spent_ns();
    passed += BATCHES * batch;
    if (passed > warmup) spent += end - start, counted += BATCHES * batch;
    if (end > deadline) break;
  }
  return counted == 0 ? NAN : spent / counted;
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: mux egress|ingress|cm-egress|cm-ingress FUNCTIONS PER_FUNCTION BATCH WARMUP COUNT DEADLINE_MS\n");
    return 1;
  }
  int cm = strncmp(argv[1], "cm-", 3) == 0, inbound = strstr(argv[1], "ingress") != NULL;
  functions = (uint32_t)strtoul(argv[2], NULL, 10);
  per_function = (uint32_t)strtoul(argv[3], NULL, 10);
  batch = (uint32_t)strtoul(argv[4], NULL, 10);
  total = functions * per_function;
  if (functions < 1 || functions > 254 || per_function < 1) return 1;
  open_records(cm);
  fill_rings(cm, inbound);
  double deadline = spent_ns() + strtod(argv[7], NULL) * 1e6;
  double ns = measure(cm, inbound, (uint32_t)strtoul(argv[5], NULL, 10), (uint32_t)strtoul(argv[6], NULL, 10), deadline);
  if (dropped != 0) {
    fprintf(stderr, "mux: %llu MADs were dropped\n", (unsigned long long)dropped);
    return 1;
  }
  printf("%.3f\n", ns);
  return 0;
}
