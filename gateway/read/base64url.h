/* base64url (RFC 4648, section 5) without padding. Pure; any thread. */
#ifndef TAILRACE_GATEWAY_READ_BASE64URL_H
#define TAILRACE_GATEWAY_READ_BASE64URL_H

#include "base/buffer.h"
#include "base/bytes.h"

/* How many characters `size` bytes take (size <= SIZE_MAX / 2). */
static inline size_t base64url_text_bytes(size_t size) { return size / 3 * 4 + (size % 3 * 8 + 5) / 6; }

/* Appends the text; memory: see text->failed. */
void base64url_encode(struct bytes data, struct buffer *text);

/* Appends the bytes; memory: see data->failed. False, and perhaps the beginning appended: it is not what base64url_encode
 * makes (padding, white space, another alphabet, bits left over that are not zero). */
bool base64url_decode(struct bytes text, struct buffer *data);

#endif
