/* Control documents: the JSON objects by which clients change settings and offsets. Small, and read where they lie: no
 * tree is made of them, so that little can fail, and nothing costs more memory than was sent. */
#ifndef TAILRACE_API_HTTP_CONTROL_DOCUMENT_H
#define TAILRACE_API_HTTP_CONTROL_DOCUMENT_H

#include "api/http/request.h"
#include "gateway/json/json.h"

/* The object in the request's body, to be walked with json_walk; an empty body is an empty object. False: the reply
 * says what is wrong. */
bool control_document_read(struct request *request, struct reply *reply, struct bytes *ret_object);

/* A member that a document may have. */
struct control_member {
    const char *name;
    unsigned bit; /* no other row has it */
    /* False: the reply says what is wrong with the value. */
    bool (*read)(void *context, const char *name, struct bytes value);
};

struct control_members {
    const struct control_member *rows;
    size_t count;
    const char *unknown; /* what to call any other member: "unknown setting" */
    const char *hint;    /* follows its name; may be "" */
};

/* Reads every member of an object by its row, and sets the row's bit in *given. False: the reply names a member that is
 * unknown, given twice (nobody can know which is meant) or has a wrong value. `where` precedes an unknown one:
 * "offsets[3]: ", or "". */
bool control_document_members(const struct control_members *members, const char *where, struct bytes object,
                              void *context, unsigned *given, struct reply *reply);

/* The text of a string, in the arena and terminated. STATUS_INVALID: not a string, or one with a lone surrogate;
 * STATUS_NO_MEMORY. */
enum status control_document_text(struct bytes value, struct arena *arena, struct bytes *ret_text);

/* A whole number from 0 to max. 4.0 is whole, too: JSON has one kind of number. */
bool control_document_whole(struct bytes value, uint64_t max, uint64_t *ret_number);

static inline bool control_document_is_null(struct bytes value) { return json_kind_of(value) == JSON_KIND_NULL; }

#endif
