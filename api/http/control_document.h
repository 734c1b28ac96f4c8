/* Control documents: the JSON objects by which clients set things. Small, and read where they lie: no tree is made of
 * them, so that little can fail, and nothing costs more memory than was sent. */
#ifndef TAILRACE_API_HTTP_CONTROL_DOCUMENT_H
#define TAILRACE_API_HTTP_CONTROL_DOCUMENT_H

#include "api/http/request.h"
#include "gateway/json/json.h"

enum { CONTROL_DOCUMENT_BYTES_MAX = 64 * 1024 };

/* The object in the request's body, to be walked with json_walk; an empty body is an empty object. False: the reply
 * says what is wrong. */
bool control_document_read(struct request *request, struct reply *reply, struct bytes *ret_object);

/* Of a member that is there twice: which of the two is meant, nobody can know. */
void control_document_twice(struct reply *reply, const char *name);

/* A member's name (raw, as a walk has it) made fit to stand in a detail. */
const char *control_document_quote(struct reply *reply, struct bytes name);

/* The text of a string, in the arena and with a NUL behind. STATUS_INVALID: it is none, or holds a lone surrogate;
 * STATUS_NO_MEMORY. */
enum status control_document_text(struct bytes value, struct arena *arena, struct bytes *ret_text);

/* A whole number from 0 to max. 4.0 is one too: JSON has one kind of number. */
bool control_document_whole(struct bytes value, uint64_t max, uint64_t *ret_number);

static inline bool control_document_is_null(struct bytes value) { return json_kind_of(value) == JSON_KIND_NULL; }

#endif
