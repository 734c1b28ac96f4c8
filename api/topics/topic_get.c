/* GET /topics/{topic} */
#include "api/endpoints.h"
#include "api/topics/describe.h"
#include "api/topics/names.h"

void topic_get(struct request *request, struct reply *reply) {
    struct storage_topic *topic = named_topic(request, reply);
    if (topic != NULL)
        describe_topic(request, reply, topic, 200);
}
