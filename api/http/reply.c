/* Answers. */
#include "api/http/reply.h"
#include "api/http/reconnect.h"

#include "api/http/encoding/carried.h"
#include "api/http/pieces.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* What every connection may have beside its own memory. */
enum { SMALL_BODY_BYTES = 4096 };

void reply_header(struct reply *reply, const char *name, const char *value) {
    reply_header_bytes(reply, name, bytes_text(value));
}

void reply_header_bytes(struct reply *reply, const char *name, struct bytes value) {
    const char *copy = bytes_present(value) ? arena_copy(reply->arena, value.data, value.size) : NULL;
    if (copy == NULL || reply->header_count == REPLY_HEADERS_MAX)
        reply->failed = true;
    else
        reply->headers[reply->header_count++] = (struct reply_header){ name, copy };
}

void reply_vary(struct reply *reply, const char *header) {
    for (size_t i = 0; i < reply->header_count; i++) {
        struct reply_header *vary = &reply->headers[i];
        if (strcmp(vary->name, "Vary") != 0)
            continue;
        const char *both = arena_printf(reply->arena, "%s, %s", vary->value, header);
        reply->failed = reply->failed || both == NULL;
        vary->value = both != NULL ? both : vary->value;
        return;
    }
    reply_header(reply, "Vary", header);
}

void reply_tag(struct reply *reply, const char *tag) {
    reply->tag = arena_copy(reply->arena, tag, strlen(tag));
    reply->failed = reply->failed || reply->tag == NULL;
}

static void drop_body(struct reply *reply) {
    buffer_finish(&reply->body);
    budget_share_set(&reply->share, 0);
}

bool reply_reserve(struct reply *reply, size_t bytes) {
    if (bytes <= SMALL_BODY_BYTES)
        return true;
    if (!budget_share_set(&reply->share, bytes)) {
        reply_problem(reply, PROBLEM_OVERLOADED, REPLY_MEMORY_USED);
        return false;
    }
    if (buffer_set_capacity(&reply->body, bytes))
        return true;
    reply_no_memory(reply);
    return false;
}

bool reply_count_body(struct reply *reply) {
    size_t bytes = reply->body.capacity > SMALL_BODY_BYTES ? reply->body.capacity : 0;
    return budget_share_set(&reply->share, bytes);
}

void reply_no_memory(struct reply *reply) {
    drop_body(reply);
    reply->coding = CODING_NONE;
    reply->header_count = 0;
    reply->takeover = NULL; /* whose memory is the request's, as that of the next one */
    reply->pieces = NULL;
    reply->failed = false;
    reply_problem(reply, PROBLEM_OVERLOADED, "out of memory for the answer; retry later");
}

static int append_text(const char *text, size_t size, void *body) {
    buffer_append(body, text, size);
    return 0; /* the buffer remembers a failure */
}

/* Not by json_dumps, which does not notice (2.14) when it has no memory for the name of a member. */
void reply_json_take(struct reply *reply, unsigned http_status, json_t *document) {
    buffer_clear(&reply->body);
    bool dumped = document != NULL && json_dump_callback(document, append_text, &reply->body, JSON_COMPACT) == 0;
    json_decref(document);
    buffer_append_u8(&reply->body, '\n');
    reply->failed = reply->failed || !dumped;
    reply->http_status = http_status;
    reply->content_type = "application/json";
}

void reply_list_add(json_t **list, json_t *item) {
    if (json_array_append_new(*list, item) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

void reply_file(struct reply *reply, int fd, uint64_t bytes, const char *content_type) {
    buffer_clear(&reply->body);
    reply->has_file = true;
    reply->file_fd = fd;
    reply->file_bytes = bytes;
    reply->http_status = 200;
    reply->content_type = content_type;
}

void reply_carried(struct reply *reply, struct carried *document, const char *content_type) {
    reply->carried = document;
    reply->http_status = 200;
    reply->content_type = content_type;
}

uint64_t reply_body_bytes(const struct reply *reply) {
    if (reply->content_type == NULL || reply->takeover != NULL)
        return 0;
    if (reply->carried != NULL)
        return carried_in(reply->carried, reply->coding).size;
    if (reply->pieces != NULL)
        return reply->pieces->bytes;
    return reply->has_file ? reply->file_bytes : reply->body.size;
}

void reply_drop_file(struct reply *reply) {
    if (reply->has_file)
        close(reply->file_fd);
    reply->has_file = false;
}

void reply_empty(struct reply *reply, unsigned http_status) {
    buffer_clear(&reply->body);
    reply_drop_file(reply);
    reply->carried = NULL;
    reply->pieces = NULL;
    reply->tag = NULL;
    reply->http_status = http_status;
    reply->content_type = NULL;
}

__attribute__((format(printf, 4, 0))) static void problem_vprintf(struct reply *reply, enum problem_code code,
                                                                  const struct buffer *more, const char *format,
                                                                  va_list arguments) {
    char detail[512];
    vsnprintf(detail, sizeof detail, format, arguments);
    enum problem_written written = PROBLEM_NO_WRITE;
    if (reply->write)
        written = reply->written || code == PROBLEM_INTERNAL || code == PROBLEM_WRITE_UNKNOWN ||
                          code == PROBLEM_READ_FAILED
                      ? PROBLEM_WRITTEN_UNKNOWN
                      : PROBLEM_WRITTEN_NOT;
    buffer_clear(&reply->body);
    reply_drop_file(reply);
    reply->carried = NULL;
    reply->pieces = NULL;
    reply->tag = NULL;
    problem_write(&reply->body, code, detail, written, more != NULL ? buffer_bytes(more) : BYTES_NONE);
    reply->failed = reply->failed || (more != NULL && more->failed);
    const struct problem_kind *kind = problem_kind(code);
    reply->problem = kind;
    reply->http_status = kind->http_status;
    reply->content_type = "application/problem+json";
    reply->cache_control = NULL;
    if (kind->retryable && kind->http_status >= 500 && reply->header_count < REPLY_HEADERS_MAX)
        reply->headers[reply->header_count++] = (struct reply_header){ "Retry-After", "1" };
}

void reply_problem(struct reply *reply, enum problem_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    problem_vprintf(reply, code, NULL, format, arguments);
    va_end(arguments);
}

void reply_problem_with(struct reply *reply, enum problem_code code, const struct buffer *more, const char *format,
                        ...) {
    va_list arguments;
    va_start(arguments, format);
    problem_vprintf(reply, code, more, format, arguments);
    va_end(arguments);
}

void reply_status(struct reply *reply, enum status status, const char *detail) {
    enum problem_code code = problem_of_status(status);
    reply_problem(reply, code, "%s", detail[0] != '\0' ? detail : problem_kind(code)->title);
}

void reply_live(struct reply *reply, const char *content_type) {
    reply->http_status = 200;
    reply->content_type = content_type;
    reply->cache_control = "no-cache, no-transform";
    reply->close = true;
    reply_header(reply, "X-Accel-Buffering", "no");
}

void reply_reconnect(struct reply *reply, const char *why) {
    buffer_clear(&reply->body);
    reconnect_append(&reply->body, why);
    reply->header_count = 0; /* of the problem */
    reply_live(reply, "text/event-stream");
    reply->breaks_off = true;
}

const char *reply_quote(struct reply *reply, struct bytes text) {
    size_t size = text.size < 80 ? text.size : 80;
    char *copy = arena_copy(reply->arena, text.data, size);
    if (copy == NULL)
        return "?";
    for (size_t i = 0; i < size; i++)
        if (copy[i] < 0x20 || copy[i] > 0x7e)
            copy[i] = '?';
    return copy;
}
