/* Events of a body, as they are found. */
#include "api/events/body_events.h"

enum body_result body_add(struct body_events *events, const struct publish_event *event) {
    return events->add(events->context, event) == STATUS_OK ? BODY_GOOD : BODY_NO_MEMORY;
}

enum body_result body_broken(struct body_events *events, size_t position, const char *message) {
    events->errors.count = 0; /* this one hides all others: nothing is known of what follows */
    event_errors_add(&events->errors, events->seen, position, message);
    return BODY_BROKEN;
}
