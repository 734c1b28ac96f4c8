/* Names of topics and groups. */
#include "api/topics/names.h"

#include "gateway/json/json.h"
#include "gateway/settings.h"
#include "gateway/topics.h"

#include <inttypes.h>

bool name_valid(struct bytes name, struct reply *reply) {
    switch (name_check(name)) {
    case NAME_GOOD: return true;
    case NAME_INVALID:
        reply_problem(reply, PROBLEM_INVALID_NAME,
                      "expected 1 to %d of the characters A-Z a-z 0-9 . _ - (not . or .. alone), got %s",
                      STORAGE_TOPIC_NAME_BYTES_MAX, reply_quote(reply, name));
        return false;
    case NAME_RESERVED:
        reply_problem(reply, PROBLEM_RESERVED_NAME, "names that start with __ are reserved; choose another than %s",
                      reply_quote(reply, name));
        return false;
    }
    return false;
}

struct storage_topic *named_topic(struct request *request, struct reply *reply) {
    struct bytes name = request_path_param(request, "topic");
    if (!name_valid(name, reply))
        return NULL;

    struct storage_topic *topic = topics_find(request->gateway->topics, name);
    if (topic == NULL)
        reply_topic_not_found(reply, name);
    return topic;
}

const char *named_group(struct request *request, struct reply *reply) {
    struct bytes name = request_path_param(request, "group");
    return name_valid(name, reply) ? name.data : NULL;
}

void reply_topic_not_found(struct reply *reply, struct bytes name) {
    const char *text = reply_quote(reply, name);
    reply_problem(reply, PROBLEM_TOPIC_NOT_FOUND, "topic %s does not exist; create it with PUT /topics/%s", text, text);
}

/* `topic`: only its offsets were looked for; none: those of all topics. */
static void reply_group_not_found(struct reply *reply, struct bytes group, struct bytes topic) {
    const char *text = reply_quote(reply, group);
    if (bytes_present(topic))
        reply_problem(reply, PROBLEM_GROUP_NOT_FOUND, "group %s has no committed offsets of topic %s", text,
                      reply_quote(reply, topic));
    else
        reply_problem(reply, PROBLEM_GROUP_NOT_FOUND,
                      "group %s has no committed offsets; commit some with POST /groups/%s/offsets", text, text);
}

/* Not the log of a partition: the catalogue, or what groups have committed. */
static void reply_store_unreadable(struct request *request, struct reply *reply, const char *reason) {
    read_failures_note_elsewhere(request->gateway->failures, reason);
    reply_problem(reply, PROBLEM_READ_FAILED, "%s", READ_FAILURE_ELSEWHERE);
}

void reply_read_failed(struct reply *reply, const struct read_failure *failure) {
    autobuffer struct buffer more = { 0 };
    buffer_append_text(&more, "\"topic\":");
    json_append_string(&more, bytes_text(failure->topic));
    buffer_printf(&more, ",\"partition\":%" PRIu32 ",\"offset\":%" PRIu64, failure->partition, failure->offset);
    reply_problem_with(reply, PROBLEM_READ_FAILED, &more,
                       "partition %" PRIu32 " of topic %s cannot be read from offset %" PRIu64
                       " on; the log of the server says why",
                       failure->partition, failure->topic, failure->offset);
}

void reply_failure(struct request *request, struct reply *reply, enum status status, const char *detail) {
    struct bytes topic = request_path_param(request, "topic");
    struct bytes group = request_path_param(request, "group");
    if (status == STATUS_TOPIC_NOT_FOUND && bytes_present(topic))
        reply_topic_not_found(reply, topic);
    else if (status == STATUS_GROUP_NOT_FOUND && bytes_present(group))
        reply_group_not_found(reply, group, topic);
    else if (status_is_read_failure(status))
        reply_store_unreadable(request, reply, detail);
    else
        reply_status(reply, status, detail);
}

bool write_succeeded(struct request *request, struct reply *reply, const struct storage_op *op) {
    if (op->status != STATUS_OK) {
        reply_failure(request, reply, op->status, op->detail);
        return false;
    }
    reply->written = true;
    return true;
}
