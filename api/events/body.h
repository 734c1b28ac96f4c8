/* The body of an append, cut into events: a JSON value, a JSON array, newline-delimited JSON, or envelopes. */
#ifndef TAILRACE_API_EVENTS_BODY_H
#define TAILRACE_API_EVENTS_BODY_H

#include "api/events/body_events.h"

enum body_form { BODY_FORM_JSON, BODY_FORM_NDJSON, BODY_FORM_ENVELOPES };

/* The values point into `text`, in which line breaks between tokens become spaces. Each event begins as a copy of
 * `defaults`. `events` is zeroed but for count_max and who gets them. */
enum body_result body_cut(enum body_form form, char *text, size_t size, const struct publish_event *defaults,
                          struct arena *arena, struct body_events *events);

#endif
