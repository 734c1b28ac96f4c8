/* What a coding brings for one direction: for the files of this folder alone. coder.c has what all of them share. */
#ifndef TAILRACE_API_HTTP_ENCODING_CODER_KIND_H
#define TAILRACE_API_HTTP_ENCODING_CODER_KIND_H

#include "api/http/encoding/coder.h"

/* Where output goes. */
struct coder_room {
    char *data;
    size_t size;
    size_t used;
};

enum coder_step {
    CODER_STEP_ON,       /* input or room is used up, and more is to come */
    CODER_STEP_ENDED,    /* a decoder: of a frame; an encoder: of all that is to be written */
    CODER_STEP_NO_FRAME, /* a decoder: no frame begins here */
    CODER_STEP_INVALID,  /* a decoder: *ret_fault says why, static */
    CODER_STEP_NO_MEMORY,
};

/* gzip calls its frames members (RFC 1952): here both are frames. */
struct coder_kind {
    size_t state_bytes;

    /* The state is zeroed before. False: there is no memory; `finish` is called in any case. The arguments are for
     * encoders: see coder_encoder_create. */
    bool (*init)(void *state, enum coder_effort effort, uint64_t total_bytes);
    void (*finish)(void *state);

    /* Memory in use beside the state. */
    size_t (*memory_bytes)(const void *state);

    /* Takes input from the front and fills the room, which has some, as far as either lasts. `last`, for an encoder:
     * nothing comes behind this input. */
    enum coder_step (*step)(void *state, struct bytes *input, bool last, struct coder_room *room,
                            const char **ret_fault);

    /* Of decoders; an encoder has NULL. Gets ready for a frame. False: none begins with this byte. */
    bool (*begin)(void *state, char first);
    const char *no_frame; /* what is wrong with input in which not even a first frame begins */
};

extern const struct coder_kind gzip_decoder;
extern const struct coder_kind gzip_encoder;
extern const struct coder_kind zstd_decoder;
extern const struct coder_kind zstd_encoder;

#endif
