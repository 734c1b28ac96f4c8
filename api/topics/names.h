/* The topics and groups that requests name: their names are checked, they are found, and where one is missing, one answer
 * says so. */
#ifndef TAILRACE_API_TOPICS_NAMES_H
#define TAILRACE_API_TOPICS_NAMES_H

#include "api/http/request.h"

/* Checks a name that a client gives to a topic or a group: both follow the same rules. False: the reply says what is
 * wrong with it. */
bool name_valid(struct bytes name, struct reply *reply);

/* The topic that the path names, a reference of the caller's. NULL: the reply says that it does not exist, or what is
 * wrong with the name. */
struct storage_topic *named_topic(struct request *request, struct reply *reply);

/* The name of the group in the path, terminated. NULL: the reply says what is wrong with it. */
const char *named_group(struct request *request, struct reply *reply);

/* The problem for a topic that does not exist, with the request that would create it. */
void reply_topic_not_found(struct reply *reply, struct bytes name);

/* The problem that a failed operation is for this request: a topic or group that was not found is the one in the path.
 * `detail` is that of the operation. */
void reply_failure(struct request *request, struct reply *reply, enum status status, const char *detail);

/* What the operation that carries out a write has come to. True: it is written, and no later problem of this reply says
 * that it is not. False: the reply is the problem. */
bool write_succeeded(struct request *request, struct reply *reply, const struct storage_op *op);

#endif
