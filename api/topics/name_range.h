/* Which names a list of topics or groups returns. */
#ifndef TAILRACE_API_TOPICS_NAME_RANGE_H
#define TAILRACE_API_TOPICS_NAME_RANGE_H

#include "api/http/request.h"

/* The texts are ended by a NUL, and "" where the parameter is missing. */
struct name_range {
    struct bytes prefix;
    struct bytes after;
    size_t limit;
};

/* Reads prefix=, after= and limit=. False: the reply says what is wrong with one. */
bool name_range_read(struct request *request, struct reply *reply, struct name_range *ret_range);

#endif
