/* A response that is a stream: its headers go out by libmicrohttpd, all that follows by the hub. */
#include "api/http/exchange.h"

#include "api/live/hub.h"

enum { STREAM_BLOCK_BYTES = 64 }; /* nothing ever goes through it */

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

/* The hub has done with the socket: libmicrohttpd may have it back, and ends it. */
static void stream_left(struct subscriber *subscriber, enum hub_end end) {
    struct exchange *exchange = subscriber->context;
    struct MHD_Connection *connection = exchange->connection;
    count_end(&exchange->shared->metrics, end);
    MHD_resume_connection(connection);
}

/* Called for the first time when every byte of the headers is with the kernel, and for the last when the hub has
 * done. */
static ssize_t stream_read(void *context, uint64_t position, char *buffer, size_t size) {
    struct exchange *exchange = context;
    (void)position;
    (void)buffer;
    (void)size;
    if (exchange->handed_over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    struct subscriber *subscriber = exchange->request.reply.stream;
    exchange->handed_over = true;
    subscriber->fd = exchange->from->fd;
    subscriber->left = stream_left;
    subscriber->context = exchange;
    metrics_stream_opened(&exchange->shared->metrics);
    connections_enter(exchange->shared->connections, exchange->from, CONNECTION_WORKING, 0);
    MHD_suspend_connection(exchange->connection);
    hub_join(exchange->shared->hub, subscriber);
    return 0;
}

struct MHD_Response *exchange_stream_response(struct exchange *exchange) {
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, stream_read,
                                                                      exchange, NULL);
    /* No chunked coding: the end of the stream is the end of the connection, for HTTP/1.0 too. */
    if (response != NULL)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}
