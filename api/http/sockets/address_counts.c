/* Addresses in a hash table. A client that can choose addresses at will has better attacks than long chains. */
#include "api/http/sockets/address_counts.h"

#include "base/hash.h"
#include "base/memory.h"

struct address_count {
    struct address_count *next;
    struct in6_addr address;
    unsigned count;
};

static struct address_count **find(struct address_counts *counts, const struct in6_addr *address) {
    struct bytes bytes = { (const char *)address->s6_addr, sizeof address->s6_addr };
    struct address_count **link = &counts->buckets[hash_bytes(HASH_BEGIN, bytes) % ADDRESS_BUCKETS];
    while (*link != NULL && memcmp(&(*link)->address, address, sizeof *address) != 0)
        link = &(*link)->next;
    return link;
}

enum address_refusal address_counts_add(struct address_counts *counts, const struct in6_addr *address, unsigned max) {
    struct address_count **link = find(counts, address);
    if (*link == NULL) {
        *link = mem_zero(1, sizeof **link);
        if (*link == NULL)
            return ADDRESS_NO_MEMORY;
        (*link)->address = *address;
    }
    if ((*link)->count >= max)
        return ADDRESS_HAS_TOO_MANY;
    (*link)->count++;
    return ADDRESS_COUNTED;
}

void address_counts_remove(struct address_counts *counts, const struct in6_addr *address) {
    struct address_count **link = find(counts, address);
    if (*link == NULL || --(*link)->count > 0)
        return;
    struct address_count *entry = *link;
    *link = entry->next;
    mem_free(entry);
}

void address_counts_finish(struct address_counts *counts) {
    for (size_t i = 0; i < ADDRESS_BUCKETS; i++) {
        while (counts->buckets[i] != NULL) {
            struct address_count *entry = counts->buckets[i];
            counts->buckets[i] = entry->next;
            mem_free(entry);
        }
    }
}
