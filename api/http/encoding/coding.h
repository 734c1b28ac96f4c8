/* Content codings (RFC 9110 8.4.1): their names, and which answers to encode. Pure. */
#ifndef TAILRACE_API_HTTP_ENCODING_CODING_H
#define TAILRACE_API_HTTP_ENCODING_CODING_H

#include "base/bytes.h"

enum coding {
    CODING_NONE, /* called `identity` */
    CODING_GZIP,
    CODING_ZSTD,
};

enum {
    CODINGS = CODING_ZSTD + 1,
    CODING_BODY_BYTES_MIN = 1024, /* a smaller body is not encoded */
};

/* Those that a request may use, as Accept-Encoding lists them. */
#define CODING_LIST "gzip, zstd"

/* The name that Content-Encoding has; static. */
const char *coding_name(enum coding coding);

/* The coding of that name, in any case; `x-gzip` is gzip (RFC 9110 8.4.1.3). False: not one of ours. */
bool coding_by_name(struct bytes name, enum coding *ret_coding);

/* The coding that a request's Content-Encoding names; an empty value is none. False: an unknown one, or several. */
bool coding_of_request(struct bytes content_encoding, enum coding *ret_coding);

/* Whether a body of this type and size gets smaller as a rule: text does, pictures are compressed already. */
bool coding_pays(const char *content_type, uint64_t body_bytes);

#endif
