/* Control documents. */
#include "api/http/control_document.h"

#include "api/http/media_type.h"

#include <stdlib.h>

enum { NUMBER_BYTES_MAX = 64 }; /* of one with a fraction or an exponent */

/* Scans all of the text; false: the reply says where it is not JSON. */
static bool scan(struct buffer *body, struct reply *reply, struct bytes *ret_value) {
    struct json_error error = { .position = 0, .message = "unexpected data after the JSON value" };
    size_t begin = json_skip_space(body->data, body->size, 0);
    size_t end = begin;
    bool good = json_scan(body->data, body->size, begin, &end, &error);
    if (good) {
        error.position = json_skip_space(body->data, body->size, end);
        good = error.position == body->size;
    }
    bool is_form = !good && media_looks_like_form((struct bytes){ body->data + begin, body->size - begin });
    if (!good)
        reply_problem(reply, PROBLEM_INVALID_JSON, "at byte %zu: %s", is_form ? begin : error.position,
                      is_form ? MEDIA_IS_FORM : error.message);
    *ret_value = (struct bytes){ body->data + begin, end - begin };
    return good;
}

bool control_document_read(struct request *request, struct reply *reply, struct bytes *ret_object) {
    struct bytes value = BYTES_LITERAL("{}");
    if (request->body.size > LIMIT_CONTROL_DOCUMENT_BYTES) {
        reply_problem(reply, PROBLEM_BODY_TOO_LARGE, "this document can have at most %d bytes",
                      LIMIT_CONTROL_DOCUMENT_BYTES);
        return false;
    }
    if (request->body.size > 0 && !scan(&request->body, reply, &value))
        return false;
    if (json_kind_of(value) != JSON_KIND_OBJECT) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, "expected a JSON object");
        return false;
    }
    *ret_object = value;
    return true;
}

static const struct control_member *find_member(const struct control_members *members, struct bytes name) {
    for (size_t i = 0; i < members->count; i++)
        if (json_string_is(name, bytes_text(members->rows[i].name)))
            return &members->rows[i];
    return NULL;
}

bool control_document_members(const struct control_members *members, const char *where, struct bytes object,
                              void *context, unsigned *given, struct reply *reply) {
    for (struct json_walk walk = json_walk(object); json_walk_next(&walk);) {
        const struct control_member *member = find_member(members, walk.name);
        if (member == NULL) {
            struct bytes unquoted = { walk.name.data + 1, walk.name.size - 2 };
            reply_problem(reply, PROBLEM_UNKNOWN_MEMBER, "%s%s %s%s", where, members->unknown,
                          reply_quote(reply, unquoted), members->hint);
            return false;
        }
        if ((*given & member->bit) != 0) {
            reply_problem(reply, PROBLEM_INVALID_JSON, "member %s is given twice; give it once", member->name);
            return false;
        }
        *given |= member->bit;
        if (!member->read(context, member->name, walk.value))
            return false;
    }
    return true;
}

enum status control_document_text(struct bytes value, struct arena *arena, struct bytes *ret_text) {
    autobuffer struct buffer text = { 0 };
    if (json_kind_of(value) != JSON_KIND_STRING || !json_decode_string(value, &text))
        return STATUS_INVALID;
    const char *copy = text.failed ? NULL : arena_copy(arena, buffer_bytes(&text).data, text.size);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    *ret_text = (struct bytes){ copy, text.size };
    return STATUS_OK;
}

bool control_document_whole(struct bytes value, uint64_t max, uint64_t *ret_number) {
    char text[NUMBER_BYTES_MAX + 1];
    if (json_kind_of(value) != JSON_KIND_NUMBER)
        return false;
    if (parse_number(value, max, ret_number))
        return true;
    if (value.size > NUMBER_BYTES_MAX)
        return false;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    double number = strtod(text, NULL);
    if (!(number >= 0 && number <= 0x1p53) || number != (double)(uint64_t)number || (uint64_t)number > max)
        return false;
    *ret_number = (uint64_t)number;
    return true;
}
