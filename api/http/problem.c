/* The table of problems. */
#include "api/http/problem.h"

#include "gateway/json/json.h"

static const struct problem_kind KINDS[] = {
#define X(name, word, http, may_retry, text)                                                                           \
    [PROBLEM_##name] = { .code = #word, .title = (text), .http_status = (http), .retryable = (may_retry) },
    PROBLEMS(X)
#undef X
};

const struct problem_kind *problem_kind(enum problem_code code) { return &KINDS[code]; }

size_t problem_kind_count(void) { return sizeof KINDS / sizeof KINDS[0]; }

enum problem_code problem_of_status(enum status status) {
    switch (status) {
    case STATUS_INVALID: return PROBLEM_BAD_REQUEST;
    case STATUS_UNSUPPORTED: return PROBLEM_UNSUPPORTED_BY_ENGINE;
    case STATUS_TOPIC_NOT_FOUND: return PROBLEM_TOPIC_NOT_FOUND;
    case STATUS_TOPIC_EXISTS: return PROBLEM_TOPIC_EXISTS;
    case STATUS_PARTITION_NOT_FOUND: return PROBLEM_PARTITION_NOT_FOUND;
    case STATUS_PARTITIONS_SHRINK: return PROBLEM_PARTITIONS_SHRINK;
    case STATUS_GROUP_NOT_FOUND: return PROBLEM_GROUP_NOT_FOUND;
    case STATUS_GROUP_ACTIVE: return PROBLEM_GROUP_ACTIVE;
    case STATUS_OFFSET_GONE: return PROBLEM_OFFSET_GONE;
    case STATUS_OFFSET_BEYOND: return PROBLEM_OFFSET_BEYOND;
    case STATUS_OFFSET_MISMATCH: return PROBLEM_OFFSET_MISMATCH;
    case STATUS_EVENT_NOT_FOUND: return PROBLEM_EVENT_NOT_FOUND;
    case STATUS_CURSOR_INVALID: return PROBLEM_CURSOR_INVALID;
    case STATUS_CURSOR_MISMATCH: return PROBLEM_CURSOR_MISMATCH;
    case STATUS_TOPIC_RECREATED: return PROBLEM_TOPIC_RECREATED;
    case STATUS_TOO_MANY_PARTITIONS: return PROBLEM_TOO_MANY_PARTITIONS;
    case STATUS_OVERLOADED: return PROBLEM_OVERLOADED;
    case STATUS_TIMED_OUT: return PROBLEM_TIMEOUT;
    case STATUS_UNAVAILABLE: return PROBLEM_UNAVAILABLE;
    case STATUS_DISK_FULL: return PROBLEM_DISK_FULL;
    case STATUS_READ_ONLY: return PROBLEM_READ_ONLY;
    case STATUS_CLOSING: return PROBLEM_CLOSING;
    case STATUS_NO_MEMORY: return PROBLEM_OVERLOADED;
    case STATUS_WRITE_UNKNOWN: return PROBLEM_WRITE_UNKNOWN;
    case STATUS_IO:
    case STATUS_CORRUPT: return PROBLEM_READ_FAILED;
    case STATUS_OK: /* no failure: a mistake of ours, answered as one */
    case STATUS_NEWER_FORMAT:
    case STATUS_LOCKED: break;
    }
    return PROBLEM_INTERNAL;
}

void problem_write(struct buffer *body, enum problem_code code, const char *detail, enum problem_written written,
                   struct bytes more) {
    const struct problem_kind *kind = problem_kind(code);
    buffer_append_text(body, "{\"type\":\"about:blank\",\"title\":");
    json_append_string(body, bytes_text(kind->title));
    buffer_printf(body, ",\"status\":%u,\"detail\":", kind->http_status);
    json_append_string(body, utf8_valid(bytes_text(detail)) ? bytes_text(detail) : bytes_text(kind->title));
    buffer_printf(body, ",\"code\":\"%s\",\"retryable\":%s", kind->code, kind->retryable ? "true" : "false");
    if (written != PROBLEM_NO_WRITE)
        buffer_printf(body, ",\"written\":%s", written == PROBLEM_WRITTEN_NOT ? "false" : "null");
    if (more.size > 0) {
        buffer_append_u8(body, ',');
        buffer_append_bytes(body, more);
    }
    buffer_append_text(body, "}\n");
}
