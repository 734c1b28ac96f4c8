/* RFC 6901 over scanned text: every step walks one object or array, to its end, since the last of duplicates counts. */
#include "gateway/json/key_pointer.h"

#include "gateway/json/json.h"

bool key_pointer_valid(const char *pointer) {
    if (*pointer != '\0' && *pointer != '/')
        return false;
    for (const char *at = strchr(pointer, '~'); at != NULL; at = strchr(at + 1, '~')) {
        if (at[1] != '0' && at[1] != '1')
            return false;
    }
    return utf8_valid(bytes_text(pointer));
}

/* Takes the next token, without its slash, off the pointer. False: there is none. */
static bool next_token(const char **pointer, struct bytes *ret_token) {
    if (**pointer == '\0')
        return false;
    const char *begin = *pointer + 1;
    const char *end = strchrnul(begin, '/');
    *ret_token = (struct bytes){ .data = begin, .size = (size_t)(end - begin) };
    *pointer = end;
    return true;
}

static void append_unescaped(struct buffer *buffer, struct bytes token) {
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] == '~')
            buffer_append_u8(buffer, token.data[++i] == '0' ? '~' : '/');
        else
            buffer_append_u8(buffer, (uint8_t)token.data[i]);
    }
}

/* The last member of that name, or BYTES_NONE. */
static struct bytes find_member(struct bytes object, struct bytes name) {
    struct bytes found = BYTES_NONE;
    struct json_walk walk = json_walk(object);
    while (json_walk_next(&walk)) {
        if (json_string_is(walk.name, name))
            found = walk.value;
    }
    return found;
}

static struct bytes find_element(struct bytes array, struct bytes token) {
    size_t index = 0;
    if (token.size == 0 || (token.data[0] == '0' && token.size > 1))
        return BYTES_NONE;

    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] < '0' || token.data[i] > '9' || __builtin_mul_overflow(index, 10, &index) ||
            __builtin_add_overflow(index, (size_t)(token.data[i] - '0'), &index))
            return BYTES_NONE;
    }

    struct json_walk walk = json_walk(array);
    while (json_walk_next(&walk)) {
        if (index-- == 0)
            return walk.value;
    }

    return BYTES_NONE;
}

/* One step down; BYTES_NONE when there is nothing. `scratch` comes back as it was. */
static struct bytes step(struct bytes value, struct bytes token, struct buffer *scratch) {
    enum json_kind kind = json_kind_of(value);
    if (kind == JSON_KIND_ARRAY)
        return find_element(value, token);
    if (kind != JSON_KIND_OBJECT)
        return BYTES_NONE;
    if (token.size == 0 || memchr(token.data, '~', token.size) == NULL)
        return find_member(value, token);

    size_t before = scratch->size;
    append_unescaped(scratch, token);
    if (scratch->failed)
        return BYTES_NONE;

    struct bytes name = { .data = scratch->data + before, .size = scratch->size - before };
    struct bytes found = find_member(value, name);
    scratch->size = before;
    return found;
}

static enum key_pointer_result append_key(struct bytes value, struct buffer *key) {
    size_t before = key->size;
    switch (json_kind_of(value)) {
    case JSON_KIND_OBJECT:
    case JSON_KIND_ARRAY:
    case JSON_KIND_NULL: return KEY_POINTER_NONE;
    case JSON_KIND_NUMBER:
    case JSON_KIND_TRUE:
    case JSON_KIND_FALSE: buffer_append_bytes(key, value); return KEY_POINTER_FOUND;
    case JSON_KIND_STRING: break;
    }

    if (json_decode_string(value, key))
        return KEY_POINTER_FOUND;

    key->size = before;
    return KEY_POINTER_INVALID;
}

enum key_pointer_result key_pointer_find(const char *pointer, struct bytes value, struct buffer *key) {
    struct bytes token;
    while (next_token(&pointer, &token)) {
        value = step(value, token, key);
        if (!bytes_present(value))
            return KEY_POINTER_NONE;
    }
    return append_key(value, key);
}
