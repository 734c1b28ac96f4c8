/* GET /metrics: what Prometheus scrapes. */
#include "api/endpoints.h"
#include "api/http/metrics.h"

void metrics_get(struct request *request, struct reply *reply) {
    metrics_write(request->metrics, request->gateway, &reply->body);
    reply->http_status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
}
