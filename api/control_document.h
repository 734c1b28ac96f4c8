/* Control documents: the JSON objects by which clients set things. Small, and read by jansson. */
#ifndef TAILRACE_API_CONTROL_DOCUMENT_H
#define TAILRACE_API_CONTROL_DOCUMENT_H

#include "api/request.h"

enum { CONTROL_DOCUMENT_BYTES_MAX = 64 * 1024 };

/* The object in the request's body, a new reference; an empty body is an empty object. NULL: the reply says what is
 * wrong. */
json_t *control_document_new(struct request *request, struct reply *reply);

#endif
