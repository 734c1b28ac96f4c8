/* Documents, encoded when they are first asked for: a start costs nothing, and so do all later requests. */
#include "api/console/carried.h"

#include "api/console/index_page.h"
#include "api/console/openapi_text.h"
#include "api/http/encoding/coder.h"
#include "base/memory.h"

void carried_init(struct carried_documents *documents) {
    documents->index_page.text = index_page_text();
    documents->openapi.text = openapi_text();
}

static void drop(struct buffer *encoded) {
    if (encoded != NULL)
        buffer_finish(encoded);
    mem_free(encoded);
}

static void finish(struct carried *document) {
    for (unsigned i = 0; i < CODINGS; i++)
        drop(atomic_load(&document->codings[i]));
}

void carried_finish(struct carried_documents *documents) {
    finish(&documents->index_page);
    finish(&documents->openapi);
}

/* Of several threads that are here at once, the first to be done counts. */
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
