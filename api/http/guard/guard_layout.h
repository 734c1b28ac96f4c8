/* The guard of later requests. guard_check_section checks the bytes of a connection's first request before
 * libmicrohttpd has them. Later ones libmicrohttpd reads itself, and version 0.9 silently forgives much in them:
 * a value ends at a NUL; a line without a name, or one that begins with a NUL, ends the headers; a folded line changes
 * the name before it; lines may end with LF; spaces may stand around the target. But it parses in place: the parts that
 * it gives out lie in one buffer, in the order in which they came, and how far they are apart says what was between
 * them. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_GUARD_GUARD_LAYOUT_H
#define TAILRACE_API_HTTP_GUARD_GUARD_LAYOUT_H

#include "api/http/guard/guard.h"

/* A request where libmicrohttpd 0.9 has parsed it. The bytes between them are overwritten: only addresses count. */
struct guard_layout {
    struct bytes method;
    struct bytes target;
    struct bytes version;
    size_t section_bytes; /* from the method to behind the empty line */
};

/* NULL: between the parts lies what a well-formed request has there, and nothing else. Else a sentence (static). */
const char *guard_check_layout(const struct guard_layout *layout, const struct guard_header *headers, size_t count);

/* Whether the library of this version ("0.9.75") forgives these: from 1.0 on it refuses all of them itself. */
bool guard_is_forgiving(const char *library_version);

#endif
