/* What the first bytes of a request say, when it is refused before anything has parsed it: enough that the answer has
 * the right form, and that the page that asked can read it. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_SOCKETS_RAW_REQUEST_H
#define TAILRACE_API_HTTP_SOCKETS_RAW_REQUEST_H

#include "base/bytes.h"

enum { RAW_REQUEST_LINE_BYTES_MAX = 1024 }; /* of a line that arrives in pieces */

/* Zero-initialised: nothing has been seen. */
struct raw_request {
    struct bytes origin;          /* none, or into the bytes seen last; visible ASCII, as the next */
    struct bytes request_headers; /* of a preflight: Access-Control-Request-Headers */
    bool head;
    bool gets;
    bool reads;        /* its method is known not to write */
    bool probes;       /* it asks how the server is: /livez, /readyz or /metrics */
    bool streams;      /* it is an EventSource, or asks like one */
    bool begun;        /* its first line has come */
    bool ended;        /* the empty line behind the headers has come */
    bool in_long_line; /* in the middle of a line that is skipped */
};

/* Reads the next bytes of a request, and gives how many of them it is done with. The next call takes the others again,
 * and those that have come since. They are an incomplete line of RAW_REQUEST_LINE_BYTES_MAX at most: a longer line is
 * skipped. */
size_t raw_request_read(struct raw_request *request, struct bytes seen);

#endif
