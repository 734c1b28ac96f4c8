/* Writes to the catalogue, and its answers. */
#include "tests/alloc/catalog.h"

#include <stdio.h>

enum { TEXT_BYTES = 512, ABSENT = 0 };

struct expected {
    const char *topic;
    unsigned before; /* partitions; ABSENT: it is not there */
    unsigned after;
};

/* The topic is as before, or as after. */
static bool find_topic(struct run *run, const void *context, bool *ret_there) {
    const struct expected *expected = context;
    autoanswer struct answer answer = { 0 };
    char target[TEXT_BYTES];
    snprintf(target, sizeof target, "/topics/%s", expected->topic);
    if (!call_retry(run, &(struct call){ .method = "GET", .target = target }, &(struct right){ 200, 404, NULL },
                    &answer))
        return false;

    json_t *topic = json_loadb(answer.body.data, answer.body.size, 0, NULL);
    size_t partitions = json_array_size(json_object_get(topic, "partitions"));
    json_decref(topic);
    *ret_there = partitions == expected->after;
    return partitions == expected->before || partitions == expected->after ||
           run_wrong(run, "%s has %zu partitions, not %u or %u", target, partitions, expected->before, expected->after);
}

static bool write_topic(struct run *run, const char *method, unsigned status, const struct expected *expected,
                        const char *settings) {
    char target[TEXT_BYTES];
    snprintf(target, sizeof target, "/topics/%s", expected->topic);
    struct call call = { .method = method, .target = target, .body = bytes_text(settings) };
    return call_write(run, &call, status, find_topic, expected);
}

bool catalog_put(struct run *run, const char *topic, unsigned partitions) {
    char settings[TEXT_BYTES];
    snprintf(settings, sizeof settings, "{\"partitions\":%u,\"key_pointer\":\"/id~1x\"}", partitions);
    return write_topic(run, "PUT", 201, &(struct expected){ topic, ABSENT, partitions }, settings);
}

bool catalog_grow(struct run *run, const char *topic, unsigned partitions) {
    char settings[TEXT_BYTES];
    snprintf(settings, sizeof settings, "{\"partitions\":%u}", partitions);
    return write_topic(run, "PATCH", 200, &(struct expected){ topic, partitions - 1, partitions }, settings);
}

bool catalog_delete(struct run *run, const char *topic) {
    char target[TEXT_BYTES];
    bool there = false;
    snprintf(target, sizeof target, "/topics/%s", topic);
    json_t *before = call_json(run, &(struct call){ .method = "GET", .target = target },
                               &(struct right){ 200, 0, NULL });
    unsigned partitions = (unsigned)json_array_size(json_object_get(before, "partitions"));
    struct expected expected = { topic, partitions, ABSENT };
    json_decref(before);
    return before != NULL && write_topic(run, "DELETE", 204, &expected, NULL) && find_topic(run, &expected, &there);
}

/* The capabilities of the memory engine, of which none may be missing. */
static bool check_description(struct run *run, const json_t *topic) {
    return json_array_size(json_object_get(topic, "capabilities")) == 8 ||
           run_wrong(run, "a description without some of the capabilities");
}

static bool query_lists(struct run *run, const char *topic) {
    char target[TEXT_BYTES];
    const struct right good = { .status = 200 };
    snprintf(target, sizeof target, "/topics?limit=10&prefix=%s", topic);
    json_t *list = call_json(run, &(struct call){ .method = "GET", .target = target }, &good);
    const json_t *first = json_array_get(json_object_get(list, "topics"), 0);
    bool right = list != NULL && check_description(run, first);
    json_decref(list);
    return right;
}

bool catalog_query(struct run *run, const char *topic) {
    autoanswer struct answer answer = { 0 };
    char target[TEXT_BYTES];
    snprintf(target, sizeof target, "/topics/%s", topic);
    struct call same = { .method = "PUT", .target = target, .body = BYTES_LITERAL("{\"key_pointer\":\"/id~1x\"}") };
    struct call other = { .method = "PUT", .target = target, .body = BYTES_LITERAL("{\"max_event_bytes\":4711}") };
    struct call unknown = { .method = "PUT",
                            .target = target,
                            .body = BYTES_LITERAL("{\"a_long_name_of_no_setting\":1}") };
    struct call broken = { .method = "PUT", .target = target, .body = BYTES_LITERAL("{\"partitions\":1,}") };
    return query_lists(run, topic) && call_retry(run, &same, &(struct right){ 200, 0, NULL }, &answer) &&
           call_retry(run, &other, &(struct right){ 409, 0, "topic_exists" }, &answer) &&
           call_retry(run, &unknown, &(struct right){ 400, 0, "unknown_member" }, &answer) &&
           call_retry(run, &broken, &(struct right){ 400, 0, "invalid_json" }, &answer);
}
