/* gateway/key_pointer: the key of an event that brings none. The input is a pointer, an LF, and a JSON text.
 *
 * The key is what following the pointer through jansson's tree leads to. Without a key the buffer is as it was. */
#include "gateway/json/key_pointer.h"
#include "gateway/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/json_differences.h"

#include <stdlib.h>

static const struct bytes BEFORE = BYTES_LITERAL("before");

/* RFC 6901 section 4: first ~1, then ~0. */
static void append_token(struct buffer *text, struct bytes token) {
    for (size_t i = 0; i < token.size; i++) {
        bool escaped = token.data[i] == '~';
        if (escaped)
            i++;
        buffer_append_u8(text, escaped ? (token.data[i] == '1' ? '/' : '~') : (uint8_t)token.data[i]);
    }
}

static bool is_index(struct bytes token) {
    bool digits = token.size > 0 && token.size < 10 && (token.size == 1 || token.data[0] != '0');
    for (size_t i = 0; i < token.size && digits; i++)
        digits = token.data[i] >= '0' && token.data[i] <= '9';
    return digits;
}

static const json_t *step(const json_t *value, struct bytes token) {
    autobuffer struct buffer text = { 0 };
    append_token(&text, token);
    struct bytes name = buffer_bytes(&text);
    if (json_is_object(value))
        return json_object_getn(value, name.data, name.size);
    if (!json_is_array(value) || !is_index(name))
        return NULL;
    buffer_append_u8(&text, '\0');
    return json_array_get(value, (size_t)strtoul(text.data, NULL, 10));
}

static const json_t *follow(const json_t *value, const char *pointer) {
    while (value != NULL && *pointer == '/') {
        const char *end = strchrnul(pointer + 1, '/');
        value = step(value, (struct bytes){ pointer + 1, (size_t)(end - pointer - 1) });
        pointer = end;
    }
    return value;
}

static void check_key(enum key_pointer_result result, struct bytes key, const json_t *value) {
    fuzz_check(result != KEY_POINTER_INVALID); /* jansson takes no lone surrogates */
    bool none = value == NULL || json_is_null(value) || json_is_array(value) || json_is_object(value);
    fuzz_check((result == KEY_POINTER_NONE) == none);
    if (json_is_string(value))
        fuzz_check(bytes_equal(key, (struct bytes){ json_string_value(value), json_string_length(value) }));
    else if (json_is_boolean(value))
        fuzz_check(bytes_equal(key, bytes_text(json_is_true(value) ? "true" : "false")));
    else if (!none)
        fuzz_check(key.size > 0 && (key.data[0] == '-' || (key.data[0] >= '0' && key.data[0] <= '9')));
}

static void check_value(const char *pointer, struct bytes value) {
    autobuffer struct buffer key = { 0 };
    json_error_t error;
    buffer_append_bytes(&key, BEFORE);
    enum key_pointer_result result = key_pointer_find(pointer, value, &key);
    fuzz_check(key.size >= BEFORE.size && memcmp(key.data, BEFORE.data, BEFORE.size) == 0);
    fuzz_check(result == KEY_POINTER_FOUND || key.size == BEFORE.size);
    struct bytes found = { key.data + BEFORE.size, key.size - BEFORE.size };
    fuzz_check(utf8_valid(found));
    json_t *tree = json_loadb(value.data, value.size, JSON_DIFFERENCES_FLAGS, &error);
    if (tree != NULL)
        check_key(result, found, follow(tree, pointer));
    json_decref(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    struct bytes line = fuzz_line(&input);
    autofree char *pointer = fuzz_text(line);
    autofree char *text = fuzz_exact(input.left);
    struct json_error error;
    size_t begin = json_skip_space(text, input.left.size, 0);
    size_t end;
    if (!key_pointer_valid(pointer))
        return 0;

    fuzz_check(pointer[0] == '\0' || pointer[0] == '/');
    if (json_scan(text, input.left.size, begin, &end, &error))
        check_value(pointer, (struct bytes){ text + begin, end - begin });
    return 0;
}
