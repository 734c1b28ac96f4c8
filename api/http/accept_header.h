/* Which of a few media types an Accept header prefers (RFC 9110 12.5.1). Pure. */
#ifndef TAILRACE_API_HTTP_ACCEPT_HEADER_H
#define TAILRACE_API_HTTP_ACCEPT_HEADER_H

#include "base/bytes.h"

/* The index of the type with the highest quality, of equals the one the header names first; wildcards name none. -1:
 * the header names none of them. */
int accept_header_choose(struct bytes header, const char *const *types, size_t type_count);

#endif
