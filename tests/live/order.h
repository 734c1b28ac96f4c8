/* Holds the events of one reader to the promises: per partition in order, none twice, none left out. Names of topics
 * are shared by all readers. One thread. */
#ifndef TAILRACE_TESTS_LIVE_ORDER_H
#define TAILRACE_TESTS_LIVE_ORDER_H

#include "base/buffer.h"

struct topic_names {
    struct buffer *names; /* owned; the index is the topic's number */
    size_t count;
};

struct place {
    size_t topic;
    uint64_t partition;
    uint64_t next_offset; /* that must come */
};

struct order {
    struct place *places; /* owned */
    size_t count;
    size_t last; /* where the event before this one stood: most have the same place */
};

enum order_fault {
    ORDER_FINE,
    ORDER_NOT_AN_EVENT, /* the text is no event with a topic, a partition and an offset in front */
    ORDER_DOUBLE,       /* an offset that was there, or was passed over */
    ORDER_HOLE,         /* an offset was left out */
    ORDER_NO_MEMORY,
};

/* Takes the text of an event. `whole`: the first event of each partition must be that of offset 0. */
enum order_fault order_take(struct order *order, struct topic_names *names, struct bytes event, bool whole);
void order_finish(struct order *order);

const char *order_fault_name(enum order_fault fault); /* static */

void topic_names_finish(struct topic_names *names);

#endif
