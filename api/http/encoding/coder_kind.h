/* What a coding has to bring: for the files of this folder alone. */
#ifndef TAILRACE_API_HTTP_ENCODING_CODER_KIND_H
#define TAILRACE_API_HTTP_ENCODING_CODER_KIND_H

#include "api/http/encoding/coder.h"

struct coder_kind {
    enum coder_result (*run)(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                             size_t *ret_made);
    size_t (*memory_bytes)(const struct coder *coder);
    void (*destroy)(struct coder *coder);
};

/* The first member of each coding's own struct. */
struct coder {
    const struct coder_kind *kind;
    const char *fault; /* static; see coder_fault() */
};

/* NULL: no memory. */
struct coder *gzip_decoder_create(void);
struct coder *gzip_encoder_create(enum coder_effort effort);
struct coder *zstd_decoder_create(void);
struct coder *zstd_encoder_create(enum coder_effort effort, uint64_t total_bytes);

#endif
