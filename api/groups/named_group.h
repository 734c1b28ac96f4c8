/* The consumer group that a path names. */
#ifndef TAILRACE_API_GROUPS_NAMED_GROUP_H
#define TAILRACE_API_GROUPS_NAMED_GROUP_H

#include "api/http/request.h"

/* The name in the first path parameter, terminated. NULL: the reply says what is wrong with it. */
const char *named_group(struct request *request, struct reply *reply);

/* Why there is no such group, and the request that would make it. */
void reply_group_not_found(struct reply *reply, struct bytes name);

#endif
