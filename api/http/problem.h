/* Problems: every error of the API as RFC 9457 has it. One table of codes, which openapi.yaml repeats and a test
 * compares. */
#ifndef TAILRACE_API_HTTP_PROBLEM_H
#define TAILRACE_API_HTTP_PROBLEM_H

#include "base/buffer.h"
#include "base/status.h"

/* Name, code, HTTP status, retryable, title. Two rows may share a code, if it has one status
 * for a reader and another for a commit. */
#define PROBLEMS(X)                                                                                                    \
    X(BAD_REQUEST, bad_request, 400, false, "Malformed request")                                                       \
    X(BAD_HEADERS, bad_headers, 400, false, "Ambiguous or malformed headers")                                          \
    X(BAD_PARAMETER, bad_parameter, 400, false, "Invalid query parameter")                                             \
    X(BAD_SETTING, bad_setting, 400, false, "Invalid setting")                                                         \
    X(UNKNOWN_MEMBER, unknown_member, 400, false, "Unknown member in the document")                                    \
    X(INVALID_NAME, invalid_name, 400, false, "Invalid name")                                                          \
    X(RESERVED_NAME, reserved_name, 400, false, "Reserved name")                                                       \
    X(INVALID_JSON, invalid_json, 400, false, "Invalid JSON")                                                          \
    X(INVALID_EVENTS, invalid_events, 400, false, "Invalid events")                                                    \
    X(INVALID_ENCODING, invalid_encoding, 400, false, "Body does not match its Content-Encoding")                      \
    X(EMPTY_BODY, empty_body, 400, false, "Empty body")                                                                \
    X(NOT_SUPPORTED, not_supported, 400, false, "Not supported yet")                                                   \
    X(CURSOR_INVALID, cursor_invalid, 400, false, "Invalid cursor")                                                    \
    X(CURSOR_MISMATCH, cursor_mismatch, 400, false, "Cursor does not match the selection")                             \
    X(TOO_MANY_PARTITIONS, too_many_partitions, 400, false, "Too many partitions selected")                            \
    X(ORIGIN_NOT_ALLOWED, origin_not_allowed, 403, false, "Origin not allowed")                                        \
    X(HOST_NOT_ALLOWED, host_not_allowed, 403, false, "Host not allowed")                                              \
    X(NOT_FOUND, not_found, 404, false, "Path not found")                                                              \
    X(TOPIC_NOT_FOUND, topic_not_found, 404, false, "Topic not found")                                                 \
    X(PARTITION_NOT_FOUND, partition_not_found, 404, false, "Partition not found")                                     \
    X(EVENT_NOT_FOUND, event_not_found, 404, false, "Event not found")                                                 \
    X(GROUP_NOT_FOUND, group_not_found, 404, false, "Consumer group not found")                                        \
    X(METHOD_NOT_ALLOWED, method_not_allowed, 405, false, "Method not allowed")                                        \
    X(REQUEST_TIMEOUT, request_timeout, 408, true, "Request not received in time")                                     \
    X(TOPIC_EXISTS, topic_exists, 409, false, "Topic exists with other settings")                                      \
    X(PARTITIONS_SHRINK, partitions_shrink, 409, false, "Partitions cannot be removed")                                \
    X(COMMIT_BEYOND, commit_beyond, 409, true, "Offset beyond the end of the partition")                               \
    X(COMMIT_TOPIC_RECREATED, topic_recreated, 409, false, "Topic was deleted and recreated")                          \
    X(GROUP_ACTIVE, group_active, 409, true, "Consumer group has live members")                                        \
    X(OFFSET_GONE, offset_gone, 410, false, "Offset no longer available")                                              \
    X(TOPIC_RECREATED, topic_recreated, 410, false, "Topic was deleted and recreated")                                 \
    X(LENGTH_REQUIRED, length_required, 411, false, "Length required")                                                 \
    X(OFFSET_MISMATCH, offset_mismatch, 412, false, "Stored offset does not match")                                    \
    X(BODY_TOO_LARGE, body_too_large, 413, false, "Body too large")                                                    \
    X(TOO_MANY_EVENTS, too_many_events, 413, false, "Too many events in one request")                                  \
    X(EVENT_TOO_LARGE, event_too_large, 413, false, "Event too large")                                                 \
    X(UNSUPPORTED_MEDIA_TYPE, unsupported_media_type, 415, false, "Media type not supported")                          \
    X(UNSUPPORTED_ENCODING, unsupported_encoding, 415, false, "Content encoding not supported")                        \
    X(OFFSET_BEYOND, offset_beyond, 416, true, "Offset beyond the end of the partition")                               \
    X(UNSUPPORTED_BY_ENGINE, unsupported_by_engine, 422, false, "Not supported by the storage engine")                 \
    X(HEADERS_TOO_LARGE, headers_too_large, 431, false, "Headers too large")                                           \
    X(INTERNAL, internal, 500, true, "Internal server error")                                                          \
    X(READ_FAILED, read_failed, 500, true, "Stored data cannot be read")                                               \
    X(WRITE_UNKNOWN, write_unknown, 500, true, "Write outcome unknown")                                                \
    X(UNSUPPORTED_TRANSFER_ENCODING, unsupported_transfer_encoding, 501, false, "Transfer encoding not supported")     \
    X(OVERLOADED, overloaded, 503, true, "Server overloaded")                                                          \
    X(TIMEOUT, timeout, 503, true, "Request queued for too long")                                                      \
    X(UNAVAILABLE, unavailable, 503, true, "Storage not reachable")                                                    \
    X(READ_ONLY, read_only, 503, true, "Writes are disabled after a failure")                                          \
    X(CLOSING, closing, 503, true, "Server is shutting down")                                                          \
    X(TOO_MANY_CONNECTIONS, too_many_connections, 503, true, "Too many connections")                                   \
    X(DISK_FULL, disk_full, 507, true, "Disk almost full")

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

/* The number of codes: they are 0 … problem_kind_count() - 1. */
size_t problem_kind_count(void);

/* The problem that stands for a failure of the domain. Not for STATUS_OK. */
enum problem_code problem_of_status(enum status status);

/* What is known of a write that failed. */
enum problem_written { PROBLEM_NO_WRITE, PROBLEM_WRITTEN_NOT, PROBLEM_WRITTEN_UNKNOWN };

/* Writes the document; `more` is JSON that follows the fixed members ("\"cursor\":\"…\""), or none. For answers without
 * a request; replies use reply_problem. */
void problem_write(struct buffer *body, enum problem_code code, const char *detail, enum problem_written written,
                   struct bytes more);

#endif
