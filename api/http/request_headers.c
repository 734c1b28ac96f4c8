/* Headers as those who read a request see them: values without the white space around them, and the lines of a list as
 * one. */
#include "api/http/request.h"

/* The value, without the white space around it; none: the header has another name. Version 1.0 of libmicrohttpd takes white
 * space from the end of a value, 0.9 keeps it (RFC 9112 5.1: it is not part of the value). */
static struct bytes value_of(const struct guard_header *header, struct bytes name) {
    return bytes_equal_fold(header->name, name) ? bytes_trim(header->value) : BYTES_NONE;
}

struct bytes request_header(const struct request *request, const char *name) {
    for (size_t i = 0; i < request->header_count; i++) {
        struct bytes value = value_of(&request->headers[i], bytes_text(name));
        if (bytes_present(value))
            return value;
    }
    return BYTES_NONE;
}

/* The lines of one header. */
struct lines {
    struct bytes first; /* that is not empty, or an empty one; none: there is no such header */
    size_t count;       /* of those that are not empty */
    size_t size;        /* of all of them, with a comma behind each */
};

static struct lines find_lines(const struct request *request, struct bytes name) {
    struct lines lines = { .first = BYTES_NONE };
    for (size_t i = 0; i < request->header_count; i++) {
        struct bytes value = value_of(&request->headers[i], name);
        if (lines.first.size == 0 && bytes_present(value))
            lines.first = value;
        lines.count += value.size > 0;
        lines.size += value.size > 0 ? value.size + 1 : 0;
    }
    return lines;
}

enum status request_header_list(struct request *request, const char *name, struct bytes *ret_list) {
    struct lines lines = find_lines(request, bytes_text(name));
    if (lines.count <= 1) {
        *ret_list = lines.first;
        return STATUS_OK;
    }

    char *text = arena_alloc(&request->arena, lines.size);
    if (text == NULL)
        return STATUS_NO_MEMORY;
    size_t size = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        struct bytes value = value_of(&request->headers[i], bytes_text(name));
        if (value.size == 0)
            continue;
        memcpy(text + size, value.data, value.size);
        text[size + value.size] = ',';
        size += value.size + 1;
    }
    *ret_list = (struct bytes){ text, size - 1 };
    return STATUS_OK;
}
