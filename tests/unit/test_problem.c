/* Problems: what each failure of the domain is to a client, and the document that says so. */
#include "api/http/problem.h"
#include "tests/unit/unit.h"

struct expected {
    enum status status;
    unsigned http_status;
    const char *code;
};

static const struct expected REFUSALS[] = {
    { STATUS_INVALID, 400, "bad_request" },
    { STATUS_UNSUPPORTED, 422, "unsupported_by_engine" },
    { STATUS_TOPIC_NOT_FOUND, 404, "topic_not_found" },
    { STATUS_TOPIC_EXISTS, 409, "topic_exists" },
    { STATUS_PARTITION_NOT_FOUND, 404, "partition_not_found" },
    { STATUS_PARTITIONS_SHRINK, 409, "partitions_shrink" },
    { STATUS_GROUP_NOT_FOUND, 404, "group_not_found" },
    { STATUS_OFFSET_GONE, 410, "offset_gone" },
    { STATUS_OFFSET_MISMATCH, 412, "offset_mismatch" },
    { STATUS_EVENT_NOT_FOUND, 404, "event_not_found" },
    { STATUS_CURSOR_INVALID, 400, "cursor_invalid" },
    { STATUS_CURSOR_MISMATCH, 400, "cursor_mismatch" },
    { STATUS_TOPIC_RECREATED, 410, "topic_recreated" },
    { STATUS_TOO_MANY_PARTITIONS, 400, "too_many_partitions" },
};
/* The same request may succeed later. */
static const struct expected FOR_NOW[] = {
    { STATUS_OFFSET_BEYOND, 416, "offset_beyond" },
    { STATUS_OVERLOADED, 503, "overloaded" },
    { STATUS_TIMED_OUT, 503, "timeout" },
    { STATUS_CANCELLED, 503, "timeout" },
    { STATUS_DISK_FULL, 507, "disk_full" },
    { STATUS_READ_ONLY, 503, "read_only" },
    { STATUS_CLOSING, 503, "closing" },
    { STATUS_NO_MEMORY, 503, "overloaded" },
    { STATUS_WRITE_UNKNOWN, 500, "write_unknown" },
    { STATUS_IO, 500, "internal" },
    { STATUS_NEWER_FORMAT, 500, "internal" },
    { STATUS_LOCKED, 500, "internal" },
};
static const struct expected FOR_GOOD[] = { { STATUS_CORRUPT, 500, "corrupt" } };

static void check(const struct expected *all, size_t count, bool retryable) {
    for (size_t i = 0; i < count; i++) {
        const struct problem_kind *kind = problem_kind(problem_of_status(all[i].status));
        const char *name = status_name(all[i].status);
        ck_assert_msg(strcmp(kind->code, all[i].code) == 0, "%s is %s", name, kind->code);
        ck_assert_msg(kind->http_status == all[i].http_status, "%s is %u", name, kind->http_status);
        ck_assert_msg(kind->retryable == retryable, "%s: retryable", name);
        ck_assert_uint_gt(strlen(kind->title), 0);
    }
}

#define CHECK(all, retryable) check(all, sizeof(all) / sizeof(all)[0], retryable)

START_TEST(each_failure_is_a_problem) {
    CHECK(REFUSALS, false);
    CHECK(FOR_NOW, true);
    CHECK(FOR_GOOD, false);
    /* A mistake of ours is told as one, never as a success. */
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
