/* Answers, held against what api.md's readers may rely on. */
#include "tests/alloc/calls.h"

#include "tests/alloc/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

enum { ATTEMPTS_MAX = 64, SHOWN_BYTES_MAX = 300 };

bool run_wrong(struct run *run, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (run->why[0] == '\0')
        vsnprintf(run->why, sizeof run->why, format, arguments);
    va_end(arguments);
    return false;
}

static bool wrong_answer(struct run *run, const struct call *call, const struct answer *answer, const char *what) {
    int size = answer->body.size < SHOWN_BYTES_MAX ? (int)answer->body.size : SHOWN_BYTES_MAX;
    return run_wrong(run, "%s %s: %s: %u %.*s", call->method, call->target, what, answer->status, size,
                     bytes_present(answer->body) ? answer->body.data : "");
}

bool call_excused(struct run *run, const struct call *call, const struct answer *answer) {
    if (answer->timed_out)
        return wrong_answer(run, call, answer, "no answer in a long time");
    return faults_failed() > 0 || wrong_answer(run, call, answer, "no answer, and no allocation had failed");
}

static bool header_is(const struct answer *answer, const char *name, const char *value) {
    struct bytes there = client_header(answer, name);
    return bytes_present(there) && bytes_equal(there, bytes_text(value));
}

/* What every answer has, and every problem. */
static bool check_form(struct run *run, const struct call *call, const struct answer *answer, const char *code) {
    if (client_header(answer, "Request-Id").size == 0 || client_header(answer, "Cache-Control").size == 0)
        return wrong_answer(run, call, answer, "without Request-Id or Cache-Control");
    if (code == NULL)
        return true;

    json_t *problem = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    const char *actual = json_string_value(json_object_get(problem, "code"));
    bool good = header_is(answer, "Content-Type", "application/problem+json") && actual != NULL &&
                strcmp(actual, code) == 0 && json_is_string(json_object_get(problem, "title")) &&
                json_is_string(json_object_get(problem, "detail")) &&
                json_integer_value(json_object_get(problem, "status")) == answer->status &&
                json_is_boolean(json_object_get(problem, "retryable"));
    json_decref(problem);
    return good || wrong_answer(run, call, answer, "a problem that is not well made");
}

static bool is_write(const struct call *call) {
    return strcmp(call->method, "GET") != 0 && strcmp(call->method, "OPTIONS") != 0;
}

bool call_check_unavailable(struct run *run, const struct call *call, const struct answer *answer,
                            bool *ret_written_not) {
    if (faults_failed() == 0)
        return wrong_answer(run, call, answer, "no allocation had failed");
    if (!check_form(run, call, answer, "overloaded"))
        return false;
    json_t *problem = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    const json_t *written = json_object_get(problem, "written");
    /* What ends before the request is read cannot know that it is no write. */
    bool good = json_is_false(written) || (is_write(call) ? json_is_null(written) : written == NULL);
    *ret_written_not = json_is_false(written);
    json_decref(problem);
    return good || wrong_answer(run, call, answer, "a 503 that does not say what became of the write");
}

static bool is_right(const struct answer *answer, const struct right *right) {
    return answer->status != 0 && (answer->status == right->status || answer->status == right->other);
}

enum outcome { OUTCOME_RIGHT, OUTCOME_NOTHING_DONE, OUTCOME_UNKNOWN, OUTCOME_WRONG };

static enum outcome call_once(struct run *run, const struct call *call, const struct right *right,
                              struct answer *answer) {
    bool written_not = false;
    client_exchange(run->port, call, answer);
    if (is_right(answer, right))
        return check_form(run, call, answer, right->code) ? OUTCOME_RIGHT : OUTCOME_WRONG;
    if (answer->status == 0)
        return call_excused(run, call, answer) ? OUTCOME_UNKNOWN : OUTCOME_WRONG;
    if (answer->status != 503) {
        wrong_answer(run, call, answer, "unexpected");
        return OUTCOME_WRONG;
    }
    if (!call_check_unavailable(run, call, answer, &written_not))
        return OUTCOME_WRONG;
    return written_not ? OUTCOME_NOTHING_DONE : OUTCOME_UNKNOWN;
}

bool call_retry(struct run *run, const struct call *call, const struct right *right, struct answer *answer) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        enum outcome outcome = call_once(run, call, right, answer);
        if (outcome == OUTCOME_RIGHT)
            return true;
        if (outcome == OUTCOME_WRONG)
            return false;
    }
    return wrong_answer(run, call, answer, "never answered");
}

json_t *call_json(struct run *run, const struct call *call, const struct right *right) {
    autoanswer struct answer answer = { 0 };
    if (!call_retry(run, call, right, &answer))
        return NULL;
    json_t *document = json_loadb(answer.body.data, answer.body.size, 0, NULL);
    if (document == NULL)
        wrong_answer(run, call, &answer, "not JSON");
    return document;
}

bool call_write(struct run *run, const struct call *call, unsigned status, write_check check, const void *context) {
    const struct right right = { .status = status };
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        autoanswer struct answer answer = { 0 };
        bool there = false;
        enum outcome outcome = call_once(run, call, &right, &answer);
        if (outcome == OUTCOME_RIGHT && !faults_armed())
            return true;
        if (outcome == OUTCOME_WRONG || !check(run, context, &there))
            return false;
        if (outcome == OUTCOME_RIGHT && !there)
            return wrong_answer(run, call, &answer, "says that it is done, and it is not there");
        if (outcome == OUTCOME_NOTHING_DONE && there)
            return wrong_answer(run, call, &answer, "says that it is not written, and it is there");
        if (there)
            return true;
    }

    return run_wrong(run, "%s %s: never done", call->method, call->target);
}
