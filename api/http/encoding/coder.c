/* From a coding to its coder. */
#include "api/http/encoding/coder_kind.h"

enum { PIECE_BYTES_MIN = 1024 };

struct coder *coder_decoder_create(enum coding coding) {
    switch (coding) {
    case CODING_GZIP: return gzip_decoder_create();
    case CODING_ZSTD: return zstd_decoder_create();
    case CODING_NONE: break;
    }
    return NULL;
}

struct coder *coder_encoder_create(enum coding coding, enum coder_effort effort, uint64_t total_bytes) {
    switch (coding) {
    case CODING_GZIP: return gzip_encoder_create(effort);
    case CODING_ZSTD: return zstd_encoder_create(effort, total_bytes);
    case CODING_NONE: break;
    }
    return NULL;
}

void coder_destroy(struct coder *coder) {
    if (coder != NULL)
        coder->kind->destroy(coder);
}

enum coder_result coder_run(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                            size_t *ret_made) {
    *ret_made = 0;
    return coder->kind->run(coder, input, last, room, room_bytes, ret_made);
}

const char *coder_fault(const struct coder *coder) { return coder->fault; }

size_t coder_memory_bytes(const struct coder *coder) { return coder->kind->memory_bytes(coder); }

bool coder_encode(enum coding coding, enum coder_effort effort, struct bytes text, struct buffer *encoded) {
    struct coder *coder = coder_encoder_create(coding, effort, text.size);
    enum coder_result result = coder != NULL ? CODER_FULL : CODER_NO_MEMORY;
    /* A quarter at a time: text as a rule becomes smaller than that, and then nothing is moved. */
    size_t piece_bytes = text.size / 4 > PIECE_BYTES_MIN ? text.size / 4 : PIECE_BYTES_MIN;
    while (result == CODER_FULL) {
        size_t made = 0;
        if (!buffer_reserve(encoded, piece_bytes))
            result = CODER_NO_MEMORY;
        else
            result = coder_run(coder, &text, true, encoded->data + encoded->size, piece_bytes, &made);
        encoded->size += made;
    }
    coder_destroy(coder);
    return result == CODER_DONE;
}
