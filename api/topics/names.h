/* The topics and groups that requests name: checks of names, the topic or group of a path, and the problem when it does
 * not exist. */
#ifndef TAILRACE_API_TOPICS_NAMES_H
#define TAILRACE_API_TOPICS_NAMES_H

#include "api/http/request.h"
#include "gateway/read_failures.h"

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

/* 500: what is stored there cannot be read. It has been noted. */
void reply_read_failed(struct reply *reply, const struct read_failure *failure);

/* The result of the operation that writes. True: it succeeded, and a later problem of this reply will not say that nothing
 * was written. False: the reply is its problem. */
bool write_succeeded(struct request *request, struct reply *reply, const struct storage_op *op);

#endif
