/* What commits that wait will be compared with. It is looked up without the commit lock, before the commit is queued, and kept
 * true from then on by all who write under the lock; so that comparing is a look into memory, whatever it is that others have
 * committed meanwhile.
 *
 *   state   | moved on by
 *   AWAITED | compared_take, before the disk is asked
 *   KNOWN   | compared_fill, with what the disk said, if nobody has written meanwhile; compared_put, with what is written: always
 *           | the newest
 *   LOST    | compared_lose: a write has failed, so that only the disk can tell; until the next compared_put
 *
 * Who writes says so when the write is staged, for those that are staged behind it, and once more when it is done: an entry that was taken
 * in between may have been filled with what was there before.
 *
 * What a whole group has is an entry too, of topic 0: it is AWAITED until something of the group is written, and LOST then. */
#ifndef TAILRACE_STORAGE_ROCKSDB_OFFSETS_COMPARED_H
#define TAILRACE_STORAGE_ROCKSDB_OFFSETS_COMPARED_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compared;

enum compared_state { COMPARED_AWAITED, COMPARED_KNOWN, COMPARED_LOST };

/* What is committed for a partition. */
struct compared_value {
    bool is_there;
    uint64_t offset;
};

struct compared_table {
    pthread_mutex_t lock;      /* a leaf */
    struct compared **buckets; /* guarded by lock, as the next two */
    size_t bucket_count;       /* a power of two, or 0 */
    size_t count;
};

void compared_init(struct compared_table *table);
void compared_finish(struct compared_table *table); /* when all references are back; fine when zeroed */

/* A reference to the entry of a partition, or (topic 0, partition 0) of a group. NULL: no memory. Any thread. */
struct compared *compared_take(struct compared_table *table, const char *group, uint64_t topic_id, uint32_t partition);
void compared_release(struct compared *compared); /* fine with NULL; any thread */
size_t compared_bytes(const char *group);         /* of an entry, for who counts memory */

/* What the disk said after the entry was taken. Any thread. */
void compared_fill(struct compared *compared, struct compared_value value);

/* Under the commit lock, as the next two, so that a value stays what it is. */
enum compared_state compared_get(struct compared *compared, struct compared_value *ret_value);
/* What is written for a partition; changes nothing when nobody wants to know. */
void compared_put(struct compared_table *table, const char *group, uint64_t topic_id, uint32_t partition,
                  struct compared_value value);
void compared_lose(struct compared_table *table, const char *group, uint64_t topic_id, uint32_t partition);

#endif
