/* Ranges of names. */
#include "api/topics/name_range.h"

#include "gateway/settings.h"

static bool read_part(struct request *request, struct reply *reply, const char *parameter, struct bytes *ret_text) {
    struct bytes text = request_query(request, parameter);
    if (!name_prefix_check(text)) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER,
                      "%s=%s: expected part of a name, of the characters A-Z a-z 0-9 . _ -", parameter,
                      reply_quote(reply, text));
        return false;
    }
    *ret_text = bytes_present(text) ? text : BYTES_LITERAL("");
    return true;
}

bool name_range_read(struct request *request, struct reply *reply, struct name_range *ret_range) {
    struct name_range range;
    uint64_t limit = LIMIT_LIST_DEFAULT;
    if (!request_query_number(request, "limit", 1, LIMIT_LIST, &limit, reply) ||
        !read_part(request, reply, "prefix", &range.prefix) || !read_part(request, reply, "after", &range.after))
        return false;

    range.limit = (size_t)limit;
    *ret_range = range;
    return true;
}
