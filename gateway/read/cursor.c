/* Cursors: bytes by hand, a checksum, base64url. */
#include "gateway/read/cursor.h"

#include "base/bits.h"
#include "gateway/read/base64url.h"

#include <assert.h>

enum {
    CURSOR_VERSION = 1,
    CURSOR_CHECKSUM_BYTES = 4,
    CURSOR_POSITION_BYTES_MIN = 2, /* a varint each for partition and offset */
    CURSOR_TOPIC_BYTES_MIN = 9,    /* its id, and a varint for the count */
    CURSOR_BYTES_MAX = LIMIT_CURSOR_CHARACTERS / 4 * 3,
};

/* CRC-32 as of IEEE 802.3, half a byte a step: cursors are short, and sixteen words are read at a glance. */
static uint32_t crc32_of(const void *data, size_t size) {
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const uint8_t *bytes = data;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = table[crc & 0x0f] ^ crc >> 4;
        crc = table[crc & 0x0f] ^ crc >> 4;
    }
    return ~crc;
}

/* How many positions from `first` on belong to its topic. */
static size_t topic_run(const struct cursor *cursor, size_t first) {
    size_t after = first + 1;
    while (after < cursor->position_count && cursor->positions[after].topic_id == cursor->positions[first].topic_id)
        after++;
    return after - first;
}

static size_t count_topics(const struct cursor *cursor) {
    size_t count = 0;
    for (size_t i = 0; i < cursor->position_count; i += topic_run(cursor, i))
        count++;
    return count;
}

static void append_topic(struct buffer *data, const struct cursor_position *positions, size_t count) {
    uint64_t expected = 0; /* the partition that needs no gap */
    buffer_append_be64(data, positions[0].topic_id);
    buffer_append_varint(data, count);
    for (size_t i = 0; i < count; i++) {
        assert(positions[i].partition >= expected);
        buffer_append_varint(data, positions[i].partition - expected);
        buffer_append_varint(data, positions[i].next_offset);
        expected = (uint64_t)positions[i].partition + 1;
    }
}

bool cursor_may_fit(size_t topic_count, size_t position_count) {
    return position_count <= CURSOR_BYTES_MAX / CURSOR_POSITION_BYTES_MIN &&
           topic_count <= (CURSOR_BYTES_MAX - position_count * CURSOR_POSITION_BYTES_MIN) / CURSOR_TOPIC_BYTES_MIN;
}

enum status cursor_encode(const struct cursor *cursor, struct buffer *text) {
    autobuffer struct buffer data = { 0 };
    if (cursor->position_count > LIMIT_CURSOR_CHARACTERS / CURSOR_POSITION_BYTES_MIN)
        return STATUS_INVALID;

    buffer_append_u8(&data, CURSOR_VERSION);
    buffer_append_be32(&data, cursor->selection);
    buffer_append_varint(&data, cursor->catalog_version);
    buffer_append_varint(&data, count_topics(cursor));

    for (size_t i = 0, run; i < cursor->position_count; i += run) {
        assert(i == 0 || cursor->positions[i - 1].topic_id < cursor->positions[i].topic_id);
        run = topic_run(cursor, i);
        append_topic(&data, cursor->positions + i, run);
    }

    buffer_append_be32(&data, crc32_of(data.data, data.size));
    if (data.failed)
        return STATUS_NO_MEMORY;

    size_t text_bytes = base64url_text_bytes(data.size);
    if (text_bytes > LIMIT_CURSOR_CHARACTERS)
        return STATUS_INVALID;
    if (!buffer_reserve(text, text_bytes))
        return STATUS_NO_MEMORY;

    base64url_encode(buffer_bytes(&data), text);
    return STATUS_OK;
}

/* A varint in its shortest form, from min to max; else 0 and failed. */
static uint64_t read_varint(struct reader *reader, uint64_t min, uint64_t max) {
    const uint8_t *begin = reader->at;
    uint64_t value = reader_varint(reader);
    bool padded = reader->at - begin > 1 && reader->at[-1] == 0;
    if (padded || value < min || value > max)
        reader->failed = true;
    return reader->failed ? 0 : value;
}

/* Appends the topic's positions; false when they are not well made. Each takes CURSOR_POSITION_BYTES_MIN at least: so
 * there is room for them. */
static bool read_topic(struct reader *reader, struct cursor *cursor) {
    uint64_t topic_id = reader_be64(reader);
    uint64_t count = read_varint(reader, 1, reader_left(reader) / CURSOR_POSITION_BYTES_MIN);
    if (cursor->position_count > 0 && topic_id <= cursor->positions[cursor->position_count - 1].topic_id)
        return false;

    uint64_t expected = 0; /* the partition that needs no gap */
    for (uint64_t i = 0; i < count; i++) {
        if (expected > UINT32_MAX)
            return false;
        uint64_t partition = expected + read_varint(reader, 0, UINT32_MAX - expected);
        uint64_t next_offset = read_varint(reader, 0, UINT64_MAX);
        if (reader->failed)
            return false;
        cursor->positions[cursor->position_count++] = (struct cursor_position){ .topic_id = topic_id,
                                                                                .partition = (uint32_t)partition,
                                                                                .next_offset = next_offset };
        expected = partition + 1;
    }

    return !reader->failed;
}

/* Everything between the version and the checksum. */
static enum status read_body(struct reader *reader, struct arena *arena, struct cursor *ret_cursor) {
    struct cursor cursor = { .selection = reader_be32(reader) };
    cursor.catalog_version = read_varint(reader, 0, UINT64_MAX);
    uint64_t topics = read_varint(reader, 0, reader_left(reader));
    size_t positions_max = reader_left(reader) / CURSOR_POSITION_BYTES_MIN;
    cursor.positions = arena_array(arena, positions_max, sizeof *cursor.positions);
    if (cursor.positions == NULL)
        return STATUS_NO_MEMORY;

    for (uint64_t i = 0; i < topics; i++) {
        if (!read_topic(reader, &cursor))
            return STATUS_INVALID;
    }

    if (reader->failed || reader_left(reader) > 0)
        return STATUS_INVALID;

    *ret_cursor = cursor;
    return STATUS_OK;
}

enum status cursor_decode(struct bytes text, struct arena *arena, struct cursor *ret_cursor) {
    autobuffer struct buffer data = { 0 };
    if (text.size > LIMIT_CURSOR_CHARACTERS || !base64url_decode(text, &data))
        return STATUS_INVALID;
    if (data.failed)
        return STATUS_NO_MEMORY;
    if (data.size < CURSOR_CHECKSUM_BYTES)
        return STATUS_INVALID;

    size_t body_bytes = data.size - CURSOR_CHECKSUM_BYTES;
    if (get_be32(data.data + body_bytes) != crc32_of(data.data, body_bytes))
        return STATUS_INVALID;

    struct reader reader = reader_of(data.data, body_bytes);
    if (reader_u8(&reader) != CURSOR_VERSION)
        return STATUS_INVALID;
    return read_body(&reader, arena, ret_cursor);
}
