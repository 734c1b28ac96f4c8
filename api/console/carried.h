/* Documents that the program carries, as they are sent: also encoded, which is done once. */
#ifndef TAILRACE_API_CONSOLE_CARRIED_H
#define TAILRACE_API_CONSOLE_CARRIED_H

#include "api/http/encoding/coding.h"
#include "base/buffer.h"

#include <stdatomic.h>

struct carried {
    struct bytes text;                         /* static */
    _Atomic(struct buffer *) codings[CODINGS]; /* NULL: nobody has asked for it yet */
};

/* What a server carries. Zero-initialise it. */
struct carried_documents {
    struct carried index_page;
    struct carried openapi;
};

void carried_init(struct carried_documents *documents);
void carried_finish(struct carried_documents *documents); /* nobody uses it any more */

/* The document in this coding, which stays as long as the documents do; none: no memory. The first to ask waits some
 * milliseconds for the encoder. Any thread. */
struct bytes carried_in(struct carried *document, enum coding coding);

#endif
