/* zlib's allocations through base/memory.h: for the files of this folder alone. */
#ifndef TAILRACE_API_HTTP_ENCODING_ZLIB_MEMORY_H
#define TAILRACE_API_HTTP_ENCODING_ZLIB_MEMORY_H

#define ZLIB_CONST /* its input is const then */
#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16 }; /* the largest window; gzip's header and trailer, not zlib's */

void *zlib_allocate(void *context, unsigned count, unsigned size);
void zlib_release(void *context, void *memory);

#endif
