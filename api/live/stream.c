/* Brings an answer to the hub, and counts how it ends. */
#include "api/live/stream.h"

#include "api/http/metrics.h"

void stream_reply_headers(struct reply *reply, enum stream_format format) {
    reply->http_status = 200;
    reply->content_type = format == STREAM_SSE ? "text/event-stream" : "application/x-ndjson";
    reply->cache_control = "no-cache, no-transform";
    reply_header(reply, "X-Accel-Buffering", "no");
}

static void count_end(struct metrics *metrics, enum hub_end end) {
    metrics_stream_closed(metrics);
    switch (end) {
    case HUB_END_CLIENT:
    case HUB_END_DONE: break;
    case HUB_END_STALLED: metrics_cut(metrics, METRICS_CUT_SLOW_NONE); break;
    case HUB_END_SLOW: metrics_cut(metrics, METRICS_CUT_SLOW_RATE); break;
    case HUB_END_MEMORY: metrics_cut(metrics, METRICS_CUT_MEMORY); break;
    case HUB_END_STOP: metrics_cut(metrics, METRICS_CUT_STOPPING); break;
    case HUB_END_FAILED: metrics_cut(metrics, METRICS_CUT_ERROR); break;
    }
}

static void on_detached(struct subscriber *subscriber, enum hub_end end) {
    struct stream *stream = subscriber->context;
    count_end(stream->metrics, end);
    stream->takeover.end(&stream->takeover);
}

static void begin(void *context, int fd) {
    struct stream *stream = context;
    stream->subscriber.fd = fd;
    metrics_stream_opened(stream->metrics);
    hub_attach(stream->hub, &stream->subscriber);
}

void stream_reply(struct stream *stream, struct request *request, struct reply *reply) {
    stream->hub = request->hub;
    stream->metrics = request->metrics;
    stream->subscriber.detached = on_detached;
    stream->subscriber.context = stream;
    stream->takeover.begin = begin;
    stream->takeover.context = stream;
    reply->takeover = &stream->takeover;
}

void stream_finish(struct stream *stream) {
    buffer_finish(&stream->subscriber.first);
    buffer_finish(&stream->subscriber.cursor);
}
