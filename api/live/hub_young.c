/* Streams in their first minute: those who have just connected learn soon that somebody is there, also through a proxy
 * that is about to give up. The list is in the order in which they came, so that the oldest leave it at its end. */
#include "api/live/hub_internal.h"

enum { YOUNG_MS = 60000 };

void young_tick(struct hub *hub, int64_t now_ms) {
    struct stream_chunk *heartbeat = NULL; /* made when the first one needs it */
    for (struct subscriber *subscriber = hub->oldest, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->younger;
        if (now_ms - subscriber->attached_ms >= YOUNG_MS) {
            subscriber_set_grown(subscriber);
            continue;
        }
        if (subscriber->pending != NULL || now_ms - subscriber->written_ms < hub->options.first_heartbeat_ms)
            continue;

        if (heartbeat == NULL) {
            struct buffer text = { 0 };
            stream_frame_begin(&text);
            stream_text_heartbeat(&text, STREAM_SSE, BYTES_NONE);
            heartbeat = stream_chunk_new(hub, &text, 0, false);
        }
        if (heartbeat == NULL)
            return; /* the next tick tries again */
        if (!subscriber_write(subscriber, heartbeat))
            subscriber_fall_behind(subscriber);
    }
    stream_chunk_unref(heartbeat);
}
