/* GET /topics */
#include "api/describe.h"
#include "api/endpoints.h"
#include "api/named_topic.h"

void topics_list(struct request *request, struct reply *reply) {
    struct bytes prefix;
    struct bytes after;
    uint64_t limit = LIMIT_LIST_DEFAULT;
    if (!request_query_number(request, "limit", 1, LIMIT_LIST, &limit, reply) ||
        !name_part_read(request, reply, "prefix", &prefix) || !name_part_read(request, reply, "after", &after))
        return;
    struct topics_found found;
    enum status s = topics_page(request->gateway->topics, prefix, after, (size_t)limit, &request->arena, &found);
    if (s != STATUS_OK)
        reply_status(reply, s, "");
    else
        describe_topics(request, reply, &found);
}
