/*
 * The baseline of the ring benchmark: the ring of impl/ring/spsc.ts in C11, same slots, same algorithm.
 *
 *   ring one|two SLOTS BATCH WARMUP COUNT DEADLINE_MS
 *
 * Copies COUNT slots in and out after WARMUP more, in one thread or from one thread to another, and prints
 * the nanoseconds per slot. After DEADLINE_MS it stops and prints the rate until then, or "nan" if nothing
 * was counted.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOT_BYTES = 320, POOL_SLOTS = 16, POLLS_PER_CLOCK = 4096 };

static _Alignas(128) atomic_uint tail;
static _Alignas(128) atomic_uint head;
static _Alignas(128) unsigned char sources[POOL_SLOTS * SLOT_BYTES];
static _Alignas(128) unsigned char sinks[POOL_SLOTS * SLOT_BYTES];
/* Unknown to the compiler on purpose: gcc -O2 turns a constant length into `rep movs`, half as fast. */
static volatile size_t slot_length = SLOT_BYTES;
static unsigned char *slots_memory;
static uint32_t slots, batch, warmup, count;
static double deadline_ns;

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
static unsigned char *slot(uint32_t index) {
  return slots_memory + (size_t)(index & (slots - 1)) * SLOT_BYTES;
}
static unsigned char *pooled(unsigned char *pool, uint32_t i) { return pool + (i % POOL_SLOTS) * SLOT_BYTES; }

struct end {
  uint32_t own, granted;
};

/* Fills and publishes at most `most` slots; returns how many. */
static uint32_t fill(struct end *e, uint32_t most) {
  if (e->granted < most) e->granted = slots - (e->own - atomic_load_explicit(&head, memory_order_acquire));
  uint32_t n = least(e->granted, most);
  size_t length = slot_length;
  for (uint32_t i = 0; i < n; i++) memcpy(slot(e->own + i), pooled(sources, i), length);
  if (n == 0) return 0;
  e->granted -= n;
  e->own += n;
  atomic_store_explicit(&tail, e->own, memory_order_release);
  return n;
}

/* Empties and releases at most `most` slots; returns how many. */
static uint32_t drain(struct end *e, uint32_t most) {
  if (e->granted < most) e->granted = atomic_load_explicit(&tail, memory_order_acquire) - e->own;
  uint32_t n = least(e->granted, most);
  size_t length = slot_length;
  for (uint32_t i = 0; i < n; i++) memcpy(pooled(sinks, i), slot(e->own + i), length);
  if (n == 0) return 0;
  e->granted -= n;
  e->own += n;
  atomic_store_explicit(&head, e->own, memory_order_release);
  return n;
}

static void *produce(void *unused) {
  struct end e = {0, 0};
  uint32_t total = warmup + count, idle = 0;
  while (e.own < total) {
    if (fill(&e, least(batch, total - e.own)) != 0) continue;
    if (++idle % POLLS_PER_CLOCK == 0 && now_ns() > deadline_ns) break;
  }
  return unused;
}

/* Takes what the other thread sends; nanoseconds per slot after the warm-up. */
static double consume(void) {
  struct end e = {0, 0};
  uint32_t total = warmup + count, idle = 0;
  uint32_t counted_from = 0;
  double start = 0;
  while (e.own < total) {
    uint32_t n = drain(&e, batch);
    if (n == 0 && ++idle % POLLS_PER_CLOCK == 0 && now_ns() > deadline_ns) break;
    if (start == 0 && e.own >= warmup) {
      start = now_ns();
      counted_from = e.own;
    }
  }
  return start == 0 || e.own == counted_from ? NAN : (now_ns() - start) / (e.own - counted_from);
}

static double in_one_thread(void) {
  struct end in = {0, 0}, out = {0, 0};
  double start = 0;
  uint32_t counted_from = 0, batches = 0;
  while (out.own < warmup + count) {
    fill(&in, batch);
    drain(&out, batch);
    if (++batches % POLLS_PER_CLOCK == 0 && now_ns() > deadline_ns) break;
    if (start == 0 && out.own >= warmup) {
      start = now_ns();
      counted_from = out.own;
    }
  }
  return start == 0 || out.own == counted_from ? NAN : (now_ns() - start) / (out.own - counted_from);
}

static double in_two_threads(void) {
  pthread_t producer;
  if (pthread_create(&producer, NULL, produce, NULL) != 0) return NAN;
  double ns = consume();
  pthread_join(producer, NULL);
  return ns;
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: ring one|two SLOTS BATCH WARMUP COUNT DEADLINE_MS\n");
    return 1;
  }
  slots = (uint32_t)strtoul(argv[2], NULL, 10);
  batch = (uint32_t)strtoul(argv[3], NULL, 10);
  warmup = (uint32_t)strtoul(argv[4], NULL, 10);
  count = (uint32_t)strtoul(argv[5], NULL, 10);
  deadline_ns = now_ns() + strtod(argv[6], NULL) * 1e6;
  slots_memory = aligned_alloc(128, (size_t)slots * SLOT_BYTES);
  if (slots_memory == NULL) {
    fprintf(stderr, "ring: no memory for %u slots\n", slots);
    return 1;
  }
  memset(slots_memory, 1, (size_t)slots * SLOT_BYTES);
  memset(sources, 2, sizeof sources);
  memset(sinks, 3, sizeof sinks);
  printf("%.3f\n", strcmp(argv[1], "two") == 0 ? in_two_threads() : in_one_thread());
  return 0;
}
