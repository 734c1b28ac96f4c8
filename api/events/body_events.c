/* Events of a body, as they are found. */
#include "api/events/body_events.h"

#include "base/memory.h"

enum { EVENTS_FIRST = 64 };

enum body_result body_add(struct body_events *events, const struct publish_event *event) {
    if (events->count == events->capacity) {
        size_t capacity = events->capacity > 0 ? events->capacity * 2 : EVENTS_FIRST;
        struct publish_event *items = mem_resize(events->items, capacity * sizeof *items);
        if (items == NULL)
            return BODY_NO_MEMORY;
        events->items = items;
        events->capacity = capacity;
    }
    events->items[events->count++] = *event;
    return BODY_GOOD;
}

enum body_result body_broken(struct body_events *events, size_t position, const char *message) {
    events->errors.count = 0; /* this one hides all others: nothing is known of what follows */
    event_errors_add(&events->errors, events->seen, position, message);
    return BODY_BROKEN;
}

void body_events_finish(struct body_events *events) {
    mem_free(events->items);
    events->items = NULL;
    events->count = 0;
}
