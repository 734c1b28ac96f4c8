/* Encoders and decoders of bodies, piece by piece: one interface for both directions of every coding. What libraries
 * allocate goes through base/memory.h. A coder is used by one thread at a time. */
#ifndef TAILRACE_API_HTTP_ENCODING_CODER_H
#define TAILRACE_API_HTTP_ENCODING_CODER_H

#include "api/http/encoding/coding.h"
#include "base/buffer.h"

/* How much of its output a decoder keeps. RFC 9659: every decoder of HTTP accepts windows of this size, and no encoder uses
 * larger ones. */
enum { CODER_WINDOW_BYTES_MAX = 8 << 20 };

enum coder_result {
    CODER_DONE,      /* all input is taken; after the last of it, everything is written */
    CODER_FULL,      /* the room is used up: call again */
    CODER_INVALID,   /* a decoder's input is not what it should be: coder_fault() */
    CODER_NO_MEMORY, /* a decoder; an encoder that gets more or fewer bytes than announced */
};

/* How much work an encoder does. */
enum coder_effort {
    CODER_FAST,     /* for an answer that is made for one request */
    CODER_THOROUGH, /* for what is encoded once and sent often */
};

#define CODER_BYTES_UNKNOWN UINT64_MAX

struct coder;

/* NULL: no memory. Not for CODING_NONE. */
struct coder *coder_decoder_create(enum coding coding);

/* The same; `total_bytes` is the exact size of the input, or CODER_BYTES_UNKNOWN: a small body needs small tables. The
 * encoder allocates nothing later. */
struct coder *coder_encoder_create(enum coding coding, enum coder_effort effort, uint64_t total_bytes);

void coder_destroy(struct coder *coder); /* at any time; NULL is fine */

/* Takes input from the front of *input and writes at most room_bytes to `room`; *ret_made is set in any case. `last`:
 * nothing comes behind this input. A decoder takes several gzip members or zstd frames in a row, and refuses what is
 * cut short or followed by anything else. After CODER_INVALID and CODER_NO_MEMORY there is only coder_destroy. */
enum coder_result coder_run(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                            size_t *ret_made);

/* What is wrong with the input, after CODER_INVALID ("it is cut short"); static. */
const char *coder_fault(const struct coder *coder);

/* How much memory the coder uses now. A decoder's grows with what it writes, up to its window. */
size_t coder_memory_bytes(const struct coder *coder);

/* Appends the whole text, encoded. False: no memory, and what was appended means nothing. */
bool coder_encode(enum coding coding, enum coder_effort effort, struct bytes text, struct buffer *encoded);

#endif
