/* The cursor: the position of a reader in a selection, as text that a client keeps and gives back.
 *
 * Bytes, before base64url (RFC 4648, no padding), all numbers but the first two and the last as varints:
 *     u8 version (1) | be32 selection | catalogue version | topic count |
 *       per topic, in the order of their ids: be64 id | partition count | per partition, rising: partition - previous - 1
 *       (the first: partition) | next offset
 *     | be32 CRC-32 (IEEE, as zlib has it) of all before it
 *
 * It is made by a server and trusted by none: decoding checks everything. Pure; any thread. */
#ifndef TAILRACE_GATEWAY_READ_CURSOR_H
#define TAILRACE_GATEWAY_READ_CURSOR_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "gateway/limits.h"

struct cursor_position {
    uint64_t topic_id;
    uint32_t partition;
    uint64_t next_offset;
};

struct cursor {
    uint32_t selection; /* a hash of what was selected; a cursor is good for nothing else */
    uint64_t catalog_version;
    struct cursor_position *positions; /* sorted by topic id, then partition; each pair at most once */
    size_t position_count;             /* may be 0 */
};

/* Whether a cursor of so many topics and partitions can fit, whatever the offsets: false is certain, and needs no look at
 * any of them. */
bool cursor_may_fit(size_t topic_count, size_t position_count);

/* Appends the text. STATUS_INVALID when it would pass LIMIT_CURSOR_CHARACTERS (nothing is appended), STATUS_NO_MEMORY. */
enum status cursor_encode(const struct cursor *cursor, struct buffer *text);

/* STATUS_INVALID for anything that cursor_encode did not make. Positions lie in the arena. */
enum status cursor_decode(struct bytes text, struct arena *arena, struct cursor *ret_cursor);

#endif
