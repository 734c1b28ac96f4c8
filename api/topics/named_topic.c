/* The topic that a path names. */
#include "api/topics/named_topic.h"

#include "gateway/settings.h"
#include "gateway/topics.h"

bool topic_name_valid(struct bytes name, struct reply *reply) {
    switch (name_check(name)) {
    case NAME_GOOD: return true;
    case NAME_INVALID:
        reply_problem(reply, PROBLEM_INVALID_NAME,
                      "expected 1 to 200 of the characters A-Z a-z 0-9 . _ - (not . or .. alone), got %s",
                      reply_quote(reply, name));
        return false;
    case NAME_RESERVED:
        reply_problem(reply, PROBLEM_RESERVED_NAME, "names that start with __ are reserved; choose another than %s",
                      reply_quote(reply, name));
        return false;
    }
    return false;
}

static bool part_read(struct request *request, struct reply *reply, const char *parameter, struct bytes *ret_text) {
    struct bytes text = request_query(request, parameter);
    if (!name_part_check(text)) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER,
                      "%s=%s: expected part of a name, of the characters A-Z a-z 0-9 . _ -", parameter,
                      reply_quote(reply, text));
        return false;
    }
    *ret_text = bytes_present(text) ? text : BYTES_LITERAL("");
    return true;
}

bool name_range_read(struct request *request, struct reply *reply, struct name_range *ret_range) {
    struct name_range range;
    uint64_t limit = LIMIT_LIST_DEFAULT;
    if (!request_query_number(request, "limit", 1, LIMIT_LIST, &limit, reply) ||
        !part_read(request, reply, "prefix", &range.prefix) || !part_read(request, reply, "after", &range.after))
        return false;
    range.limit = (size_t)limit;
    *ret_range = range;
    return true;
}

void reply_topic_not_found(struct reply *reply, struct bytes name) {
    const char *text = reply_quote(reply, name);
    reply_problem(reply, PROBLEM_TOPIC_NOT_FOUND, "topic %s does not exist; create it with PUT /topics/%s", text, text);
}

struct storage_topic *named_topic(struct request *request, struct reply *reply) {
    struct bytes name = request->path_params[0];
    if (!topic_name_valid(name, reply))
        return NULL;
    struct storage_topic *topic = topics_find(request->gateway->topics, name);
    if (topic == NULL)
        reply_topic_not_found(reply, name);
    return topic;
}
