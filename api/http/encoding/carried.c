/* Documents, encoded by the first request for a coding: starting costs nothing, and neither do later requests. */
#include "api/http/encoding/carried.h"

#include "api/http/encoding/coder.h"
#include "base/memory.h"

static void drop(struct buffer *encoded) {
    if (encoded != NULL)
        buffer_finish(encoded);
    mem_free(encoded);
}

void carried_finish(struct carried *document) {
    for (unsigned i = 0; i < CODINGS; i++)
        drop(atomic_load(&document->codings[i]));
}

/* Of several threads here at once, the first to finish wins. */
static struct buffer *encode(struct carried *document, enum coding coding) {
    struct buffer *encoded = mem_zero(1, sizeof *encoded);
    struct buffer *other = NULL;
    if (encoded == NULL || !coder_encode(coding, CODER_THOROUGH, document->text, encoded)) {
        drop(encoded);
        return NULL;
    }
    if (atomic_compare_exchange_strong(&document->codings[coding], &other, encoded))
        return encoded;
    drop(encoded);
    return other;
}

struct bytes carried_in(struct carried *document, enum coding coding) {
    if (coding == CODING_NONE)
        return document->text;
    struct buffer *encoded = atomic_load(&document->codings[coding]);
    if (encoded == NULL)
        encoded = encode(document, coding);
    return encoded != NULL ? buffer_bytes(encoded) : BYTES_NONE;
}
