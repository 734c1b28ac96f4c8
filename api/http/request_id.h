/* Names for requests, so that an answer and its log line can be put side by side. Any thread. */
#ifndef TAILRACE_API_HTTP_REQUEST_ID_H
#define TAILRACE_API_HTTP_REQUEST_ID_H

#include "base/bytes.h"

enum { REQUEST_ID_MADE_BYTES = 20 };

/* Whether a client's own id is fit to be echoed: 1 to 128 printable ASCII bytes without spaces, quotes or
 * backslashes. */
bool request_id_valid(struct bytes id);

/* Makes a random one, with a NUL behind. */
void request_id_make(char ret_id[REQUEST_ID_MADE_BYTES + 1]);

#endif
