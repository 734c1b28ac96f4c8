/* Documents that the program contains, encoded once for each coding. */
#ifndef TAILRACE_API_HTTP_ENCODING_CARRIED_H
#define TAILRACE_API_HTTP_ENCODING_CARRIED_H

#include "api/http/encoding/coding.h"
#include "base/buffer.h"

#include <stdatomic.h>

/* Zeroed but for its text. */
struct carried {
    struct bytes text;                         /* static */
    _Atomic(struct buffer *) codings[CODINGS]; /* NULL: not requested yet */
};

/* The document in this coding, which lasts as long as the document; none: no memory. The first request waits some
 * milliseconds for the encoder. Any thread. */
struct bytes carried_in(struct carried *document, enum coding coding);

void carried_finish(struct carried *document); /* nobody uses it any more */

#endif
