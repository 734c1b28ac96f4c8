/* A body that was encoded, read again by the coders themselves: for tests and measurements. */
#ifndef TAILRACE_TESTS_DECODE_H
#define TAILRACE_TESTS_DECODE_H

#include "api/http/encoding/coder.h"

enum { DECODE_PIECE_BYTES = 16 * 1024 };

/* Appends the decoded body to `text`, unless that is NULL. False: it is not whole, or there was no memory. */
static inline bool decode_body(enum coding coding, struct bytes body, struct buffer *text) {
    struct coder *coder = coder_decoder_create(coding);
    enum coder_result result = coder != NULL ? CODER_FULL : CODER_NO_MEMORY;

    while (result == CODER_FULL) {
        char piece[DECODE_PIECE_BYTES];
        size_t made;
        result = coder_run(coder, &body, true, piece, sizeof piece, &made);
        if (text != NULL)
            buffer_append(text, piece, made);
    }

    coder_destroy(coder);
    return result == CODER_DONE;
}

#endif
