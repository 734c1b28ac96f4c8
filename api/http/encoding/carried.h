/* Documents that the program carries, as they are sent: also encoded, which is done once. */
#ifndef TAILRACE_API_HTTP_ENCODING_CARRIED_H
#define TAILRACE_API_HTTP_ENCODING_CARRIED_H

#include "api/http/encoding/coding.h"
#include "base/buffer.h"

#include <stdatomic.h>

/* Zeroed but for its text. */
struct carried {
    struct bytes text;                         /* static */
    _Atomic(struct buffer *) codings[CODINGS]; /* NULL: nobody has asked for it yet */
};

/* The document in this coding, which stays as long as the document does; none: no memory. The first to ask waits some
 * milliseconds for the encoder. Any thread. */
struct bytes carried_in(struct carried *document, enum coding coding);

void carried_finish(struct carried *document); /* nobody uses it any more */

#endif
