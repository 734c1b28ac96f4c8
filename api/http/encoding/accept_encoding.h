/* Which coding a request wants its answer in: Accept-Encoding (RFC 9110 12.5.3). Pure. */
#ifndef TAILRACE_API_HTTP_ENCODING_ACCEPT_ENCODING_H
#define TAILRACE_API_HTTP_ENCODING_ACCEPT_ENCODING_H

#include "api/http/encoding/coding.h"

/* The coding with the greatest weight in the header's list, none when there is no header. Of equals: zstd where the
 * request names it, then gzip, then none; `*` alone is gzip, which every client has. CODING_NONE also if none of ours
 * is acceptable: RFC 9110 prefers an answer to 406. */
enum coding accept_encoding_choose(struct bytes list);

#endif
