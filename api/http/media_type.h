/* What the Content-Type of an append makes of its body (RFC 9110 8.3.1), and what bodies are that nobody meant to send as
 * JSON. Pure; any thread. */
#ifndef TAILRACE_API_HTTP_MEDIA_TYPE_H
#define TAILRACE_API_HTTP_MEDIA_TYPE_H

#include "base/bytes.h"

enum media_kind {
    MEDIA_JSON, /* and whatever has no meaning here: `curl -d`, a beacon and a plain fetch send other names for JSON */
    MEDIA_NDJSON,
    MEDIA_ENVELOPES,
    MEDIA_MULTIPART,
    MEDIA_CLOUD_EVENTS,
};

/* Parameters do not count, nor does case. None, or an empty one: JSON. */
enum media_kind media_kind_of(struct bytes content_type);

/* Whether a text that is no JSON has the looks of a form: it begins with `name=`, as no JSON does. */
bool media_looks_like_form(struct bytes text);

/* What to answer to one. */
extern const char MEDIA_IS_FORM[];

#endif
