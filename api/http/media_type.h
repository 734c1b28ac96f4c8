/* The form of a body by its Content-Type (RFC 9110 8.3.1), and bodies that were sent as JSON by mistake. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_MEDIA_TYPE_H
#define TAILRACE_API_HTTP_MEDIA_TYPE_H

#include "base/bytes.h"

enum media_kind {
    MEDIA_JSON, /* and any unknown type: `curl -d`, a beacon and a plain fetch send JSON under other names */
    MEDIA_NDJSON,
    MEDIA_ENVELOPES,
    MEDIA_MULTIPART,
    MEDIA_CLOUD_EVENTS,
};

/* Parameters and case are ignored. A missing or empty one means JSON. */
enum media_kind media_kind_of(struct bytes content_type);

/* Whether a text looks like a form: it begins with `name=`, which JSON never does. */
bool media_looks_like_form(struct bytes text);

/* The answer to one. */
extern const char MEDIA_IS_FORM[];

#endif
