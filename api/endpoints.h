/* The handlers of the table of routes. Each has a file, or a part of one where they share all code. */
#ifndef TAILRACE_API_ENDPOINTS_H
#define TAILRACE_API_ENDPOINTS_H

#include "api/http/request.h"

void index_get(struct request *request, struct reply *reply);
void static_get(struct request *request, struct reply *reply);
void topics_list(struct request *request, struct reply *reply);
void topic_put(struct request *request, struct reply *reply);
void topic_get(struct request *request, struct reply *reply);
void topic_patch(struct request *request, struct reply *reply);
void topic_delete(struct request *request, struct reply *reply);
void events_post(struct request *request, struct reply *reply);
void events_get(struct request *request, struct reply *reply);
void event_get(struct request *request, struct reply *reply);
void groups_list(struct request *request, struct reply *reply);
void group_get(struct request *request, struct reply *reply);
void group_commit(struct request *request, struct reply *reply);
void group_delete(struct request *request, struct reply *reply);
void group_topic_delete(struct request *request, struct reply *reply);
void openapi_get(struct request *request, struct reply *reply);
void livez_get(struct request *request, struct reply *reply);
void readyz_get(struct request *request, struct reply *reply);
void metrics_get(struct request *request, struct reply *reply);

#endif
