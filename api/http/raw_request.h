/* What can be seen of a request in its bytes, when it is refused before anything has parsed it: enough that the answer
 * has the right form, and that the page that asked can read it. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_RAW_REQUEST_H
#define TAILRACE_API_HTTP_RAW_REQUEST_H

#include "base/bytes.h"

enum { RAW_REQUEST_LINE_BYTES_MAX = 1024 }; /* of a line that comes in pieces */

/* Zero-initialised: nothing has been seen. */
struct raw_request {
    struct bytes origin;          /* none, or into the bytes seen last; visible ASCII, as the next */
    struct bytes request_headers; /* of a preflight: Access-Control-Request-Headers */
    bool head;
    bool reads;        /* it plainly begins with a method that does not write */
    bool begun;        /* its first line was there */
    bool ended;        /* the empty line behind the headers was there */
    bool in_long_line; /* in the middle of one that is passed over */
};

/* Looks at the next bytes of a request. Gives how many of them are done with: the next call wants what follows those,
 * with more behind it. Those of a line that is not whole are not, and they are RAW_REQUEST_LINE_BYTES_MAX at most: a longer
 * one is passed over. */
size_t raw_request_read(struct raw_request *request, struct bytes seen);

#endif
