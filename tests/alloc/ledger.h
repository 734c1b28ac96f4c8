/* The events of a topic as they were written, and as they are read: each once, whole, in order. */
#ifndef TAILRACE_TESTS_ALLOC_LEDGER_H
#define TAILRACE_TESTS_ALLOC_LEDGER_H

#include "tests/alloc/calls.h"

enum { LEDGER_EVENTS_MAX = 64, LEDGER_PARTITIONS_MAX = 8, LEDGER_TOPIC_BYTES = 64 };

/* What a topic holds: the numbers of its events, in the order in which they were written. */
struct ledger {
    char topic[LEDGER_TOPIC_BYTES];
    unsigned numbers[LEDGER_EVENTS_MAX];
    unsigned count;
};

/* A step of a scenario. False when something was wrong: run->why has it. */
typedef bool scenario_step(struct run *run, struct ledger *ledger);

enum post_form { POST_ONE, POST_ARRAY, POST_LINES, POST_ENVELOPES, POST_LARGE, POST_GZIP, POST_ZSTD };
enum { POST_BATCH_EVENTS = 3, POST_LARGE_BYTES = 120000 };

/* Writes some events of that form, POST_BATCH_EVENTS of them but for POST_ONE. */
bool ledger_post(struct run *run, struct ledger *ledger, enum post_form form);

/* How far a reader has come in a log. */
struct reading {
    const struct ledger *ledger;
    bool seen[LEDGER_EVENTS_MAX];
    unsigned count;
    uint64_t next_offset[LEDGER_PARTITIONS_MAX];
};

/* Takes the next event that a reader got: a JSON text. False: it is not the one that had to come. */
bool reading_take(struct run *run, struct reading *reading, struct bytes text);

/* Reads all pages of a log from the start that `query` says ("?limit=2"), and finds everything that is written. */
bool ledger_read_json(struct run *run, const struct ledger *ledger, const char *query);
bool ledger_read_lines(struct run *run, const struct ledger *ledger, const char *query);

/* Waits for an event with an empty page, which a write ends. */
bool ledger_wait(struct run *run, struct ledger *ledger);

/* Reads one event by its place. */
bool ledger_get_one(struct run *run, const struct ledger *ledger, unsigned partition);

#endif
