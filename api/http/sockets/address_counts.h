/* How many connections each client address has. The caller's lock. */
#ifndef TAILRACE_API_HTTP_SOCKETS_ADDRESS_COUNTS_H
#define TAILRACE_API_HTTP_SOCKETS_ADDRESS_COUNTS_H

#include <netinet/in.h>

enum { ADDRESS_BUCKETS = 4096 };

struct address_count;

/* Zeroed: none. */
struct address_counts {
    struct address_count *buckets[ADDRESS_BUCKETS];
};

enum address_refusal { ADDRESS_COUNTED, ADDRESS_HAS_TOO_MANY, ADDRESS_NO_MEMORY };

/* Counts one more, if that is not more than `max`. */
enum address_refusal address_counts_add(struct address_counts *counts, const struct in6_addr *address, unsigned max);
void address_counts_remove(struct address_counts *counts, const struct in6_addr *address);
void address_counts_finish(struct address_counts *counts);

#endif
