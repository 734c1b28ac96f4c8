/* Times in requests. */
#include "api/http/given_time.h"

const char *given_time_fault(enum timestamp_result result, struct bytes text, struct arena *arena) {
    uint64_t seconds;
    if (result != TIMESTAMP_IN_SECONDS || !parse_number(text, TIMESTAMP_DIGITS_MIN, &seconds))
        return "is not a time; expected milliseconds since 1970 or RFC 3339";
    const char *fault = arena_printf(
        arena,
        "looks like seconds; times are in milliseconds since 1970: send %llu (times before "
        "March 1973 must be RFC 3339)",
        (unsigned long long)seconds * 1000);
    return fault != NULL ? fault : "looks like seconds; times are in milliseconds since 1970";
}

bool given_time_read(const struct request *request, const char *name, int64_t *ret_ms, struct reply *reply) {
    struct bytes text = request_query(request, name);
    if (!bytes_present(text))
        return true;
    enum timestamp_result result = timestamp_parse(text, ret_ms);
    if (result != TIMESTAMP_GOOD)
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "%s=%s %s", name, reply_quote(reply, text),
                      given_time_fault(result, text, reply->arena));
    return result == TIMESTAMP_GOOD;
}
