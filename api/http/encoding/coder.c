/* Coders: what those of all codings have in common. */
#include "api/http/encoding/coder_kind.h"

#include "base/memory.h"

enum { PIECE_BYTES_MIN = 1024 };

struct coder {
    const struct coder_kind *kind;
    const char *fault; /* static; see coder_fault() */
    bool in_a_frame;   /* of a decoder: its end has not come yet */
    bool has_ended;    /* one frame at least; of an encoder: all is written */
    _Alignas(max_align_t) char state[];
};

static struct coder *create(const struct coder_kind *kind, enum coder_effort effort, uint64_t total_bytes) {
    struct coder *coder = mem_zero(1, sizeof *coder + kind->state_bytes);
    if (coder == NULL)
        return NULL;

    coder->kind = kind;
    if (kind->init(coder->state, effort, total_bytes))
        return coder;
    coder_destroy(coder);
    return NULL;
}

struct coder *coder_decoder_create(enum coding coding) {
    switch (coding) {
    case CODING_GZIP: return create(&gzip_decoder, CODER_FAST, CODER_BYTES_UNKNOWN);
    case CODING_ZSTD: return create(&zstd_decoder, CODER_FAST, CODER_BYTES_UNKNOWN);
    case CODING_NONE: break;
    }
    return NULL;
}

struct coder *coder_encoder_create(enum coding coding, enum coder_effort effort, uint64_t total_bytes) {
    switch (coding) {
    case CODING_GZIP: return create(&gzip_encoder, effort, total_bytes);
    case CODING_ZSTD: return create(&zstd_encoder, effort, total_bytes);
    case CODING_NONE: break;
    }
    return NULL;
}

void coder_destroy(struct coder *coder) {
    if (coder == NULL)
        return;
    coder->kind->finish(coder->state);
    mem_free(coder);
}

static enum coder_result run_encoder(struct coder *coder, struct bytes *input, bool last, struct coder_room *room) {
    while (input->size > 0 || (last && !coder->has_ended)) {
        if (room->used == room->size)
            return CODER_FULL;
        enum coder_step step = coder->kind->step(coder->state, input, last, room, &coder->fault);
        if (step == CODER_STEP_NO_MEMORY)
            return CODER_NO_MEMORY;
        coder->has_ended = step == CODER_STEP_ENDED;
    }
    return CODER_DONE;
}

static enum coder_result invalid(struct coder *coder, const char *fault) {
    coder->fault = fault;
    return CODER_INVALID;
}

static enum coder_result refuse_frame(struct coder *coder) {
    return invalid(coder, coder->has_ended ? "unexpected bytes follow its end" : coder->kind->no_frame);
}

/* Frame after frame. */
static enum coder_result run_decoder(struct coder *coder, struct bytes *input, bool last, struct coder_room *room) {
    while (coder->in_a_frame || input->size > 0) {
        if (!coder->in_a_frame && !coder->kind->begin(coder->state, input->data[0]))
            return refuse_frame(coder);

        switch (coder->kind->step(coder->state, input, last, room, &coder->fault)) {
        case CODER_STEP_ON: coder->in_a_frame = true; break;
        case CODER_STEP_ENDED:
            coder->in_a_frame = false;
            coder->has_ended = true;
            break;
        case CODER_STEP_NO_FRAME: return refuse_frame(coder);
        case CODER_STEP_INVALID: return CODER_INVALID;
        case CODER_STEP_NO_MEMORY: return CODER_NO_MEMORY;
        }

        if (room->used == room->size)
            return CODER_FULL;
        if (coder->in_a_frame && input->size == 0)
            break;
    }
    if (last && coder->in_a_frame)
        return invalid(coder, "it is cut short");
    if (last && !coder->has_ended)
        return invalid(coder, "it is empty");
    return CODER_DONE;
}

enum coder_result coder_run(struct coder *coder, struct bytes *input, bool last, char *room, size_t room_bytes,
                            size_t *ret_made) {
    struct coder_room left = { .data = room, .size = room_bytes };
    bool decodes = coder->kind->begin != NULL;
    enum coder_result result = decodes ? run_decoder(coder, input, last, &left)
                                       : run_encoder(coder, input, last, &left);
    *ret_made = left.used;
    return result;
}

const char *coder_fault(const struct coder *coder) { return coder->fault; }

size_t coder_memory_bytes(const struct coder *coder) {
    return sizeof *coder + coder->kind->state_bytes + coder->kind->memory_bytes(coder->state);
}

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
