/* Strong entity tags of bodies that have several codings: the bytes differ, so the tags must (RFC 9110 8.8.3). Pure. */
#ifndef TAILRACE_API_HTTP_ENCODING_ENTITY_TAG_H
#define TAILRACE_API_HTTP_ENCODING_ENTITY_TAG_H

#include "api/http/encoding/coding.h"
#include "base/arena.h"

/* The tag of the body in this coding: `"1f-6a"` becomes `"1f-6a-gzip"`. In the arena, or the tag itself. NULL: no
 * memory. */
const char *entity_tag_of_coding(struct arena *arena, const char *tag, enum coding coding);

/* Whether a line of If-None-Match lists the tag, or any (`*`). Compared weakly, as RFC 9110 13.1.2 has it. */
bool entity_tag_listed(struct bytes line, const char *tag);

#endif
