/* zstd as both of its coders use it: for the files of this folder alone. */
#ifndef TAILRACE_API_HTTP_ENCODING_ZSTD_STREAM_H
#define TAILRACE_API_HTTP_ENCODING_ZSTD_STREAM_H

#include "api/http/encoding/coder_kind.h"

/* For ZSTD_customMem, which the header keeps among what may change. Debian's shared library
 * exports ZSTD_create…_advanced all the same, and meson.build looks whether it does. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

ZSTD_customMem zstd_memory(void); /* allocations through base/memory.h */

/* What a call of libzstd takes from and writes to. */
struct zstd_buffers {
    ZSTD_inBuffer in;
    ZSTD_outBuffer out;
};

struct zstd_buffers zstd_buffers(const struct bytes *input, const struct coder_room *room);
/* After the call: moves both on by what it has taken and written. */
void zstd_buffers_end(const struct zstd_buffers *buffers, struct bytes *input, struct coder_room *room);

#endif
