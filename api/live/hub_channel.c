/* Channels: reading once for all members. */
#include "api/live/hub_internal.h"

#include "api/live/stream_text.h"
#include "base/clock.h"
#include "base/memory.h"
#include "gateway/read/waiters.h"

/* ---- making and finding channels ---- */

static void on_wake(void *context) {
    struct channel *channel = context;
    struct hub *hub = channel->read.hub;
    pthread_mutex_lock(&hub->lock);
    if (!channel->changed) {
        channel->changed = true;
        channel->next_changed = hub->changed;
        hub->changed = channel;
        hub_wake_locked(hub);
    }
    pthread_mutex_unlock(&hub->lock);
}

static bool same_patterns(const struct selection_query *a, const struct selection_query *b) {
    if (a->pattern_count != b->pattern_count || a->partition_count != b->partition_count)
        return false;
    for (size_t i = 0; i < a->pattern_count; i++)
        if (!bytes_equal(a->patterns[i], b->patterns[i]))
            return false;
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i] != b->partitions[i])
            return false;
    return true;
}

static bool same_asked(const struct stream_request *a, const struct stream_request *b) {
    return a->format == b->format && a->view == b->view && same_patterns(a->what, b->what) &&
           bytes_present(a->key) == bytes_present(b->key) && bytes_equal(a->key, b->key);
}

static struct bytes copy_bytes(struct arena *memory, struct bytes bytes, bool *failed) {
    if (!bytes_present(bytes))
        return bytes;
    const char *copy = arena_copy(memory, bytes.data, bytes.size);
    *failed = *failed || copy == NULL;
    return (struct bytes){ copy, bytes.size };
}

/* The channel outlives the request that it was made for. */
static bool copy_asked(struct channel *channel, const struct stream_request *asked) {
    const struct selection_query *what = asked->what;
    bool failed = false;
    struct bytes *patterns = arena_array(&channel->memory, what->pattern_count, sizeof *patterns);
    uint32_t *partitions = arena_array(&channel->memory, what->partition_count + 1, sizeof *partitions);
    if (patterns == NULL || partitions == NULL)
        return false;
    for (size_t i = 0; i < what->pattern_count; i++)
        patterns[i] = copy_bytes(&channel->memory, what->patterns[i], &failed);
    if (what->partition_count > 0)
        memcpy(partitions, what->partitions, what->partition_count * sizeof *partitions);
    channel->what = (struct selection_query){ .patterns = patterns,
                                              .pattern_count = what->pattern_count,
                                              .partitions = partitions,
                                              .partition_count = what->partition_count };
    channel->asked = (struct stream_request){ .format = asked->format,
                                              .view = asked->view,
                                              .what = &channel->what,
                                              .key = copy_bytes(&channel->memory, asked->key, &failed) };
    return !failed;
}

static void channel_free(struct channel *channel) {
    waiters_remove(channel->read.hub->waiters, &channel->waiter);
    channel_forget_shared(channel);
    buffer_finish(&channel->cursor);
    arena_finish(&channel->memory);
    mem_free(channel);
}

static void take_channel_read(struct hub_read *read);

struct channel *channel_find(struct hub *hub, const struct stream_request *asked) {
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next)
        if (!channel->ended && same_asked(&channel->asked, asked))
            return channel;
    struct channel *channel = mem_zero(1, sizeof *channel);
    if (channel == NULL)
        return NULL;
    channel->read.hub = hub;
    channel->read.finish = take_channel_read;
    channel->waiter.wake = on_wake;
    channel->waiter.context = channel;
    channel->said_ms = clock_monotonic_ms();
    if (!copy_asked(channel, asked)) {
        channel_free(channel);
        return NULL;
    }
    channel->next = hub->channels;
    hub->channels = channel;
    return channel;
}

