/* GET /livez, /readyz and /openapi.yaml: what operators and tools ask. */
#include "api/endpoints.h"
#include "api/openapi_text.h"

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
    (void)request;
    buffer_append_bytes(&reply->body, openapi_text());
    reply->http_status = 200;
    reply->content_type = "application/yaml";
}
