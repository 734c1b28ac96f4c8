/* GET /topics/{topic} */
#include "api/describe.h"
#include "api/endpoints.h"
#include "api/named_topic.h"

void topic_get(struct request *request, struct reply *reply) {
    struct storage_topic *topic = named_topic(request, reply);
    if (topic != NULL)
        describe_topic(request, reply, topic, 200);
}
