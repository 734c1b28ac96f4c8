/* Responses that libmicrohttpd begins, and does not end. */
#include "api/http/exchange.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>

enum { BLOCK_BYTES = 4096 };

/* ---- somebody else sends the body ----
 *
 * The socket is duplicated, and libmicrohttpd told that the body cannot be made: it closes its own descriptor and frees
 * the connection with all its memory. MHD_USE_TURBO (server.c) keeps it from shutting the socket down. */

static void hand_over(struct exchange *exchange) {
    struct takeover *takeover = exchange->request.reply.takeover;
    int fd = fcntl(exchange->from->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        log_error(exchange->shared->log, "stream", "reason=\"%s\"", strerror(errno));
        return;
    }

    struct taken_socket socket = { .fd = fd, .chunked = exchange->chunked };
    socket.place = connections_take_place(exchange->shared->connections, exchange->from);
    takeover->begin(takeover->context, &socket);
}

/* Called first when every byte of the headers is with the kernel; never for HEAD. */
static ssize_t read_nothing(void *context, uint64_t position, char *buffer, size_t size) {
    struct exchange *exchange = context;
    (void)position;
    (void)buffer;
    (void)size;
    if (!exchange->break_off.begun)
        hand_over(exchange);
    return break_off(&exchange->break_off);
}

struct MHD_Response *exchange_takeover_response(struct exchange *exchange) {
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_nothing,
                                                                      exchange, NULL);
    /* To HEAD libmicrohttpd 0.9 sends the last chunk, which the client takes for the beginning of its next answer: there
     * the connection ends instead. */
    if (response != NULL && exchange->request.head)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

/* ---- the body is followed by no end ---- */

static ssize_t read_body(void *context, uint64_t position, char *buffer, size_t size) {
    struct exchange *exchange = context;
    struct bytes body = buffer_bytes(&exchange->request.reply.body);
    size_t rest = position < body.size ? body.size - (size_t)position : 0;
    size_t part = rest < size ? rest : size;
    memcpy(buffer, body.data + position, part);
    return part > 0 ? (ssize_t)part : break_off(&exchange->break_off);
}

struct MHD_Response *exchange_unfinished_response(struct exchange *exchange) {
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_body, exchange, NULL);
}
