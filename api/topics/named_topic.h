/* The topic that a path names. */
#ifndef TAILRACE_API_TOPICS_NAMED_TOPIC_H
#define TAILRACE_API_TOPICS_NAMED_TOPIC_H

#include "api/http/request.h"

/* Checks a name that a client gives to a topic. False: the reply says what is wrong with it. */
bool topic_name_valid(struct bytes name, struct reply *reply);

/* The topic of the first path parameter, a reference of the caller's. NULL: the reply says that there is none. */
struct storage_topic *named_topic(struct request *request, struct reply *reply);

/* Why there is no such topic, and the request that would make it. */
void reply_topic_not_found(struct reply *reply, struct bytes name);

/* Which names a list is to have. The texts are ended by a NUL, and "" where there is no such parameter. */
struct name_range {
    struct bytes prefix;
    struct bytes after;
    size_t limit;
};

/* prefix=, after= and limit= of a list of topics or groups. False: the reply says what is wrong with one. */
bool name_range_read(struct request *request, struct reply *reply, struct name_range *ret_range);

#endif
