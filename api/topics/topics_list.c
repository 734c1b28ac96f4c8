/* GET /topics */
#include "api/endpoints.h"
#include "api/topics/describe.h"
#include "api/topics/name_range.h"
#include "gateway/topics.h"

void topics_list(struct request *request, struct reply *reply) {
    struct name_range range;
    if (!name_range_read(request, reply, &range))
        return;

    struct topics_found found;
    enum status s = topics_page(request->gateway->topics, range.prefix, range.after, range.limit, &request->arena,
                                &found);
    if (s != STATUS_OK)
        reply_no_memory(reply);
    else
        describe_topics(request, reply, &found);
}
