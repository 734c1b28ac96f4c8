/* GET /livez, /readyz and /openapi.yaml: for operators and tools. */
#include "api/console/documents.h"
#include "api/endpoints.h"
#include "gateway/read_failures.h"

enum { UNREADABLE_MS = 60000 }; /* so long a read that failed is told */

void livez_get(struct request *request, struct reply *reply) {
    (void)request;
    reply_json_take(reply, 200, json_pack("{s:s}", "status", "ok"));
}

/* Writes are taken, and what can be read is read: so it is ready. But somebody should look. */
static json_t *describe_unreadable(const struct gateway *gateway, const struct read_failure *failure) {
    json_t *told = json_pack("{s:I}", "count", (json_int_t)read_failures_count(gateway->failures));
    if (failure->topic[0] != '\0')
        json_object_update_new(told, json_pack("{s:s, s:i, s:I}", "topic", failure->topic, "partition",
                                               (int)failure->partition, "offset", (json_int_t)failure->offset));
    return json_pack("{s:s, s:o}", "status", "degraded", "read_failures", told);
}

void readyz_get(struct request *request, struct reply *reply) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status s = gateway_health(request->gateway, detail, sizeof detail);
    struct read_failure failure;
    if (s != STATUS_OK)
        reply_status(reply, s, detail);
    else if (read_failures_newest(request->gateway->failures, UNREADABLE_MS, &failure))
        reply_json_take(reply, 200, describe_unreadable(request->gateway, &failure));
    else
        reply_json_take(reply, 200, json_pack("{s:s}", "status", "ok"));
}

void openapi_get(struct request *request, struct reply *reply) {
    reply_carried(reply, &request->documents->openapi, "application/yaml");
}
