/* zstd's allocations through base/memory.h: for the files of this folder alone. */
#ifndef TAILRACE_API_HTTP_ENCODING_ZSTD_MEMORY_H
#define TAILRACE_API_HTTP_ENCODING_ZSTD_MEMORY_H

/* For ZSTD_customMem, which the header keeps among what may change. Debian's shared library
 * exports ZSTD_create…_advanced all the same, and meson.build looks whether it does. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

ZSTD_customMem zstd_memory(void);

#endif
