/* gateway/json: the scanner, the walk and the strings. The input is a JSON text.
 *
 * What was refused says where, and what was accepted keeps its bytes; walking it loses nothing and gives parts that are
 * values themselves; a string and its decoded text lead to each other. */
#include "gateway/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/json_tokens.h"

/* Only a CR or LF between tokens may have become a space. A second, simple-minded reading: inside a string or not. */
static void check_kept(struct bytes before, struct bytes after, size_t begin, size_t end) {
    bool in_string = false;
    for (size_t at = 0; at < before.size; at++) {
        char byte = before.data[at];
        bool breaks = (byte == '\r' || byte == '\n') && at >= begin && at < end && !in_string;
        fuzz_check(after.data[at] == (breaks ? ' ' : byte));
        if (in_string && byte == '\\' && at + 1 < before.size) {
            at++;
            fuzz_check(after.data[at] == before.data[at]);
        } else if (byte == '"') {
            in_string = !in_string;
        }
    }
}

static bool scan_alone(struct bytes value, size_t *ret_end) {
    autofree char *exact = fuzz_exact(value);
    struct json_error error = { 0 };
    bool accepted = json_scan(exact, value.size, 0, ret_end, &error);
    fuzz_check(accepted || (error.message != NULL && error.position <= value.size));
    return accepted;
}

/* A value is one by itself, too; and but for a number it is none without its last byte. */
static void check_value(struct bytes value) {
    size_t end = 0;
    fuzz_check(value.size > 0 && scan_alone(value, &end) && end == value.size);
    struct bytes cut = { value.data, value.size - 1 };
    fuzz_check(json_kind_of(value) == JSON_KIND_NUMBER || !scan_alone(cut, &end));
}

static void check_string(struct bytes string) {
    autobuffer struct buffer text = { 0 };
    autobuffer struct buffer written = { 0 };
    autobuffer struct buffer again = { 0 };
    bool whole = json_decode_string(string, &text);
    fuzz_check(utf8_valid(buffer_bytes(&text)));
    fuzz_check(json_string_is(string, buffer_bytes(&text)) == whole);
    json_append_string(&written, buffer_bytes(&text));
    check_value(buffer_bytes(&written));
    fuzz_check(json_decode_string(buffer_bytes(&written), &again));
    fuzz_check(bytes_equal(buffer_bytes(&again), buffer_bytes(&text)));
    buffer_append_u8(&again, 'x');
    fuzz_check(!json_string_is(string, buffer_bytes(&again)));
}

/* The value as the walk sees it, without white space. */
static void append_walked(struct buffer *text, struct bytes value) {
    check_value(value);
    enum json_kind kind = json_kind_of(value);
    if (kind == JSON_KIND_STRING)
        check_string(value);
    if (kind != JSON_KIND_OBJECT && kind != JSON_KIND_ARRAY) {
        buffer_append_bytes(text, value);
        return;
    }

    buffer_append_u8(text, (uint8_t)value.data[0]);
    bool first = true;
    for (struct json_walk walk = json_walk(value); json_walk_next(&walk); first = false) {
        if (!first)
            buffer_append_u8(text, ',');
        fuzz_check(bytes_present(walk.name) == (kind == JSON_KIND_OBJECT));
        if (bytes_present(walk.name)) {
            check_string(walk.name);
            buffer_append_bytes(text, walk.name);
            buffer_append_u8(text, ':');
        }
        append_walked(text, walk.value);
    }

    buffer_append_u8(text, (uint8_t)value.data[value.size - 1]);
}

static void check_walk(struct bytes value) {
    autobuffer struct buffer walked = { 0 };
    autobuffer struct buffer expected = { 0 };
    append_walked(&walked, value);
    json_tokens_append(&expected, value, " \t");
    fuzz_check(bytes_equal(buffer_bytes(&walked), buffer_bytes(&expected)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes before = fuzz_input_of(data, size).left;
    autofree char *text = fuzz_exact(before);
    struct json_error error = { 0 };
    size_t begin = json_skip_space(text, size, 0);
    size_t end = 0;
    fuzz_check(begin <= size);
    bool accepted = json_scan(text, size, begin, &end, &error);
    check_kept(before, (struct bytes){ text, size }, begin, accepted ? end : error.position);
    if (!accepted) {
        fuzz_check(error.message != NULL && error.position >= begin && error.position <= size);
        return 0;
    }

    fuzz_check(end > begin && end <= size);
    check_walk((struct bytes){ text + begin, end - begin });
    return 0;
}