void channel_destroy_if_idle(struct channel *channel) {
    struct hub *hub = channel->read.hub;
    if (channel->members != NULL || channel->behind != NULL || channel->read.running || channel->catching_up > 0)
        return;
    waiters_remove(hub->waiters, &channel->waiter); /* behind it nobody marks it as changed any more */
    pthread_mutex_lock(&hub->lock);
    for (struct channel **at = &hub->changed; *at != NULL; at = &(*at)->next_changed) {
        if (*at == channel) {
            *at = channel->next_changed;
            break;
        }
    }
    pthread_mutex_unlock(&hub->lock);
    struct channel **at = &hub->channels;
    while (*at != channel)
        at = &(*at)->next;
    *at = channel->next;
    channel_free(channel);
}

/* ---- members and those behind ---- */

static struct subscriber **list_of(struct subscriber *subscriber) {
    return subscriber->member ? &subscriber->channel->members : &subscriber->channel->behind;
}

static void link_in(struct subscriber *subscriber) {
    struct subscriber **list = list_of(subscriber);
    subscriber->previous = NULL;
    subscriber->next = *list;
    if (*list != NULL)
        (*list)->previous = subscriber;
    *list = subscriber;
}

static void link_out(struct subscriber *subscriber) {
    if (subscriber->next != NULL)
        subscriber->next->previous = subscriber->previous;
    if (subscriber->previous != NULL)
        subscriber->previous->next = subscriber->next;
    else
        *list_of(subscriber) = subscriber->next;
}

void channel_set_member(struct subscriber *subscriber, bool member) {
    link_out(subscriber);
    subscriber->member = member;
    link_in(subscriber);
    subscriber->window_ms = clock_monotonic_ms();
    subscriber->window_taken = subscriber->taken;
    if (subscriber->channel->behind == NULL)
        channel_forget_shared(subscriber->channel);
}

void channel_add(struct channel *channel, struct subscriber *subscriber) {
    subscriber->channel = channel;
    subscriber->member = false;
    link_in(subscriber);
}

void channel_remove(struct subscriber *subscriber) {
    link_out(subscriber);
    subscriber->channel = NULL;
}

/* ---- the channel's own reading ---- */

/* To every member; those whose socket does not take all of it are behind from here on. */
static void say_to_members(struct channel *channel, struct buffer *text, size_t events) {
    struct burst *burst = burst_new(channel->read.hub, text, events);
    channel->said_ms = clock_monotonic_ms();
    for (struct subscriber *subscriber = channel->members, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        if (burst == NULL) {
            subscriber_leave(subscriber, HUB_END_FAILED);
            continue;
        }
        if (subscriber_say(subscriber, burst) || subscriber->leaving)
            continue;
        buffer_clear(&subscriber->cursor);
        buffer_append_bytes(&subscriber->cursor, buffer_bytes(&channel->cursor));
        subscriber->at_sequence = channel->sequence;
        channel_set_member(subscriber, false);
        if (subscriber->cursor.failed)
            subscriber_leave(subscriber, HUB_END_FAILED);
    }
    burst_unref(burst);
}

void channel_settle_behind(struct channel *channel) {
    for (struct subscriber *subscriber = channel->behind, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        channel_settle(subscriber);
    }
}

/* Follows the selection: new partitions and topics are watched from here on. */
static bool follow_selection(struct channel *channel, const struct page *page) {
    struct waiters *waiters = channel->read.hub->waiters;
    if (channel->waits && channel->catalog_version == page->selection.topics.version)
        return true;
    enum status s = channel->waits ? waiters_update(waiters, &channel->waiter, &page->selection)
                                   : waiters_add(waiters, &channel->waiter, &page->selection);
    if (s != STATUS_OK)
        return false;
    channel->waits = true;
    channel->catalog_version = page->selection.topics.version;
    return true;
}

