/* Calls while memory fails: an answer is the right one, or a 503 that tells what became of the write; or there is none.
 * Then the call is repeated, as a client would. */
#ifndef TAILRACE_TESTS_ALLOC_CALLS_H
#define TAILRACE_TESTS_ALLOC_CALLS_H

#include "tests/alloc/client.h"

#include <jansson.h>

enum { RUN_WHY_BYTES = 1024 };

/* One case: the program serves, and a window of its allocations fails. */
struct run {
    uint16_t port;
    unsigned next_number;    /* events are numbered, over all topics */
    char why[RUN_WHY_BYTES]; /* the first thing that was wrong; "": nothing */
};

/* Notes what was wrong, once. Always false. */
bool run_wrong(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a step may be answered when nothing fails. */
struct right {
    unsigned status;
    unsigned other;   /* as good; 0: none */
    const char *code; /* of a problem */
};

/* Calls until the answer is a right one. False: it never was, or something was wrong. */
bool call_retry(struct run *run, const struct call *call, const struct right *right, struct answer *answer);

/* The same, and its body as JSON; NULL: something was wrong. */
json_t *call_json(struct run *run, const struct call *call, const struct right *right);

/* Checks whether a write is there. False: something was wrong. */
typedef bool (*write_check)(struct run *run, const void *context, bool *ret_there);

/* Writes until it is there, and holds each answer against what is there then: 2xx and not there is wrong, "written":
 * false and there is wrong, and so is anything in between. Before memory begins to fail the answer is believed. */
bool call_write(struct run *run, const struct call *call, unsigned status, write_check check, const void *context);

/* Whether an answer that is none may be: some allocation has failed. Notes what is wrong when not. */
bool call_excused(struct run *run, const struct call *call, const struct answer *answer);

/* A 503 as it must be. False: noted. *ret_written_not: it says that nothing was written. */
bool call_check_unavailable(struct run *run, const struct call *call, const struct answer *answer,
                            bool *ret_written_not);

#endif
