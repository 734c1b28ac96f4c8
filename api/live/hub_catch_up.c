/* Streams that are behind: they read up to where their channel is, and join it there. */
#include "api/live/hub_internal.h"

#include "base/clock.h"
#include "base/memory.h"

/* A read under way, for all streams of its channel that stand at the same place. It outlives those that leave meanwhile by a
 * round at most. */
struct catch_up {
    struct hub_read read;
    struct channel *channel; /* also when its streams have left it */
    struct catch_up *next;   /* of the channel */
    struct subscriber *readers;
    struct buffer from;
    struct buffer stop;
    uint64_t stop_sequence; /* where the channel was then */
    bool milestone;         /* that is not its newest place */
};

static void catch_up_free(struct catch_up *catch_up) {
    hub_read_finish(&catch_up->read);
    buffer_finish(&catch_up->from);
    buffer_finish(&catch_up->stop);
    mem_free(catch_up);
}

static void take_out(struct catch_up *catch_up) {
    struct channel *channel = catch_up->channel;
    struct catch_up **at = &channel->catch_ups;
    while (*at != catch_up)
        at = &(*at)->next;
    *at = catch_up->next;
    channel->hub->catch_up_count--;
    channel_note_check(channel);
}

/* Where those who have taken the page stand. A milestone that cannot be reached, as of a topic that was deleted since, is not
 * tried again. */
static struct stream_place place_behind(const struct catch_up *catch_up, bool *ret_moved) {
    const struct page *page = &catch_up->read.page;
    *ret_moved = !bytes_equal(buffer_bytes(&catch_up->from), buffer_bytes(&page->cursor));
    return (struct stream_place){
        .cursor = buffer_bytes(&page->cursor),
        .at_sequence = page->at_stop ? catch_up->stop_sequence : 0,
        .heads_for = catch_up->milestone && *ret_moved && !page->at_stop ? catch_up->stop_sequence : 0,
    };
}

/* The page as text, for one stream or many; NULL: it has none. False: no memory. */
static bool make_chunk(const struct catch_up *catch_up, struct page *page, struct stream_chunk **ret_chunk) {
    const struct stream_request *request = &catch_up->channel->request;
    autobuffer struct buffer text = { 0 };
    *ret_chunk = NULL;
    stream_frame_begin(&text);
    if (!stream_text_page(&text, request->format, request->view, page))
        return false;
    if (stream_frame_empty(&text))
        return true;
    *ret_chunk = stream_chunk_new(catch_up->channel->hub, &text, page->event_count, false);
    return *ret_chunk != NULL;
}

/* Its streams, each once. One that leaves is no reader any more. */
static struct subscriber *take_reader(struct catch_up *catch_up) {
    struct subscriber *subscriber = catch_up->readers;
    if (subscriber != NULL) {
        catch_up->readers = subscriber->next_reader;
        subscriber->catch_up = NULL;
    }
    return subscriber;
}

/* Writes the page to its readers, and shares it with those that come to the same place later. Without memory they end:
 * the clients reconnect with the position of what they have received. */
static void write_page(struct catch_up *catch_up) {
    struct stream_chunk *chunk;
    bool moved;
    bool made = make_chunk(catch_up, &catch_up->read.page, &chunk);
    const struct stream_place place = place_behind(catch_up, &moved);
    if (chunk != NULL && catch_up->channel->behind != NULL)
        chunk_cache_put(&catch_up->channel->cache, buffer_bytes(&catch_up->from), &place, chunk);

    for (struct subscriber *subscriber; (subscriber = take_reader(catch_up)) != NULL;) {
        if (subscriber->state == SUBSCRIBER_LEAVING)
            continue;
        if (moved || catch_up->milestone || subscriber->pending != NULL)
            subscriber->tried_sequence = 0; /* it got on, perhaps over events of other keys alone: there may be more */
        if (!made || (subscriber->pending == NULL && !subscriber_set_place(subscriber, &place))) {
            subscriber_leave(subscriber, HUB_END_FAILED);
            continue;
        }
        if (subscriber->pending !=
            NULL) /* a heartbeat: once the socket has taken that, it reads again from where it is */
            continue;
        if (chunk != NULL)
            subscriber_write(subscriber, chunk);
        subscriber_advance(subscriber);
    }
    stream_chunk_unref(chunk);
}

