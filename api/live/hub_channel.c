/* Channels: reading once for all members. */
#include "api/live/hub_internal.h"

#include "base/clock.h"
#include "base/memory.h"

enum { READ_BYTES_MAX = 512 * 1024 };

void channel_destroy(struct channel *channel) {
    follow_finish(&channel->follow);
    hub_withdraw_turned(channel); /* nobody posts it any more */
    channel_drop_texts(channel);
    arena_finish(&channel->memory);
    mem_free(channel);
}

/* ---- writing ---- */

static void write_to_members(struct channel *channel, struct stream_chunk *chunk) {
    channel->written_ms = clock_monotonic_ms();
    for (struct subscriber *subscriber = channel->members, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        if (chunk == NULL)
            subscriber_leave(subscriber, HUB_END_FAILED);
        else if (!subscriber_write(subscriber, chunk))
            subscriber_fall_behind(subscriber);
    }
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

/* Moves the channel to the end of a page, and writes the page to its members. False: there was no memory for the text,
 * and the channel is where it was. */
static bool write_page(struct channel *channel) {
    enum stream_format format = channel->request.format;
    struct page *page = &channel->follow.page;
    autobuffer struct buffer text = { 0 };
    bool moved;
    stream_frame_begin(&text);
    if (!stream_text_page(&text, format, channel->request.view, page) || !follow_accept(&channel->follow, &moved))
        return false;
    channel->sequence += moved;
    channel->cursor_written = !stream_frame_empty(&text) || (channel->cursor_written && !moved);

    if (follow_is_over(&channel->follow)) {
        channel->state = CHANNEL_ENDED;
        if (stream_frame_empty(&text)) /* else a gap has brought the position */
            stream_text_position(&text, format, follow_position(&channel->follow));
        stream_text_end(&text, format);
        for (struct subscriber *subscriber = channel->members; subscriber != NULL; subscriber = subscriber->next)
            subscriber->ends = true;
    }

    bool empty = stream_frame_empty(&text);
    struct stream_chunk *chunk =
        empty ? NULL : stream_chunk_new(channel->hub, &text, page->event_count, channel->state == CHANNEL_ENDED);
    if (moved && channel->behind != NULL && (chunk != NULL || empty))
        ring_put(channel, chunk);
    else if (moved)
        ring_clear(channel); /* it begins with the next text */
    if (!empty)
        write_to_members(channel, chunk);
    stream_chunk_unref(chunk);
    return true;
}

/* While the server drains, one that is at the head stays IDLE: the hub is about to end all streams. */
void channel_step(struct channel *channel) {
    assert(channel->state != CHANNEL_FOLLOWING && channel->state != CHANNEL_ENDED);
    channel->state = CHANNEL_FOLLOWING;
    enum follow_went went = follow_next(&channel->follow);
    if (went == FOLLOW_WENT_ON) {
        channel->hub->reads_running += channel->follow.state == FOLLOW_READING;
        return;
    }
    channel->state = CHANNEL_IDLE;
    if (went == FOLLOW_WENT_NO_MEMORY)
        end_subscribers(channel, HUB_END_FAILED);
}

static void take_page(struct channel *channel, enum status status) {
    if (status == STATUS_OK && !write_page(channel))
        status = STATUS_NO_MEMORY;

    if (hub_read_is_final(status)) {
        end_subscribers(channel, HUB_END_FAILED);
    } else if (status != STATUS_OK) {
        channel->state = CHANNEL_RETRYING;
        channel->retry_ms = clock_monotonic_ms() + RETRY_READ_MS;
    } else if (channel->state == CHANNEL_ENDED) {
        end_subscribers(channel, HUB_END_DONE);
    }
}

void channel_turn(struct channel *channel) {
    assert(channel->state == CHANNEL_FOLLOWING);
    channel->state = CHANNEL_IDLE;
    channel->hub->reads_running -= channel->follow.state == FOLLOW_READING;
    bool read = follow_turn(&channel->follow) != FOLLOW_WOKEN;
    if (read)
        take_page(channel, channel->follow.page.status);
    if (channel->state == CHANNEL_IDLE && (channel->members != NULL || channel->behind != NULL))
        channel_step(channel);
    if (read)
        channel_advance_behind(channel);
    channel_note_check(channel);
}

struct channel *channel_create(struct hub *hub, const struct stream_request *request) {
    struct channel *channel = mem_zero(1, sizeof *channel);
    if (channel == NULL)
        return NULL;
    channel->hub = hub;
    channel->written_ms = clock_monotonic_ms();
    if (!stream_request_copy(request, &channel->memory, &channel->request)) {
        channel_destroy(channel);
        return NULL;
    }
    channel->follow.turned = hub_post_turned;
    channel->follow.context = channel;
    channel->follow.query = hub_query(channel, READ_BYTES_MAX);
    channel->follow.query.start = PAGE_FROM_LATEST;
    follow_init(&channel->follow, hub->gateway);
    return channel;
}

/* ---- time ---- */

void channel_tick(struct channel *channel, int64_t now_ms) {
    if (channel->retry_ms != 0 && channel->retry_ms <= now_ms) {
        channel->retry_ms = 0;
        if (channel->state == CHANNEL_RETRYING)
            channel_step(channel);
        for (struct subscriber *subscriber = channel->behind; subscriber != NULL; subscriber = subscriber->next)
            subscriber->tried_sequence = 0;
        channel_advance_behind(channel);
    }

    if (channel->sequence == 0 || now_ms - channel->written_ms < channel->hub->options.heartbeat_ms)
        return;
    autobuffer struct buffer text = { 0 };
    stream_frame_begin(&text);
    if (channel->cursor_written)
        stream_text_heartbeat(&text, channel->request.format, follow_position(&channel->follow));
    else
        stream_text_position(&text, channel->request.format, follow_position(&channel->follow));
    if (text.failed)
        return; /* the next tick tries again */
    channel->cursor_written = true;
    struct stream_chunk *chunk = stream_chunk_new(channel->hub, &text, 0, false);
    write_to_members(channel, chunk);
    stream_chunk_unref(chunk);
}
