/* Bodies that end before they are complete, so that the client sees a broken answer.
 *
 * libmicrohttpd ends such a connection when a content reader returns MHD_CONTENT_READER_END_WITH_ERROR. Under MHD_USE_TURBO
 * (0.9.75, read in its daemon.c) nothing wakes it then to close the socket: it comes back to the connection only when it
 * looks at all that have a time limit of their own, which it does at the beginning of a round, before it handles those
 * that are ready. So the connection gets such a limit, one that never passes, and the reader makes it ready by a
 * suspension that ends at once. In the next round libmicrohttpd then asks the reader because of the limit, gets the
 * error, and closes the socket because the connection is ready. */
#ifndef TAILRACE_API_HTTP_BREAK_OFF_H
#define TAILRACE_API_HTTP_BREAK_OFF_H

#include <microhttpd.h>
#include <stdbool.h>

struct break_off {
    struct MHD_Connection *connection; /* NULL: not prepared */
    bool begun;
};

/* Before the response is queued. */
void break_off_prepare(struct break_off *break_off, struct MHD_Connection *connection);

/* What the content reader returns, each time from the first on. */
ssize_t break_off(struct break_off *break_off);

#endif
