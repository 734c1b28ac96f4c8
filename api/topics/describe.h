/* Descriptions of topics, with the bounds of their partitions, which storage is asked for. */
#ifndef TAILRACE_API_TOPICS_DESCRIBE_H
#define TAILRACE_API_TOPICS_DESCRIBE_H

#include "api/http/request.h"
#include "gateway/topics.h"

/* Answers with the description of one topic; takes the reference. */
void describe_topic(struct request *request, struct reply *reply, struct storage_topic *topic, unsigned http_status);

/* Answers with {"topics":[…],"next":…}; takes the references. */
void describe_topics(struct request *request, struct reply *reply, struct topics_found *found);

#endif
