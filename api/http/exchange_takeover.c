/* Responses whose headers libmicrohttpd sends, and whose body is sent by somebody else, who takes the socket over. */
#include "api/http/exchange.h"

enum { BLOCK_BYTES = 64 }; /* never used */

/* Gives the socket back to libmicrohttpd, which closes it. */
static void end(struct takeover *takeover) {
    struct exchange *exchange = takeover->server_side;
    MHD_resume_connection(exchange->connection);
}

/* Called first when every byte of the headers is with the kernel, and last when the socket is back. */
static ssize_t read_nothing(void *context, uint64_t position, char *buffer, size_t size) {
    struct exchange *exchange = context;
    struct takeover *takeover = exchange->request.reply.takeover;
    (void)position;
    (void)buffer;
    (void)size;
    if (exchange->handed_over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    exchange->handed_over = true;
    takeover->end = end;
    takeover->server_side = exchange;
    connections_enter(exchange->shared->connections, exchange->from, CONNECTION_WORKING, 0);
    MHD_suspend_connection(exchange->connection);
    takeover->begin(takeover->context, exchange->from->fd);
    return 0;
}

struct MHD_Response *exchange_takeover_response(struct exchange *exchange) {
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_nothing,
                                                                      exchange, NULL);
    /* No chunked coding: the end of the body is the end of the connection, for HTTP/1.0 too. */
    if (response != NULL)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}
