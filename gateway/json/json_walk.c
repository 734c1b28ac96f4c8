/* Walking text that json_scan has accepted: nothing can fail here, yet nothing is read behind the end either. */
#include "gateway/json/json.h"
#include "gateway/json/json_bytes.h"

static inline bool is_space(char byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

size_t json_skip_space(const char *text, size_t size, size_t at) {
    while (at < size && is_space(text[at]))
        at++;
    return at;
}

enum json_kind json_kind_of(struct bytes value) {
    switch (value.data[0]) {
    case '{': return JSON_KIND_OBJECT;
    case '[': return JSON_KIND_ARRAY;
    case '"': return JSON_KIND_STRING;
    case 't': return JSON_KIND_TRUE;
    case 'f': return JSON_KIND_FALSE;
    case 'n': return JSON_KIND_NULL;
    default: return JSON_KIND_NUMBER;
    }
}

/* From the opening quote to behind the closing one. */
static const char *string_end(const char *at, const char *end) {
    at++;
    for (;;) {
        at += json_plain_bytes(at, end, JSON_PLAIN_ANY);
        if (end - at < 2)
            return end;
        if (*at == '"')
            return at + 1;
        at += 2; /* the backslash and what it escapes */
    }
}

static const char *container_end(const char *at, const char *end) {
    size_t depth = 0;
    while (at < end) {
        switch (*at) {
        case '"': at = string_end(at, end); continue;
        case '{':
        case '[': depth++; break;
        case '}':
        case ']': depth--; break;
        default: break;
        }
        at++;
        if (depth == 0)
            break;
    }
    return at;
}

static const char *value_end(const char *at, const char *end) {
    if (*at == '"')
        return string_end(at, end);
    if (*at == '{' || *at == '[')
        return container_end(at, end);
    while (at < end && *at != ',' && *at != ']' && *at != '}' && !is_space(*at))
        at++;
    return at;
}

static const char *skip_space(const char *at, const char *end) {
    while (at < end && is_space(*at))
        at++;
    return at;
}

static struct bytes bytes_between(const char *begin, const char *end) {
    return (struct bytes){ .data = begin, .size = (size_t)(end - begin) };
}

/* The position is before an item, at the white space in front of it, or at the end. */
struct json_walk json_walk(struct bytes value) {
    struct json_walk walk = { .name = BYTES_NONE, .value = BYTES_NONE, .at = value.data, .end = value.data };
    if (value.size >= 2 && (value.data[0] == '{' || value.data[0] == '[')) {
        walk.at = value.data + 1;
        walk.end = value.data + value.size - 1;
        if (value.data[0] == '{')
            walk.name = bytes_between(walk.at, walk.at); /* present: items have names */
    }
    return walk;
}

bool json_walk_next(struct json_walk *walk) {
    const char *at = skip_space(walk->at, walk->end);
    if (at == walk->end)
        return false;

    if (bytes_present(walk->name)) {
        const char *name_end = string_end(at, walk->end);
        walk->name = bytes_between(at, name_end);
        at = skip_space(name_end, walk->end);
        at = skip_space(at + 1, walk->end); /* the colon */
    }

    const char *end = value_end(at, walk->end);
    walk->value = bytes_between(at, end);
    at = skip_space(end, walk->end);
    walk->at = at < walk->end ? at + 1 : at; /* the comma */
    return true;
}
