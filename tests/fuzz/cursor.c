/* gateway/cursor and gateway/base64url. The first byte of the input says what the rest is: the text of a cursor; its
 * bytes, to which the checksum is added here, so that the fuzzer gets past it; or the positions of one to be made.
 *
 * A cursor that is taken is the very text that making it again gives, with positions in order. What was made is taken,
 * and with one byte changed it is not. */
#include "gateway/read/cursor.h"
#include "base/bits.h"
#include "gateway/read/base64url.h"
#include "tests/fuzz/fuzz.h"

enum { POSITIONS_MAX = 600 };

/* CRC-32 (IEEE 802.3), bit by bit. */
static uint32_t crc32_of(struct bytes bytes) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= (uint8_t)bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void check_order(const struct cursor *cursor) {
    for (size_t i = 1; i < cursor->position_count; i++) {
        const struct cursor_position *a = &cursor->positions[i - 1];
        const struct cursor_position *b = &cursor->positions[i];
        fuzz_check(a->topic_id < b->topic_id || (a->topic_id == b->topic_id && a->partition < b->partition));
    }
}

static void check_text(struct bytes given) {
    autoarena struct arena arena = { 0 };
    autobuffer struct buffer again = { 0 };
    autofree char *exact = fuzz_exact(given);
    struct cursor cursor;
    enum status status = cursor_decode((struct bytes){ exact, given.size }, &arena, &cursor);
    fuzz_check(status == STATUS_OK || status == STATUS_INVALID);
    if (status != STATUS_OK)
        return;
    check_order(&cursor);
    fuzz_check(cursor_encode(&cursor, &again) == STATUS_OK);
    fuzz_check(bytes_equal(buffer_bytes(&again), given));
}

static void check_bytes(struct bytes body) {
    autobuffer struct buffer data = { 0 };
    autobuffer struct buffer text = { 0 };
    autobuffer struct buffer back = { 0 };
    buffer_append_bytes(&data, body);
    buffer_append_be32(&data, crc32_of(body));
    base64url_encode(buffer_bytes(&data), &text);
    fuzz_check(text.size == base64url_text_bytes(data.size));
    fuzz_check(base64url_decode(buffer_bytes(&text), &back) && bytes_equal(buffer_bytes(&back), buffer_bytes(&data)));
    check_text(buffer_bytes(&text));
}

static void make_cursor(struct fuzz_input *input, struct cursor *cursor) {
    *cursor = (struct cursor){ .selection = (uint32_t)fuzz_number(input),
                               .catalog_version = fuzz_number(input),
                               .positions = cursor->positions };

    uint64_t topic_id = fuzz_number(input);
    uint32_t partition = 0;
    while (input->left.size > 0 && cursor->position_count < POSITIONS_MAX) {
        cursor->positions[cursor->position_count++] =
            (struct cursor_position){ .topic_id = topic_id, .partition = partition, .next_offset = fuzz_number(input) };
        uint64_t step = fuzz_number(input);
        bool same_topic = step % 4 != 0;
        step = step / 4 + 1;
        if (step > (same_topic ? UINT32_MAX - partition : UINT64_MAX - topic_id))
            break;
        partition = same_topic ? partition + (uint32_t)step : (uint32_t)(step % 3);
        topic_id += same_topic ? 0 : step;
    }
}

static void check_made(struct fuzz_input *input) {
    static struct cursor_position positions[POSITIONS_MAX]; /* large; filled anew each time */
    autoarena struct arena arena = { 0 };
    autobuffer struct buffer text = { 0 };
    struct cursor made = { .positions = positions };
    struct cursor back;
    size_t spoiled = (size_t)fuzz_number(input);
    make_cursor(input, &made);
    enum status status = cursor_encode(&made, &text);
    fuzz_check(status == STATUS_OK || (status == STATUS_INVALID && text.size == 0));
    if (status != STATUS_OK)
        return;

    fuzz_check(text.size <= LIMIT_CURSOR_CHARACTERS);
    fuzz_check(cursor_decode(buffer_bytes(&text), &arena, &back) == STATUS_OK);
    fuzz_check(back.selection == made.selection && back.catalog_version == made.catalog_version);
    fuzz_check(back.position_count == made.position_count);

    for (size_t i = 0; i < made.position_count; i++)
        fuzz_check(back.positions[i].topic_id == made.positions[i].topic_id &&
                   back.positions[i].partition == made.positions[i].partition &&
                   back.positions[i].next_offset == made.positions[i].next_offset);

    char *byte = &text.data[spoiled % text.size];
    *byte = *byte == 'A' ? 'B' : 'A';
    fuzz_check(cursor_decode(buffer_bytes(&text), &arena, &back) == STATUS_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    switch (fuzz_u8(&input) % 3) {
    case 0: check_bytes(input.left); break;
    case 1: check_text(input.left); break;
    case 2: check_made(&input); break;
    }
    return 0;
}
