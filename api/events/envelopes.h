/* Bodies of envelopes: JSON objects with a list of events, each with a value and what belongs to it. */
#ifndef TAILRACE_API_EVENTS_ENVELOPES_H
#define TAILRACE_API_EVENTS_ENVELOPES_H

#include "api/events/body_events.h"

/* As body_cut (body.h). Texts with escapes are decoded into the arena. */
enum body_result envelopes_cut(char *text, size_t size, const struct publish_event *defaults, struct arena *arena,
                               struct body_events *events);

#endif
