/* GET /livez, /readyz and /openapi.yaml: for operators and tools. */
#include "api/console/documents.h"
#include "api/endpoints.h"

void livez_get(struct request *request, struct reply *reply) {
    (void)request;
    reply_json_take(reply, 200, json_pack("{s:s}", "status", "ok"));
}

void readyz_get(struct request *request, struct reply *reply) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status s = gateway_health(request->gateway, detail, sizeof detail);
    if (s == STATUS_OK)
        reply_json_take(reply, 200, json_pack("{s:s}", "status", "ok"));
    else
        reply_status(reply, s, detail);
}

void openapi_get(struct request *request, struct reply *reply) {
    reply_carried(reply, &request->documents->openapi, "application/yaml");
}
