/* Problems: every error of the API as RFC 9457 has it. One table of codes, which openapi.yaml repeats and a test
 * compares. */
#ifndef TAILRACE_API_PROBLEM_H
#define TAILRACE_API_PROBLEM_H

#include "base/buffer.h"
#include "base/status.h"

/* Name, code, HTTP status, retryable, title. Two rows may share a code: what it means for a reader and for a commit are
 * two statuses. */
#define PROBLEMS(X)                                                                                                    \
    X(BAD_REQUEST, bad_request, 400, false, "The request is malformed")                                                \
    X(BAD_HEADERS, bad_headers, 400, false, "The headers are ambiguous or malformed")                                  \
    X(BAD_PARAMETER, bad_parameter, 400, false, "A query parameter is unknown, repeated or malformed")                 \
    X(BAD_SETTING, bad_setting, 400, false, "A setting is malformed")                                                  \
    X(UNKNOWN_MEMBER, unknown_member, 400, false, "The document has a member that means nothing here")                 \
    X(INVALID_NAME, invalid_name, 400, false, "This is not a name")                                                    \
    X(RESERVED_NAME, reserved_name, 400, false, "Names that begin with __ are reserved")                               \
    X(INVALID_JSON, invalid_json, 400, false, "The body is not valid JSON")                                            \
    X(INVALID_EVENTS, invalid_events, 400, false, "Some events are not valid")                                         \
    X(INVALID_ENCODING, invalid_encoding, 400, false, "The body does not match its Content-Encoding")                  \
    X(EMPTY_BODY, empty_body, 400, false, "The body is empty")                                                         \
    X(NOT_SUPPORTED, not_supported, 400, false, "This is not supported yet")                                           \
    X(CURSOR_INVALID, cursor_invalid, 400, false, "This is not a cursor")                                              \
    X(CURSOR_MISMATCH, cursor_mismatch, 400, false, "The cursor belongs to another selection")                         \
    X(TOO_MANY_PARTITIONS, too_many_partitions, 400, false, "The selection has too many partitions")                   \
    X(ORIGIN_NOT_ALLOWED, origin_not_allowed, 403, false, "Pages of this origin may not call")                         \
    X(HOST_NOT_ALLOWED, host_not_allowed, 403, false, "This server does not answer to that host name")                 \
    X(NOT_FOUND, not_found, 404, false, "There is nothing at this path")                                               \
    X(TOPIC_NOT_FOUND, topic_not_found, 404, false, "There is no such topic")                                          \
    X(PARTITION_NOT_FOUND, partition_not_found, 404, false, "The topic has no such partition")                         \
    X(EVENT_NOT_FOUND, event_not_found, 404, false, "There is no event at this offset")                                \
    X(GROUP_NOT_FOUND, group_not_found, 404, false, "There is no such consumer group")                                 \
    X(METHOD_NOT_ALLOWED, method_not_allowed, 405, false, "The method is not allowed here")                            \
    X(REQUEST_TIMEOUT, request_timeout, 408, true, "The request did not arrive in time")                               \
    X(TOPIC_EXISTS, topic_exists, 409, false, "The topic exists with other settings")                                  \
    X(PARTITIONS_SHRINK, partitions_shrink, 409, false, "Partitions can only be added")                                \
    X(COMMIT_BEYOND, commit_beyond, 409, true, "The offset is not there yet")                                          \
    X(COMMIT_TOPIC_RECREATED, topic_recreated, 409, false, "The topic was deleted and created again")                  \
    X(OFFSET_GONE, offset_gone, 410, false, "The offset is not there any more")                                        \
    X(TOPIC_RECREATED, topic_recreated, 410, false, "The topic was deleted and created again")                         \
    X(LENGTH_REQUIRED, length_required, 411, false, "The request has no length")                                       \
    X(OFFSET_MISMATCH, offset_mismatch, 412, false, "The stored offset is another one")                                \
    X(BODY_TOO_LARGE, body_too_large, 413, false, "The body is too large")                                             \
    X(TOO_MANY_EVENTS, too_many_events, 413, false, "The body has too many events")                                    \
    X(EVENT_TOO_LARGE, event_too_large, 413, false, "An event is too large")                                           \
    X(UNSUPPORTED_MEDIA_TYPE, unsupported_media_type, 415, false, "Media type not supported")                          \
    X(UNSUPPORTED_ENCODING, unsupported_encoding, 415, false, "This content encoding is not supported")                \
    X(OFFSET_BEYOND, offset_beyond, 416, true, "The offset is not there yet")                                          \
    X(UNSUPPORTED_BY_ENGINE, unsupported_by_engine, 422, false, "The storage engine cannot do this")                   \
    X(HEADERS_TOO_LARGE, headers_too_large, 431, false, "The headers are too large")                                   \
    X(INTERNAL, internal, 500, true, "Something broke in the server")                                                  \
    X(CORRUPT, corrupt, 500, false, "Stored data is damaged")                                                          \
    X(WRITE_UNKNOWN, write_unknown, 500, true, "It is not known whether the write is there")                           \
    X(UNSUPPORTED_TRANSFER_ENCODING, unsupported_transfer_encoding, 501, false, "Transfer encoding not supported")     \
    X(OVERLOADED, overloaded, 503, true, "The server has too much to do")                                              \
    X(TIMEOUT, timeout, 503, true, "The work could not begin in time")                                                 \
    X(READ_ONLY, read_only, 503, true, "Writes have stopped after a failure")                                          \
    X(CLOSING, closing, 503, true, "The server is shutting down")                                                      \
    X(TOO_MANY_CONNECTIONS, too_many_connections, 503, true, "There are too many connections")                         \
    X(DISK_FULL, disk_full, 507, true, "The disk is nearly full")

enum problem_code {
#define X(name, code, http, retryable, title) PROBLEM_##name,
    PROBLEMS(X)
#undef X
};

struct problem_kind {
    const char *code;
    const char *title;
    unsigned http_status;
    bool retryable;
};

/* Static. */
const struct problem_kind *problem_kind(enum problem_code code);

/* How many there are: the codes are 0 … problem_kind_count() - 1. */
size_t problem_kind_count(void);

/* The problem that a failure of the domain is. Not for STATUS_OK. */
enum problem_code problem_of_status(enum status status);

/* What is known of a write that failed. */
enum problem_written { PROBLEM_NO_WRITE, PROBLEM_WRITTEN_NOT, PROBLEM_WRITTEN_UNKNOWN };

/* The document; `more` is JSON to stand behind the fixed members ("\"cursor\":\"…\""), or none. For those who have no
 * request at hand; replies use reply_problem. */
void problem_write(struct buffer *body, enum problem_code code, const char *detail, enum problem_written written,
                   struct bytes more);

#endif
