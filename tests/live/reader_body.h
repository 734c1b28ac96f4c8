/* What a response to a reader holds: its head, and the events of its body. Internal to reader.c. */
#ifndef TAILRACE_TESTS_LIVE_READER_BODY_H
#define TAILRACE_TESTS_LIVE_READER_BODY_H

#include "tests/live/reader.h"

void reader_body_init(struct reader *reader);

/* Looks at the head of a response. False: there is no stream, and the reader's state says why. */
bool reader_body_head(struct reader *reader, struct bytes head);

/* Takes bytes of the body; faults go to the reader. */
void reader_body_take(struct reader *reader, struct bytes bytes);

/* Where the next cut falls. */
void reader_body_plan_cut(struct reader *reader);

/* The first fault is kept; the reader is closed. */
void reader_fault(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
