/* Commits, and what is there of them. */
#include "tests/alloc/groups.h"

#include <stdio.h>

enum { TEXT_BYTES = 1024, NOTHING = -1 };

static const char GROUP[] = "/groups/readers-of-orders";
static const struct right GOOD = { .status = 200 };

struct expected {
    json_int_t before; /* the committed offset of partition 0, or NOTHING */
    json_int_t after;
};

static json_int_t committed_offset(const json_t *group) {
    const json_t *offsets = json_object_get(group, "offsets");
    for (size_t i = 0; i < json_array_size(offsets); i++) {
        const json_t *offset = json_array_get(offsets, i);
        if (json_integer_value(json_object_get(offset, "partition")) == 0)
            return json_integer_value(json_object_get(offset, "offset"));
    }
    return NOTHING;
}

static bool find_offset(struct run *run, const void *context, bool *ret_there) {
    const struct expected *expected = context;
    autoanswer struct answer answer = { 0 };
    if (!call_retry(run, &(struct call){ .method = "GET", .target = GROUP }, &(struct right){ 200, 404, NULL },
                    &answer))
        return false;
    json_t *group = json_loadb(answer.body.data, answer.body.size, 0, NULL);
    json_int_t offset = committed_offset(group);
    json_decref(group);
    *ret_there = offset == expected->after;
    return offset == expected->before || offset == expected->after ||
           run_wrong(run, "%lld is committed, not %lld or %lld", (long long)offset, (long long)expected->before,
                     (long long)expected->after);
}

static bool commit(struct run *run, const char *document, json_int_t before, json_int_t after) {
    char target[TEXT_BYTES];
    snprintf(target, sizeof target, "%s/offsets", GROUP);
    struct call call = { .method = "POST", .target = target, .body = bytes_text(document) };
    return call_write(run, &call, 200, find_offset, &(struct expected){ before, after });
}

static bool forget(struct run *run, const char *target, json_int_t before) {
    struct call call = { .method = "DELETE", .target = target };
    return call_write(run, &call, 204, find_offset, &(struct expected){ before, NOTHING });
}

/* The cursor behind the first event. */
static bool commit_cursor(struct run *run, const struct ledger *ledger, json_int_t before, json_int_t after) {
    char target[TEXT_BYTES];
    char document[TEXT_BYTES];
    snprintf(target, sizeof target, "/topics/%s/events?partition=0&limit=%lld", ledger->topic, (long long)after);
    json_t *page = call_json(run, &(struct call){ .method = "GET", .target = target }, &GOOD);
    const char *next = json_string_value(json_object_get(page, "next"));
    snprintf(document, sizeof document, "{\"cursor\":\"%s\"}", next != NULL ? next : "");
    json_decref(page);
    return page != NULL && commit(run, document, before, after);
}

static bool call_refused(struct run *run, const struct ledger *ledger) {
    autoanswer struct answer answer = { 0 };
    char target[TEXT_BYTES];
    char beyond[TEXT_BYTES];
    snprintf(target, sizeof target, "%s/offsets", GROUP);
    snprintf(beyond, sizeof beyond, "{\"offsets\":[{\"topic\":\"%s\",\"partition\":0,\"offset\":4711}]}",
             ledger->topic);
    struct call call = { .method = "POST", .target = target, .body = bytes_text(beyond) };
    if (!call_retry(run, &call, &(struct right){ 409, 0, "commit_beyond" }, &answer))
        return false;
    call.body = BYTES_LITERAL("{\"offsets\":[{\"topic\":\"not-there\",\"partition\":0,\"offset\":0}]}");
    return call_retry(run, &call, &(struct right){ 404, 0, "topic_not_found" }, &answer);
}

static bool read_group(struct run *run, const struct ledger *ledger, json_int_t committed) {
    char target[TEXT_BYTES];
    json_t *list = call_json(run, &(struct call){ .method = "GET", .target = "/groups?prefix=readers" }, &GOOD);
    size_t count = json_array_size(json_object_get(list, "groups"));
    json_decref(list);
    if (count != 1)
        return run_wrong(run, "%zu groups are listed, not one", count);
    snprintf(target, sizeof target, "/topics/%s/events?partition=0&group=%s", ledger->topic, GROUP + sizeof "/groups");
    json_t *page = call_json(run, &(struct call){ .method = "GET", .target = target }, &GOOD);
    const json_t *first = json_array_get(json_object_get(page, "events"), 0);
    bool good = first != NULL && json_integer_value(json_object_get(first, "offset")) == committed;
    json_decref(page);
    return good || run_wrong(run, "%s does not go on at %lld", target, (long long)committed);
}

bool groups_prepare(struct run *run, struct ledger *ledger) {
    char document[TEXT_BYTES];
    snprintf(document, sizeof document,
             "{\"offsets\":[{\"topic\":\"%s\",\"partition\":0,\"offset\":1,\"metadata\":\"by hand\"},"
             "{\"topic\":\"%s\",\"partition\":1,\"offset\":0}]}",
             ledger->topic, ledger->topic);
    return commit(run, document, NOTHING, 1);
}

bool groups_commit(struct run *run, struct ledger *ledger) {
    return groups_prepare(run, ledger) && commit_cursor(run, ledger, 1, 2) && read_group(run, ledger, 2);
}

bool groups_forget(struct run *run, struct ledger *ledger) {
    char of_topic[TEXT_BYTES];
    snprintf(of_topic, sizeof of_topic, "%s/topics/%s", GROUP, ledger->topic);
    return call_refused(run, ledger) && forget(run, of_topic, 1) && groups_prepare(run, ledger) &&
           forget(run, GROUP, 1);
}
