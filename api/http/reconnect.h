/* What a stream says that cannot be served now: why, and when its client is to come again. */
#ifndef TAILRACE_API_HTTP_RECONNECT_H
#define TAILRACE_API_HTTP_RECONNECT_H

#include "base/buffer.h"
#include "base/random.h"

/* At random between the two, so that not all come again at once. */
enum { RECONNECT_MS_MIN = 5000, RECONNECT_MS_MAX = 15000 };

static inline void reconnect_append(struct buffer *text, const char *why) {
    buffer_printf(text, ": %s\nretry: %u\n", why, random_between(RECONNECT_MS_MIN, RECONNECT_MS_MAX));
}

#endif
