/* Ids of requests, by which an answer and its log line can be matched. Any thread. */
#ifndef TAILRACE_API_HTTP_REQUEST_ID_H
#define TAILRACE_API_HTTP_REQUEST_ID_H

#include "base/bytes.h"

enum { REQUEST_ID_MADE_BYTES = 20 };

/* Whether the id that a client sent is valid, and can be echoed: 1 to 128 printable ASCII bytes without spaces, quotes or
 * backslashes. */
bool request_id_valid(struct bytes id);

/* Makes a random one, terminated. */
void request_id_make(char ret_id[REQUEST_ID_MADE_BYTES + 1]);

#endif
