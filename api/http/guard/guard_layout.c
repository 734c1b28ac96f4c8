/* What lies between the parts of a request. */
#include "api/http/guard/guard_layout.h"

enum { SPACE_BYTES = 1, COLON_BYTES = 1, LINE_END_BYTES = 2 };

/* Whether `next` begins exactly `gap` bytes behind the end of `part`. The two may not be of one object. */
static bool is_behind(struct bytes part, size_t gap, const char *next) {
    return (uintptr_t)next == (uintptr_t)part.data + part.size + gap;
}

static const char *check_headers(const struct guard_layout *layout, const struct guard_header *headers, size_t count) {
    struct bytes before = layout->version;
    for (size_t i = 0; i < count; i++) {
        const struct guard_header *header = &headers[i];
        if (!is_behind(before, LINE_END_BYTES, header->name.data))
            return "a line of the headers is malformed";
        /* White space between the colon and the value may be of any size: nothing else is passed over there. */
        if ((uintptr_t)header->value.data < (uintptr_t)header->name.data + header->name.size + COLON_BYTES)
            return "a header continues on a second line; send it in one";
        before = header->value;
    }
    return is_behind(before, 2 * LINE_END_BYTES, layout->method.data + layout->section_bytes)
               ? NULL
               : "the headers must end with an empty line";
}

const char *guard_check_layout(const struct guard_layout *layout, const struct guard_header *headers, size_t count) {
    if (!is_behind(layout->method, SPACE_BYTES, layout->target.data) ||
        !is_behind(layout->target, SPACE_BYTES, layout->version.data))
        return "the request line must be a method, a target and a version, separated by single spaces";
    return check_headers(layout, headers, count);
}

bool guard_is_forgiving(const char *library_version) { return strncmp(library_version, "0.", 2) == 0; }
