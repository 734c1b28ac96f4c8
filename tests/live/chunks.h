/* The chunked coding (RFC 9112 7.1), taken off bytes as they come. Strict: sizes are one to eight lower-case digits, without
 * extensions, and no trailer follows the last chunk. */
#ifndef TAILRACE_TESTS_LIVE_CHUNKS_H
#define TAILRACE_TESTS_LIVE_CHUNKS_H

#include "base/bytes.h"

enum chunks_state {
    CHUNKS_SIZE, /* in the digits of a size */
    CHUNKS_SIZE_LF,
    CHUNKS_CONTENT,
    CHUNKS_CR,
    CHUNKS_LF,
    CHUNKS_ENDED, /* the last chunk is complete */
    CHUNKS_FAULTY,
};

/* Zero-initialised. */
struct chunks {
    enum chunks_state state;
    unsigned digits;
    uint64_t left; /* of the content */
    bool last;
};

/* The next run of content in *rest, which is moved behind it; empty when there is none left. */
struct bytes chunks_next(struct chunks *chunks, struct bytes *rest);

#endif
