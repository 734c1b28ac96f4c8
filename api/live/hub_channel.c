/* Channels: reading once for all members. */
#include "api/live/hub_internal.h"

#include "base/clock.h"
#include "base/memory.h"

void channel_destroy(struct channel *channel) {
    waiters_remove(channel->hub->waiters, &channel->waiter);
    hub_withdraw_woken(channel); /* removed, nobody wakes it any more */
    chunk_cache_clear(&channel->cache);
    buffer_finish(&channel->cursor);
    arena_finish(&channel->memory);
    mem_free(channel);
}

/* ---- writing ---- */

static void write_to_members(struct channel *channel, struct buffer *text, size_t events, bool last) {
    struct stream_chunk *chunk = stream_chunk_new(channel->hub, text, events, last);
    channel->written_ms = clock_monotonic_ms();
    for (struct subscriber *subscriber = channel->members, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        if (chunk == NULL)
            subscriber_leave(subscriber, HUB_END_FAILED);
        else if (!subscriber_write(subscriber, chunk))
            subscriber_fall_behind(subscriber);
    }
    stream_chunk_unref(chunk);
}

void channel_advance_behind(struct channel *channel) {
    for (struct subscriber *subscriber = channel->behind, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        subscriber_advance(subscriber);
    }
}

/* Ends its streams. When it is done, those go on to whose socket has yet to take what they were told last. */
static void end_subscribers(struct channel *channel, enum hub_end end) {
    while (channel->members != NULL)
        subscriber_leave(channel->members, end);
    for (struct subscriber *subscriber = channel->behind, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        if (end != HUB_END_DONE || subscriber->pending == NULL)
            subscriber_leave(subscriber, end);
    }
}

/* ---- reading ---- */

/* New partitions and topics are watched from here on. */
static bool watch_selection(struct channel *channel, const struct selection *selection) {
    struct waiters *waiters = channel->hub->waiters;
    const struct selection_query *what = channel->request.what;
    if (waiters_watch(&channel->waiter, selection))
        return true;

    enum status s = channel->watching ? waiters_update(waiters, &channel->waiter, what, selection)
                                      : waiters_add(waiters, &channel->waiter, what, selection);
    channel->watching = channel->watching || s == STATUS_OK;
    return s == STATUS_OK;
}

/* Moves the channel to the end of a page, and writes the page to its members. False: there was no memory for the text,
 * and the channel is where it was. */
static bool write_page(struct channel *channel, struct page *page) {
    enum stream_format format = channel->request.format;
    autobuffer struct buffer text = { 0 };
    stream_frame_begin(&text);
    if (!stream_text_page(&text, format, channel->request.view, page))
        return false;

    bool moved = channel->sequence == 0 || !bytes_equal(buffer_bytes(&channel->cursor), buffer_bytes(&page->cursor));
    if (moved) {
        buffer_move(&channel->cursor, &page->cursor);
        channel->sequence++;
    }
    channel->cursor_written = !stream_frame_empty(&text) || (channel->cursor_written && !moved);

    if (page->selection.topics.count == 0 && !selection_can_grow(channel->request.what)) {
        channel->state = CHANNEL_ENDED;
        if (stream_frame_empty(&text)) /* else a gap has brought the position */
            stream_text_position(&text, format, buffer_bytes(&channel->cursor));
        stream_text_end(&text, format);
        for (struct subscriber *subscriber = channel->members; subscriber != NULL; subscriber = subscriber->next)
            subscriber->ends = true;
    }

    if (!stream_frame_empty(&text))
        write_to_members(channel, &text, page->event_count, channel->state == CHANNEL_ENDED);
    return true;
}

/* Waits for the next change, or reads on if it came meanwhile. While draining nobody parks: then the hub is about to
 * end all streams, and reads no more. */
static void park_or_read(struct channel *channel, bool up_to_date) {
    struct waiters *waiters = channel->hub->waiters;
    if (up_to_date && waiters_park(waiters, &channel->waiter, 0))
        channel->state = CHANNEL_PARKED;
    else if (!up_to_date || !waiters_draining(waiters))
        channel_start_read(channel);
}

static void on_page(void *context) {
    struct channel *channel = context;
    struct page *page = &channel->read.page;
    enum status status = page->status;
    /* What came to partitions that nobody watched during the read is found by another one. */
    bool up_to_date = page->up_to_date && waiters_watch(&channel->waiter, &page->selection);

    assert(channel->state == CHANNEL_READING);
    channel->state = CHANNEL_IDLE;
    if (status == STATUS_OK && !write_page(channel, page))
        status = STATUS_NO_MEMORY;
    bool watched = status != STATUS_OK || watch_selection(channel, &page->selection);
    hub_read_finish(&channel->read);

    if (hub_read_is_final(status) || !watched) {
        end_subscribers(channel, HUB_END_FAILED);
    } else if (status != STATUS_OK) {
        channel->state = CHANNEL_RETRYING;
        channel->retry_ms = clock_monotonic_ms() + RETRY_READ_MS;
    } else if (channel->state == CHANNEL_ENDED) {
        end_subscribers(channel, HUB_END_DONE);
    } else if (channel->members != NULL || channel->behind != NULL) {
        park_or_read(channel, up_to_date);
    }

    channel_advance_behind(channel);
    channel_note_check(channel);
}

void channel_start_read(struct channel *channel) {
    assert(channel->state != CHANNEL_READING && channel->state != CHANNEL_ENDED);
    channel->state = CHANNEL_READING;
    if (channel->watching)
        waiters_rearm(channel->hub->waiters, &channel->waiter);
    hub_read_start(&channel->read, channel, channel->sequence > 0 ? buffer_bytes(&channel->cursor) : BYTES_NONE,
                   BYTES_NONE);
}

struct channel *channel_create(struct hub *hub, const struct stream_request *request) {
    struct channel *channel = mem_zero(1, sizeof *channel);
    if (channel == NULL)
        return NULL;
    channel->hub = hub;
    channel->read.hub = hub;
    channel->read.done = on_page;
    channel->read.context = channel;
    channel->waiter.wake = hub_post_woken;
    channel->waiter.context = channel;
    channel->written_ms = clock_monotonic_ms();
    if (!stream_request_copy(request, &channel->memory, &channel->request)) {
        channel_destroy(channel);
        return NULL;
    }
    return channel;
}

/* ---- time ---- */

void channel_tick(struct channel *channel, int64_t now_ms) {
    if (channel->retry_ms != 0 && channel->retry_ms <= now_ms) {
        channel->retry_ms = 0;
        if (channel->state == CHANNEL_RETRYING)
            channel_start_read(channel);
        for (struct subscriber *subscriber = channel->behind; subscriber != NULL; subscriber = subscriber->next)
            subscriber->tried_sequence = 0;
        channel_advance_behind(channel);
    }

    if (channel->sequence == 0 || now_ms - channel->written_ms < channel->hub->options.heartbeat_ms)
        return;
    autobuffer struct buffer text = { 0 };
    stream_frame_begin(&text);
    if (channel->cursor_written)
        stream_text_heartbeat(&text, channel->request.format, buffer_bytes(&channel->cursor));
    else
        stream_text_position(&text, channel->request.format, buffer_bytes(&channel->cursor));
    if (text.failed)
        return; /* the next tick tries again */
    channel->cursor_written = true;
    write_to_members(channel, &text, 0, false);
}
