/* api/encoding: decoders of what claims to be gzip or zstd, encoders, and the headers about both. The input begins with a byte that
 * says which.
 *
 * However a body is cut into pieces, and however little room there is, the text and the verdict are the same. What is encoded is decoded
 * to the same text, and any part of it, or more than it, is refused. A coding is only chosen where the header names it or any. */
#include "api/http/encoding/accept_encoding.h"
#include "api/http/encoding/coder.h"
#include "api/http/encoding/entity_tag.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

enum { ROOM_BYTES = 4096, TEXT_BYTES_MAX = 256 * 1024 };

struct reading {
    enum coder_result result;
    bool stopped; /* there was more text than is of interest */
    struct buffer text;
};

static void feed(struct coder *coder, struct bytes part, bool last, size_t room_bytes, struct reading *reading) {
    autofree char *exact = fuzz_exact(part);
    struct bytes input = { exact, part.size };
    do {
        char room[ROOM_BYTES];
        size_t made;
        reading->result = coder_run(coder, &input, last, room, room_bytes, &made);
        fuzz_check(made <= room_bytes && reading->result != CODER_NO_MEMORY);
        fuzz_check(input.size == 0 || fuzz_within(input, (struct bytes){ exact, part.size }));
        buffer_append(&reading->text, room, made);
        reading->stopped = reading->text.size > TEXT_BYTES_MAX;
    } while (reading->result == CODER_FULL && !reading->stopped);
    fuzz_check(reading->result != CODER_DONE || input.size == 0);
}

/* In two parts, and the end by itself. */
static struct reading decode(enum coding coding, struct bytes body, size_t cut, size_t room_bytes) {
    struct reading reading = { .result = CODER_DONE };
    struct bytes parts[] = { { body.data, cut }, { body.data + cut, body.size - cut }, { "", 0 } };
    struct coder *coder = coder_decoder_create(coding);
    fuzz_check(coder != NULL);
    for (unsigned i = 0; i < 3 && reading.result == CODER_DONE && !reading.stopped; i++)
        feed(coder, parts[i], i == 2, room_bytes, &reading);
    fuzz_check(coder_memory_bytes(coder) <= CODER_WINDOW_BYTES_MAX + (1 << 20));
    if (reading.result == CODER_INVALID)
        fuzz_check(coder_fault(coder)[0] != '\0');
    coder_destroy(coder);
    return reading;
}

static bool refused(enum coding coding, struct bytes body) {
    struct reading reading = decode(coding, body, body.size, ROOM_BYTES);
    buffer_finish(&reading.text);
    return reading.result == CODER_INVALID;
}

static void try_body(struct fuzz_input *input, enum coding coding) {
    size_t room_bytes = 1 + fuzz_below(input, 64);
    size_t cut = fuzz_below(input, input->left.size + 1);
    cut = cut < input->left.size ? cut : input->left.size;
    struct reading whole = decode(coding, input->left, input->left.size, ROOM_BYTES);
    struct reading pieces = decode(coding, input->left, cut, room_bytes);
    size_t both = whole.text.size < pieces.text.size ? whole.text.size : pieces.text.size;
    fuzz_check(both == 0 || memcmp(whole.text.data, pieces.text.data, both) == 0);
    if (!whole.stopped && !pieces.stopped)
        fuzz_check(whole.result == pieces.result);
    if (whole.result == CODER_DONE && !whole.stopped && !pieces.stopped)
        fuzz_check(whole.text.size == pieces.text.size);
    buffer_finish(&whole.text);
    buffer_finish(&pieces.text);
}

static void encode(struct fuzz_input *input, enum coding coding, struct bytes text, struct buffer *encoded) {
    bool known = fuzz_u8(input) % 2 == 0;
    size_t room_bytes = 1 + fuzz_below(input, 64);
    size_t cut = fuzz_below(input, text.size + 1);
    struct reading writing = { .result = CODER_DONE };
    struct coder *coder = coder_encoder_create(coding, CODER_FAST, known ? text.size : CODER_BYTES_UNKNOWN);
    fuzz_check(coder != NULL);
    cut = cut < text.size ? cut : text.size;
    feed(coder, (struct bytes){ text.data, cut }, false, room_bytes, &writing);
    feed(coder, (struct bytes){ text.data + cut, text.size - cut }, true, room_bytes, &writing);
    fuzz_check(writing.result == CODER_DONE && coder_memory_bytes(coder) < 1 << 20);
    coder_destroy(coder);
    buffer_move(encoded, &writing.text);
}

static void try_text(struct fuzz_input *input, enum coding coding) {
    autobuffer struct buffer encoded = { 0 };
    uint64_t cut = fuzz_number(input);
    struct bytes text = fuzz_run(input);
    encode(input, coding, text, &encoded);
    struct reading reading = decode(coding, buffer_bytes(&encoded), encoded.size / 2, ROOM_BYTES);
    fuzz_check(reading.result == CODER_DONE && bytes_equal(buffer_bytes(&reading.text), text));
    buffer_finish(&reading.text);

    /* A part of it, alone and behind the whole; and one byte more. */
    struct bytes part = { encoded.data, 1 + cut % (encoded.size - 1) };
    autobuffer struct buffer longer = { 0 };
    buffer_append_bytes(&longer, buffer_bytes(&encoded));
    buffer_append_bytes(&longer, part);
    fuzz_check(refused(coding, part) && refused(coding, buffer_bytes(&longer)));
    buffer_append_u8(&encoded, 'x');
    fuzz_check(refused(coding, buffer_bytes(&encoded)));
}

static bool names(const char *list, const char *name) { return strcasestr(list, name) != NULL; }

static void try_headers(struct fuzz_input *input) {
    static const char TAG[] = "\"1f-6a\"";
    autofree char *text = fuzz_text(input->left);
    struct bytes list = bytes_text(text);
    autofree char *exact = fuzz_exact(list);
    enum coding chosen = accept_encoding_choose((struct bytes){ exact, list.size });
    fuzz_check(chosen == CODING_NONE || names(text, coding_name(chosen)) || names(text, "*"));

    autobuffer struct buffer refusing = { 0 };
    buffer_append_bytes(&refusing, list);
    buffer_append_text(&refusing, ", gzip;q=0, zstd;q=0.0");
    fuzz_check(accept_encoding_choose(buffer_bytes(&refusing)) == CODING_NONE);

    enum coding coding;
    if (coding_of_request((struct bytes){ exact, list.size }, &coding) && coding != CODING_NONE)
        fuzz_check(names(text, coding_name(coding)));
    if (entity_tag_listed((struct bytes){ exact, list.size }, TAG))
        fuzz_check(names(text, TAG) || names(text, "*"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    switch (fuzz_u8(&input) % 5) {
    case 0: try_body(&input, CODING_GZIP); break;
    case 1: try_body(&input, CODING_ZSTD); break;
    case 2: try_text(&input, CODING_GZIP); break;
    case 3: try_text(&input, CODING_ZSTD); break;
    case 4: try_headers(&input); break;
    }
    return 0;
}
