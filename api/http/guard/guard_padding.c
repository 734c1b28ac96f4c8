/* White space behind the values of headers. */
#include "api/http/guard/guard_padding.h"

const char *guard_padded_name(unsigned which) {
    static const char *const names[GUARD_PADDED_COUNT] = { "Content-Length", "Transfer-Encoding", "Expect" };
    return names[which];
}

static bool is_padded(struct bytes value) {
    return value.size > 0 && (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\t');
}

static void keep_header(struct guard_padding *padding, struct bytes name, struct bytes value) {
    struct bytes bare = bytes_trim(value);
    padding->any = true;
    for (unsigned i = 0; i < GUARD_PADDED_COUNT; i++) {
        if (!bytes_equal_fold(name, bytes_text(guard_padded_name(i))) || bare.size > GUARD_PADDED_BYTES_MAX)
            continue;
        memcpy(padding->values[i], bare.data, bare.size);
        padding->values[i][bare.size] = '\0';
    }
}

struct guard_padding guard_padding_of(struct bytes section) {
    struct guard_padding padding = { .any = false };
    while (section.size > 0) {
        struct bytes value = bytes_cut(&section, '\n');
        value.size -= value.size > 0; /* the CR */
        struct bytes name = bytes_cut(&value, ':');
        if (is_padded(value))
            keep_header(&padding, name, value);
    }
    return padding;
}

static const char *check_one(const struct guard_header *headers, size_t count, const char *name, const char *put) {
    bool same = put[0] == '\0';
    for (size_t i = 0; i < count; i++) {
        struct bytes value = headers[i].value;
        if (!bytes_equal_fold(headers[i].name, bytes_text(name)))
            continue;
        if (is_padded(value) && put[0] == '\0')
            return "Content-Length or Transfer-Encoding ends in white space, which is accepted only in the first "
                   "request of a connection; remove it";
        if (put[0] != '\0')
            same = bytes_equal(bytes_trim(value), bytes_text(put));
    }
    return same ? NULL : "Content-Length or Transfer-Encoding is not what was received";
}

const char *guard_check_padding(const struct guard_padding *padding, const struct guard_header *headers, size_t count) {
    const char *fault = NULL;
    for (unsigned i = GUARD_PADDED_LENGTH; fault == NULL && i <= GUARD_PADDED_CODING; i++)
        fault = check_one(headers, count, guard_padded_name(i), padding->values[i]);
    return fault;
}
