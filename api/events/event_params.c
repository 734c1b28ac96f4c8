/* Parameters of several endpoints. */
#include "api/events/event_params.h"

#include "gateway/json/json.h"

bool event_key_read(const struct request *request, struct reply *reply, struct bytes *ret_key) {
    struct bytes key = request_query(request, "key");
    if (!bytes_present(key))
        return true;
    if (key.size > LIMIT_KEY_BYTES || !utf8_valid(key)) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "key: expected UTF-8 text of at most %d bytes", LIMIT_KEY_BYTES);
        return false;
    }
    *ret_key = key;
    return true;
}

bool event_view_read(const struct request *request, struct reply *reply, enum event_view *ret_view) {
    struct bytes view = request_query(request, "view");
    if (!bytes_present(view))
        return true;
    if (!bytes_equal(view, BYTES_LITERAL("value"))) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "view=%s: expected value", reply_quote(reply, view));
        return false;
    }
    *ret_view = EVENT_VIEW_VALUE;
    return true;
}
