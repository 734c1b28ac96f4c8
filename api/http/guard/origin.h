/* Origins and host names as an operator writes them, made into what browsers send. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_GUARD_ORIGIN_H
#define TAILRACE_API_HTTP_GUARD_ORIGIN_H

#include "base/bytes.h"

enum { HOST_NAME_BYTES = 256, ORIGIN_BYTES = 320 }; /* with the NUL behind */

/* Writes what the header `Origin` of such a page says (RFC 6454 6.2, and the URL standard for hosts): scheme and host in
 * lower case, no default port, no `/` at the end. False: no page ever sends this origin; `ret_why` says what is wrong
 * with it and, where that can be known, what to write instead. `*` is not an origin. */
bool origin_parse(struct bytes text, char ret_origin[ORIGIN_BYTES], char *ret_why, size_t why_bytes);

/* The same for a host name or address without a port, as the header `Host` has it; IPv6 addresses in brackets. */
bool origin_parse_host(struct bytes text, char ret_host[HOST_NAME_BYTES], char *ret_why, size_t why_bytes);

#endif
