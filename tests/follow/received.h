/* What a reader has got: every event once and in order, and none left out. */
#ifndef TAILRACE_TESTS_FOLLOW_RECEIVED_H
#define TAILRACE_TESTS_FOLLOW_RECEIVED_H

#include "gateway/read/page.h"
#include "tests/follow/engine.h"

struct received {
    uint64_t next_offset[ENGINE_TOPICS][ENGINE_PARTITIONS];
    bool mine; /* it asks for ENGINE_KEY */
};

/* Takes the events of a page. False: one is out of order, comes twice, or after one that is missing. */
bool received_keep(struct received *received, struct engine *engine, const struct page *page);

/* Whether it has everything that is there in topics that live. */
bool received_all(const struct received *received, const struct engine *engine, const struct selection_query *what);

#endif
