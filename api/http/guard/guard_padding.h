/* White space behind the values of headers (RFC 9112 5.1), for libmicrohttpd 0.9, which takes it for a part of them: it
 * refuses a Content-Length that ends in a space, and neither reads the chunks of "chunked " nor continues for
 * "100-continue ". Of several headers of a name it reads the first, so those that it must understand are put in front of
 * its own, without the white space, before it reads any. Only for the first request of a connection are the
 * bytes known before; so that a client that pads its headers sends no second one, the connection ends behind the
 * first. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_GUARD_GUARD_PADDING_H
#define TAILRACE_API_HTTP_GUARD_GUARD_PADDING_H

#include "api/http/guard/guard.h"

enum { GUARD_PADDED_LENGTH, GUARD_PADDED_CODING, GUARD_PADDED_EXPECT, GUARD_PADDED_COUNT };
enum { GUARD_PADDED_BYTES_MAX = 19 };

struct guard_padding {
    bool any; /* behind the value of some header */
    /* Content-Length, Transfer-Encoding and Expect without the white space behind them, where there is some; else
     * empty. */
    char values[GUARD_PADDED_COUNT][GUARD_PADDED_BYTES_MAX + 1];
};

/* "Content-Length" for GUARD_PADDED_LENGTH, and so on. */
const char *guard_padded_name(unsigned which);

/* Of a section that guard_check_section has accepted. */
struct guard_padding guard_padding_of(struct bytes section);

/* Checks that what was put in front is what the library has found since: NULL, or a sentence (static). `headers` are
 * those that it has read. Refuses padded framing for which nothing was put in front. */
const char *guard_check_padding(const struct guard_padding *padding, const struct guard_header *headers, size_t count);

#endif
