/* Problems: what each failure of the domain is to a client, and the document that says so. */
#include "api/http/problem.h"
#include "tests/unit/unit.h"

struct expected {
    enum status status;
    unsigned http_status;
    const char *code;
    bool retryable; /* the same request may succeed later */
};

static const struct expected EXPECTED[] = {
    { STATUS_INVALID, 400, "bad_request", false },
    { STATUS_UNSUPPORTED, 422, "unsupported_by_engine", false },
    { STATUS_TOPIC_NOT_FOUND, 404, "topic_not_found", false },
    { STATUS_TOPIC_EXISTS, 409, "topic_exists", false },
    { STATUS_PARTITION_NOT_FOUND, 404, "partition_not_found", false },
    { STATUS_PARTITIONS_SHRINK, 409, "partitions_shrink", false },
    { STATUS_GROUP_NOT_FOUND, 404, "group_not_found", false },
    { STATUS_OFFSET_GONE, 410, "offset_gone", false },
    { STATUS_OFFSET_MISMATCH, 412, "offset_mismatch", false },
    { STATUS_EVENT_NOT_FOUND, 404, "event_not_found", false },
    { STATUS_CURSOR_INVALID, 400, "cursor_invalid", false },
    { STATUS_CURSOR_MISMATCH, 400, "cursor_mismatch", false },
    { STATUS_TOPIC_RECREATED, 410, "topic_recreated", false },
    { STATUS_TOO_MANY_PARTITIONS, 400, "too_many_partitions", false },
    { STATUS_OFFSET_BEYOND, 416, "offset_beyond", true },
    { STATUS_GROUP_ACTIVE, 409, "group_active", true },
    { STATUS_OVERLOADED, 503, "overloaded", true },
    { STATUS_TIMED_OUT, 503, "timeout", true },
    { STATUS_UNAVAILABLE, 503, "unavailable", true },
    { STATUS_DISK_FULL, 507, "disk_full", true },
    { STATUS_READ_ONLY, 503, "read_only", true },
    { STATUS_CLOSING, 503, "closing", true },
    { STATUS_NO_MEMORY, 503, "overloaded", true },
    { STATUS_WRITE_UNKNOWN, 500, "write_unknown", true },
    { STATUS_IO, 500, "read_failed", true },
    { STATUS_NEWER_FORMAT, 500, "internal", true },
    { STATUS_LOCKED, 500, "internal", true },
    { STATUS_CORRUPT, 500, "read_failed", true },
};

START_TEST(each_failure_is_a_problem) {
    for (size_t i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++) {
        const struct expected *expected = &EXPECTED[i];
        const struct problem_kind *kind = problem_kind(problem_of_status(expected->status));
        const char *name = status_name(expected->status);
        ck_assert_msg(strcmp(kind->code, expected->code) == 0, "%s is %s", name, kind->code);
        ck_assert_msg(kind->http_status == expected->http_status, "%s is %u", name, kind->http_status);
        ck_assert_msg(kind->retryable == expected->retryable, "%s: retryable", name);
        ck_assert_uint_gt(strlen(kind->title), 0);
    }

    /* A mistake of ours becomes an error, never a success. */
    ck_assert_str_eq(problem_kind(problem_of_status(STATUS_OK))->code, "internal");
}
END_TEST

static void check_document(enum problem_written written, const char *detail, struct bytes more, const char *expected) {
    autobuffer struct buffer body = { 0 };
    problem_write(&body, PROBLEM_CLOSING, detail, written, more);
    unit_assert_bytes(buffer_bytes(&body), expected);
}

#define HEAD "{\"type\":\"about:blank\",\"title\":\"Server is shutting down\",\"status\":503,\"detail\":"
#define TAIL ",\"code\":\"closing\",\"retryable\":true"

START_TEST(documents) {
    check_document(PROBLEM_NO_WRITE, "a \"word\"", BYTES_NONE, HEAD "\"a \\\"word\\\"\"" TAIL "}\n");
    check_document(PROBLEM_WRITTEN_NOT, "", BYTES_NONE, HEAD "\"\"" TAIL ",\"written\":false}\n");
    check_document(PROBLEM_WRITTEN_UNKNOWN, "x", BYTES_LITERAL("\"stored\":3"),
                   HEAD "\"x\"" TAIL ",\"written\":null,\"stored\":3}\n");
    /* A detail that was cut within a character would make the document one that nobody can read. */
    check_document(PROBLEM_NO_WRITE, "cut \xc3", BYTES_NONE, HEAD "\"Server is shutting down\"" TAIL "}\n");
}
END_TEST

int main(void) { return unit_run("problem", (const TTest *const[]){ each_failure_is_a_problem, documents, NULL }); }
