/* The request guard: refuses what two servers could read as two different requests (RFC 9112 section 11.2), before
 * anything else happens. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_GUARD_GUARD_H
#define TAILRACE_API_HTTP_GUARD_GUARD_H

#include "api/http/problem.h"
#include "base/bytes.h"
#include "gateway/limits.h"

struct guard_header {
    struct bytes name;
    struct bytes value; /* white space around it is ignored */
};

/* NULL: the headers are valid. Else a sentence that says what is wrong (static): names are tokens, values hold no
 * control bytes, there is one Host (HTTP/1.1), headers that decide who asks or what a body is occur at most once,
 * Content-Length is digits, Transfer-Encoding is exactly `chunked` and never beside a Content-Length, nor in
 * HTTP/1.0. GUARD_UNKNOWN_CODING: all is valid, except that Transfer-Encoding has codings that are not `chunked`. */
const char *guard_check(const struct guard_header *headers, size_t count, bool http_1_0);
extern const char GUARD_UNKNOWN_CODING[];

/* The problem for a fault, whose text is the detail. The connection must end: nobody knows where the next request
 * begins. */
enum problem_code guard_problem(const char *fault);

/* How many of these bytes are the request line and the headers, with the empty line behind them; 0: they are not
 * complete. Empty lines in front belong to them (RFC 9112 2.2), and a lone LF ends a line too. */
size_t guard_section_bytes(struct bytes seen);

/* The same for the parts of a request line (RFC 9112 3): the method is a token, the target holds no white space and no
 * control byte, the version is HTTP/1.1 or HTTP/1.0. */
const char *guard_check_line(struct bytes method, struct bytes target, struct bytes version);

/* The same for a section (guard_section_bytes) as it came, with its request line; and that each line is what it seems,
 * and ends with CR LF. What libmicrohttpd makes of some hides what they were: see guard_layout.h. */
const char *guard_check_section(struct bytes section);

#endif
