/* GET /topics */
#include "api/describe.h"
#include "api/endpoints.h"

void topics_list(struct request *request, struct reply *reply) {
    struct bytes prefix = request_query(request, "prefix");
    uint64_t limit = LIMIT_LIST_DEFAULT;
    if (!request_query_number(request, "limit", 1, LIMIT_LIST, &limit, reply))
        return;
    struct topics_found found;
    enum status s = topics_page(request->gateway->topics, bytes_present(prefix) ? prefix : BYTES_LITERAL(""),
                                request_query(request, "after"), (size_t)limit, &request->arena, &found);
    if (s != STATUS_OK)
        reply_status(reply, s, "");
    else
        describe_topics(request, reply, &found);
}
