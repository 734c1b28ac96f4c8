/* Streams that are behind: they read up to where their channel is, and join it there. */
#include "api/live/hub_internal.h"

#include "base/clock.h"
#include "base/memory.h"

/* A read under way. It outlives a stream that leaves meanwhile by a round at most. */
struct catch_up {
    struct hub_read read;
    struct channel *channel; /* also when the stream has left it */
    struct subscriber *subscriber;
    struct buffer from;
    struct buffer stop;
    uint64_t stop_sequence;
};

static void catch_up_free(struct catch_up *catch_up) {
    catch_up->channel->catch_up_count--;
    channel_note_check(catch_up->channel);
    hub_read_finish(&catch_up->read);
    buffer_finish(&catch_up->from);
    buffer_finish(&catch_up->stop);
    mem_free(catch_up);
}

/* The stream has read on: writes what it read, and shares it with others. Without memory the stream ends, since its
 * cursor is past that text already: the client reconnects with the position of what it has received. */
static void write_page(struct subscriber *subscriber, struct catch_up *catch_up, struct buffer *text) {
    struct page *page = &catch_up->read.page;
    bool moved = !bytes_equal(buffer_bytes(&catch_up->from), buffer_bytes(&page->cursor));
    buffer_move(&subscriber->cursor, &page->cursor);
    subscriber->at_sequence = page->at_stop ? catch_up->stop_sequence : 0;
    if (moved)
        subscriber->tried_sequence = 0; /* it got on, perhaps over events of other keys alone: there may be more */
    if (stream_frame_empty(text))
        return;

    struct stream_chunk *chunk = stream_chunk_new(subscriber->hub, text, page->event_count, false);
    if (chunk == NULL) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    chunk_cache_put(&subscriber->channel->cache, buffer_bytes(&catch_up->from), buffer_bytes(&subscriber->cursor),
                    chunk, subscriber->at_sequence);
    subscriber_write(subscriber, chunk);
    stream_chunk_unref(chunk);
}

static void on_page(void *context) {
    struct catch_up *catch_up = context;
    struct subscriber *subscriber = catch_up->subscriber;
    struct page *page = &catch_up->read.page;
    autobuffer struct buffer text = { 0 };

    subscriber->catch_up = NULL;
    if (subscriber->state == SUBSCRIBER_LEAVING) {
        catch_up_free(catch_up); /* hub.c has waited for this */
        return;
    }
    if (subscriber->pending != NULL) { /* a heartbeat: reads again from where it is once the socket has taken that */
        subscriber->tried_sequence = 0;
        catch_up_free(catch_up);
        return;
    }

    const struct stream_request *request = &catch_up->channel->request;
    bool failed = page->status != STATUS_OK;
    stream_frame_begin(&text);
    if (!failed && stream_text_page(&text, request->format, request->view, page))
        write_page(subscriber, catch_up, &text);
    else if (!failed || hub_read_is_final(page->status))
        subscriber_leave(subscriber, HUB_END_FAILED);
    else
        catch_up->channel->retry_ms = clock_monotonic_ms() + RETRY_READ_MS; /* for all that are behind */

    catch_up_free(catch_up);
    if (!failed)
        subscriber_advance(subscriber);
}

static void start_read(struct subscriber *subscriber) {
    struct channel *channel = subscriber->channel;
    struct catch_up *catch_up = mem_zero(1, sizeof *catch_up);
    if (catch_up == NULL) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    catch_up->read.hub = channel->hub;
    catch_up->read.done = on_page;
    catch_up->read.context = catch_up;
    catch_up->channel = channel;
    catch_up->subscriber = subscriber;
    catch_up->stop_sequence = channel->sequence;
    channel->catch_up_count++;
    buffer_append_bytes(&catch_up->from, buffer_bytes(&subscriber->cursor));
    buffer_append_bytes(&catch_up->stop, follow_position(&channel->follow));
    if (catch_up->from.failed || catch_up->stop.failed) {
        catch_up_free(catch_up);
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }

    subscriber->catch_up = catch_up;
    subscriber->tried_sequence = channel->sequence;
    hub_read_start(&catch_up->read, channel, buffer_bytes(&catch_up->from), buffer_bytes(&catch_up->stop));
}

/* Goes on with a chunk that another stream has read. False: there is none. */
static bool write_cached(struct subscriber *subscriber) {
    const struct cached_chunk *cached = chunk_cache_find(&subscriber->channel->cache,
                                                         buffer_bytes(&subscriber->cursor));
    if (cached == NULL)
        return false;

    buffer_clear(&subscriber->cursor);
    buffer_append_bytes(&subscriber->cursor, buffer_bytes(&cached->to));
    subscriber->at_sequence = cached->stop_sequence;
    subscriber->tried_sequence = 0;
    if (subscriber->cursor.failed)
        subscriber_leave(subscriber, HUB_END_FAILED);
    else
        subscriber_write(subscriber, cached->chunk);
    return true;
}

/* Half of the cap is for what streams are behind by already: those that come later wait until some of it has gone. What
 * is kept only because it might serve another goes first. */
static bool hold_back(struct hub *hub) {
    if (!hub_is_half_full(hub))
        return false;
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next)
        chunk_cache_clear(&channel->cache);
    bool full = hub_is_half_full(hub);
    hub->held_back = hub->held_back || full;
    return full;
}

void subscriber_advance(struct subscriber *subscriber) {
    while (subscriber->state == SUBSCRIBER_BEHIND && subscriber->pending == NULL && subscriber->catch_up == NULL) {
        const struct channel *channel = subscriber->channel;
        bool arrived = channel->sequence > 0 && subscriber->at_sequence == channel->sequence;
        if (subscriber->ends || (arrived && channel->state == CHANNEL_ENDED))
            subscriber_leave(subscriber, HUB_END_DONE); /* told of the end, or told when the client reconnects */
        else if (arrived)
            subscriber_set_state(subscriber, SUBSCRIBER_MEMBER);
        else if (channel->sequence == 0 || subscriber->tried_sequence == channel->sequence ||
                 hold_back(subscriber->hub))
            return; /* it goes on when the channel has moved, or when the hub holds nobody back */
        else if (!write_cached(subscriber))
            start_read(subscriber);
    }
}

void subscriber_tick(struct subscriber *subscriber, int64_t now_ms) {
    if (subscriber->state != SUBSCRIBER_BEHIND || subscriber->pending != NULL ||
        now_ms - subscriber->written_ms < subscriber->hub->options.heartbeat_ms)
        return;

    struct buffer text = { 0 };
    stream_frame_begin(&text);
    stream_text_position(&text, subscriber->channel->request.format, buffer_bytes(&subscriber->cursor));
    struct stream_chunk *chunk = stream_chunk_new(subscriber->hub, &text, 0, false);
    if (chunk != NULL)
        subscriber_write(subscriber, chunk);
    stream_chunk_unref(chunk);
}
