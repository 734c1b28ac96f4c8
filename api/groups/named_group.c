/* The consumer group that a path names. */
#include "api/groups/named_group.h"

#include "api/topics/named_topic.h"

const char *named_group(struct request *request, struct reply *reply) {
    struct bytes name = request->path_params[0];
    return topic_name_valid(name, reply) ? name.data : NULL; /* groups are named as topics are */
}

void reply_group_not_found(struct reply *reply, struct bytes name) {
    const char *text = reply_quote(reply, name);
    reply_problem(reply, PROBLEM_GROUP_NOT_FOUND,
                  "group %s has no committed offsets; commit some with POST /groups/%s/offsets", text, text);
}