static void fail(struct catch_up *catch_up, enum status status) {
    bool final = hub_read_is_final(status);
    if (!final)
        catch_up->channel->retry_ms = clock_monotonic_ms() + RETRY_READ_MS; /* for all that are behind */
    for (struct subscriber *subscriber; (subscriber = take_reader(catch_up)) != NULL;)
        if (final)
            subscriber_leave(subscriber, HUB_END_FAILED);
}

static void on_page(void *context) {
    struct catch_up *catch_up = context;
    enum status status = catch_up->read.page.status;
    take_out(catch_up);
    if (status == STATUS_OK)
        write_page(catch_up);
    else
        fail(catch_up, status);
    catch_up_free(catch_up);
}

static void add_reader(struct catch_up *catch_up, struct subscriber *subscriber) {
    subscriber->catch_up = catch_up;
    subscriber->next_reader = catch_up->readers;
    catch_up->readers = subscriber;
    subscriber->tried_sequence = catch_up->channel->sequence;
}

/* One that has begun at the same place, for the same stop. */
static struct catch_up *find_read(const struct subscriber *subscriber, uint64_t stop_sequence) {
    struct catch_up *catch_up = subscriber->channel->catch_ups;
    while (catch_up != NULL && (catch_up->stop_sequence != stop_sequence ||
                                !bytes_equal(buffer_bytes(&catch_up->from), buffer_bytes(&subscriber->cursor))))
        catch_up = catch_up->next;
    return catch_up;
}

static void start_read(struct subscriber *subscriber) {
    struct channel *channel = subscriber->channel;
    struct bytes stop = follow_position(&channel->follow);
    uint64_t stop_sequence = channel->sequence;
    bool milestone = ring_stop(subscriber, &stop, &stop_sequence);
    struct catch_up *catch_up = find_read(subscriber, stop_sequence);
    if (catch_up != NULL) {
        add_reader(catch_up, subscriber);
        return;
    }

    catch_up = mem_zero(1, sizeof *catch_up);
    if (catch_up == NULL) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    buffer_append_bytes(&catch_up->from, buffer_bytes(&subscriber->cursor));
    buffer_append_bytes(&catch_up->stop, stop);
    if (catch_up->from.failed || catch_up->stop.failed) {
        catch_up_free(catch_up);
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    catch_up->read.hub = channel->hub;
    catch_up->read.done = on_page;
    catch_up->read.context = catch_up;
    catch_up->channel = channel;
    catch_up->stop_sequence = stop_sequence;
    catch_up->milestone = milestone;
    catch_up->next = channel->catch_ups;
    channel->catch_ups = catch_up;
    channel->hub->catch_up_count++;
    add_reader(catch_up, subscriber);
    hub_read_start(&catch_up->read, channel, buffer_bytes(&catch_up->from), buffer_bytes(&catch_up->stop));
}

/* Goes on with a chunk that another stream has read. False: there is none. */
static bool write_cached(struct subscriber *subscriber) {
    const struct cached_chunk *cached = chunk_cache_find(&subscriber->channel->cache,
                                                         buffer_bytes(&subscriber->cursor));
    if (cached == NULL)
        return false;

    struct stream_place place = cached->place;
    place.cursor = buffer_bytes(&cached->to);
    subscriber->tried_sequence = 0;
    if (subscriber_set_place(subscriber, &place))
        subscriber_write(subscriber, cached->chunk);
    else
        subscriber_leave(subscriber, HUB_END_FAILED);
    return true;
}

/* Half of the cap is for what streams are behind by already: those that come later wait until some of it has gone, or until
 * others have read. What is kept only because it might serve another goes first. */
static bool hold_back(struct hub *hub) {
    if (hub->catch_up_count >= CATCH_UPS_MAX) {
        hub->held_back = true;
        return true;
    }
    if (!hub_is_half_full(hub))
        return false;
    bool kept = hub->ring_bytes > 0 || hub->cached_count > 0;
    for (struct channel *channel = kept ? hub->channels : NULL; channel != NULL; channel = channel->next) {
        chunk_cache_clear(&channel->cache);
        ring_drop_texts(channel);
    }
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
        else if (ring_write(subscriber))
            continue;
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