/* False: there is no memory for its text. Then the channel is where it was, and reads it again. */
static bool take_page(struct channel *channel, struct page *page) {
    autobuffer struct buffer text = { 0 };
    bool first = !channel->ready;
    if (!stream_text_page(&text, channel->asked.format, channel->asked.view, page))
        return false;
    bool moved = first || !bytes_equal(buffer_bytes(&channel->cursor), buffer_bytes(&page->cursor));
    channel->ended = page->selection.topics.count == 0 && !selection_can_grow(&channel->what);
    if (moved) {
        buffer_move(&channel->cursor, &page->cursor);
        channel->sequence++;
    }
    channel->ready = true;
    channel->cursor_said = text.size > 0 || (channel->cursor_said && !moved);
    if (channel->ended) {
        if (text.size == 0) /* else a gap has said it */
            stream_text_position(&text, channel->asked.format, buffer_bytes(&channel->cursor));
        stream_text_end(&text, channel->asked.format);
        for (struct subscriber *subscriber = channel->members; subscriber != NULL; subscriber = subscriber->next)
            subscriber->ends = true;
    }
    if (text.size > 0)
        say_to_members(channel, &text, page->event_count);
    return true;
}

static void end_members(struct channel *channel, enum hub_end end) {
    for (struct subscriber *subscriber = channel->members, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        subscriber_leave(subscriber, end);
    }
    for (struct subscriber *subscriber = channel->behind, *next; subscriber != NULL; subscriber = next) {
        next = subscriber->next;
        if (end != HUB_END_DONE || subscriber->pending == NULL)
            subscriber_leave(subscriber, end);
    }
}

/* Waits for the next change, or reads on: what came behind the last look is there already, and the first read was made
 * before anybody watched. While draining nobody parks: then the hub is about to end all, and there is no more to
 * read. */
static void go_on(struct channel *channel, bool up_to_date) {
    struct waiters *waiters = channel->read.hub->waiters;
    if (!up_to_date || (!waiters_park(waiters, &channel->waiter, 0) && !waiters_draining(waiters)))
        channel_advance(channel);
}

static void take_channel_read(struct hub_read *read) {
    struct channel *channel = (struct channel *)read;
    struct page *page = &read->page;
    enum status status = page->status;
    bool up_to_date = page->up_to_date;
    bool follows = true;
    bool was_ready = channel->ready;
    if (status == STATUS_OK && !take_page(channel, page))
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        follows = follow_selection(channel, page);
    hub_read_end(read);
    if (hub_read_is_final(status) || !follows)
        end_members(channel, HUB_END_FAILED);
    else if (status != STATUS_OK)
        channel->again_ms = clock_monotonic_ms() + READ_AGAIN_MS;
    else if (channel->ended)
        end_members(channel, HUB_END_DONE);
    else if (channel->members != NULL || channel->behind != NULL)
        go_on(channel, was_ready && up_to_date);
    channel_settle_behind(channel);
    channel_destroy_if_idle(channel);
}

void channel_advance(struct channel *channel) {
    if (channel->read.running || channel->ended)
        return;
    channel->again_ms = 0;
    if (channel->waits)
        waiters_rearm(channel->read.hub->waiters, &channel->waiter);
    hub_read_set_query(&channel->read, channel, channel->ready ? buffer_bytes(&channel->cursor) : BYTES_NONE);
    hub_read_start(&channel->read);
}

void channel_heartbeat(struct channel *channel, int64_t now_ms) {
    if (channel->again_ms != 0 && channel->again_ms <= now_ms) {
        channel_advance(channel);
        for (struct subscriber *subscriber = channel->behind; subscriber != NULL; subscriber = subscriber->next)
            subscriber->tried_sequence = 0;
        channel_settle_behind(channel);
    }
    if (!channel->ready || now_ms - channel->said_ms < channel->read.hub->options.heartbeat_ms)
        return;
    autobuffer struct buffer text = { 0 };
    if (channel->cursor_said)
        stream_text_heartbeat(&text, channel->asked.format, buffer_bytes(&channel->cursor));
    else
        stream_text_position(&text, channel->asked.format, buffer_bytes(&channel->cursor));
    if (text.failed)
        return; /* the next look tries again */
    channel->cursor_said = true;
    say_to_members(channel, &text, 0);
}
