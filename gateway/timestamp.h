/* Times as clients write them. Pure; any thread. */
#ifndef TAILRACE_GATEWAY_TIMESTAMP_H
#define TAILRACE_GATEWAY_TIMESTAMP_H

#include "base/bytes.h"

#include <stdint.h>

enum { TIMESTAMP_TEXT_BYTES_MAX = 64 };
#define TIMESTAMP_MS_MAX INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */
#define TIMESTAMP_DIGITS_MIN INT64_C(100000000000) /* 1973-03-03T09:46:40Z; in seconds it is the year 5138 */

enum timestamp_result {
    TIMESTAMP_GOOD,
    TIMESTAMP_MALFORMED,
    TIMESTAMP_IN_SECONDS, /* a whole number under TIMESTAMP_DIGITS_MIN: nobody means that many milliseconds */
};

/* Milliseconds since the Unix epoch, in digits or as RFC 3339 ("2026-11-22T10:00:00.123456+01:00", digits beyond
 * milliseconds are cut off; `t`, `z` and a space for the `T` are taken; a space is taken for the `+` of the zone, which
 * is what a query string makes of it; 23:59:60 UTC, where a leap second can be, is the second after). 0 to
 * TIMESTAMP_MS_MAX, in digits from TIMESTAMP_DIGITS_MIN. */
enum timestamp_result timestamp_parse(struct bytes text, int64_t *ret_ms);

#endif
