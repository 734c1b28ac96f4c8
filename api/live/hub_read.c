/* Reading for the hub: of channels and of streams that are behind. A read ends on whatever thread storage ends it, and
 * is taken up on the hub's. */
#include "api/live/hub_internal.h"

#include "api/live/stream_text.h"
#include "base/clock.h"
#include "base/memory.h"

enum {
    BURST_EVENTS_MAX = 2000,
    BURST_BYTES_MAX = 512 * 1024,
    CATCH_UP_BYTES_MAX = 64 * 1024, /* there may be as many texts as there are streams */
};

static void read_done(void *context) {
    struct hub_read *read = context;
    struct hub *hub = read->hub;
    pthread_mutex_lock(&hub->lock);
    read->next = hub->done;
    hub->done = read;
    hub_wake_locked(hub);
    pthread_mutex_unlock(&hub->lock);
}

void hub_read_start(struct hub_read *read) {
    read->running = true;
    read->hub->reads_running++;
    read->page = (struct page){ .done = read_done, .context = read };
    page_start(read->hub->gateway, &read->query, &read->memory, &read->page);
}

void hub_read_end(struct hub_read *read) {
    page_finish(&read->page);
    arena_finish(&read->memory);
}

void hub_read_set_query(struct hub_read *read, const struct channel *channel, struct bytes from) {
    read->query = (struct page_query){ .what = channel->what,
                                       .key = channel->asked.key,
                                       .until_ms = STORAGE_TIME_NONE,
                                       .live = true,
                                       .start = bytes_present(from) ? PAGE_FROM_CURSOR : PAGE_FROM_LATEST,
                                       .cursor = from,
                                       .event_limit = BURST_EVENTS_MAX,
                                       .byte_limit = BURST_BYTES_MAX };
    read->query.what.lenient = true;
}

bool hub_read_is_final(enum status status) {
    return status == STATUS_CURSOR_INVALID || status == STATUS_CURSOR_MISMATCH || status == STATUS_TOO_MANY_PARTITIONS;
}

/* ---- catching up ---- */

static void take_catch_up(struct hub_read *read);

static void catch_up_free(struct catch_up *catch_up) {
    catch_up->channel->catching_up--;
    hub_read_end(&catch_up->read);
    buffer_finish(&catch_up->from);
    buffer_finish(&catch_up->stop);
    mem_free(catch_up);
}

static void catch_up(struct subscriber *subscriber) {
    struct channel *channel = subscriber->channel;
    struct catch_up *reading = mem_zero(1, sizeof *reading);
    if (reading == NULL) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    reading->read.hub = channel->read.hub;
    reading->read.finish = take_catch_up;
    reading->channel = channel;
    channel->catching_up++;
    reading->subscriber = subscriber;
    reading->stop_sequence = channel->sequence;
    buffer_append_bytes(&reading->from, buffer_bytes(&subscriber->cursor));
    buffer_append_bytes(&reading->stop, buffer_bytes(&channel->cursor));
    if (reading->from.failed || reading->stop.failed) {
        catch_up_free(reading);
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    hub_read_set_query(&reading->read, channel, buffer_bytes(&reading->from));
    reading->read.query.stop = buffer_bytes(&reading->stop);
    reading->read.query.byte_limit = CATCH_UP_BYTES_MAX;
    subscriber->catching_up = reading;
    subscriber->tried_sequence = channel->sequence;
    hub_read_start(&reading->read);
}

static void set_text(struct buffer *to, struct bytes from) {
    buffer_clear(to);
    buffer_append_bytes(to, from);
}

/* ---- shared texts ---- */

static void shared_text_clear(struct shared_text *shared) {
    buffer_finish(&shared->from);
    buffer_finish(&shared->to);
    burst_unref(shared->burst);
    *shared = (struct shared_text){ 0 };
}

void channel_forget_shared(struct channel *channel) {
    for (size_t i = 0; i < SHARED_TEXTS; i++)
        shared_text_clear(&channel->shared[i]);
}

static void share_text(struct channel *channel, struct bytes from, struct bytes to, struct burst *burst,
                       uint64_t stop_sequence) {
    struct shared_text *shared = &channel->shared[channel->shared_count++ % SHARED_TEXTS];
    shared_text_clear(shared);
    set_text(&shared->from, from);
    set_text(&shared->to, to);
    if (shared->from.failed || shared->to.failed) {
        shared_text_clear(shared);
        return;
    }
    burst->references++;
    shared->burst = burst;
    shared->stop_sequence = stop_sequence;
}

static const struct shared_text *find_shared(const struct channel *channel, struct bytes from) {
    for (size_t i = 0; i < SHARED_TEXTS; i++)
        if (channel->shared[i].burst != NULL && bytes_equal(buffer_bytes(&channel->shared[i].from), from))
            return &channel->shared[i];
    return NULL;
}

/* Goes on with a text that somebody else has read. False: there is none. */
static bool say_shared(struct subscriber *subscriber) {
    const struct shared_text *shared = find_shared(subscriber->channel, buffer_bytes(&subscriber->cursor));
    if (shared == NULL)
        return false;
    set_text(&subscriber->cursor, buffer_bytes(&shared->to));
    subscriber->at_sequence = shared->stop_sequence;
    subscriber->tried_sequence = 0;
    if (subscriber->cursor.failed)
        subscriber_leave(subscriber, HUB_END_FAILED);
    else
        subscriber_say(subscriber, shared->burst);
    return true;
}

/* ---- going on ---- */

/* Half of the cap is for what streams are behind by already: who comes later waits until some of it has gone. What is
 * kept only because it might serve another goes first. */
static bool hold_back(struct hub *hub) {
    if (!hub_is_half_full(hub))
        return false;
    for (struct channel *channel = hub->channels; channel != NULL; channel = channel->next)
        channel_forget_shared(channel);
    bool full = hub_is_half_full(hub);
    hub->held_back = hub->held_back || full;
    return full;
}

void channel_settle(struct subscriber *subscriber) {
    struct channel *channel = subscriber->channel;
    while (!subscriber->leaving && subscriber->pending == NULL && subscriber->catching_up == NULL &&
           !subscriber->member) {
        bool arrived = channel->ready && subscriber->at_sequence == channel->sequence;
        if (subscriber->ends || (arrived && channel->ended)) {
            subscriber_leave(subscriber, HUB_END_DONE); /* whoever was not told of the end is, when it comes again */
        } else if (arrived) {
            channel_set_member(subscriber, true);
        } else if (!channel->ready || subscriber->tried_sequence == channel->sequence || hold_back(channel->read.hub)) {
            return; /* where the channel is not yet: it goes on when that has moved */
        } else if (!say_shared(subscriber)) {
            catch_up(subscriber);
        }
    }
}

/* Says what a stream has read for itself; others may say it, too. Without memory it ends, since it stands behind that
 * text already: it comes again with the position of what it was told. */
static void say_own(struct subscriber *subscriber, struct buffer *text, const struct catch_up *reading, size_t events) {
    struct channel *channel = subscriber->channel;
    struct burst *burst = burst_new(channel->read.hub, text, events);
    if (burst == NULL) {
        subscriber_leave(subscriber, HUB_END_FAILED);
        return;
    }
    subscriber->tried_sequence = 0; /* it got on: there may be more */
    share_text(channel, buffer_bytes(&reading->from), buffer_bytes(&subscriber->cursor), burst,
               subscriber->at_sequence);
    subscriber_say(subscriber, burst);
    burst_unref(burst);
}

/* What a stream that was behind has read for itself. */
static void take_catch_up(struct hub_read *read) {
    struct catch_up *reading = (struct catch_up *)read;
    struct subscriber *subscriber = reading->subscriber;
    struct page *page = &read->page;
    subscriber->catching_up = NULL;
    if (subscriber->leaving) {
        catch_up_free(reading);
        return; /* hub.c has waited for this */
    }
    struct channel *channel = subscriber->channel;
    autobuffer struct buffer text = { 0 };
    if (page->status != STATUS_OK || !stream_text_page(&text, channel->asked.format, channel->asked.view, page)) {
        bool final = page->status == STATUS_OK || hub_read_is_final(page->status);
        catch_up_free(reading);
        if (final)
            subscriber_leave(subscriber, HUB_END_FAILED);
        else
            channel->again_ms = clock_monotonic_ms() + READ_AGAIN_MS; /* and all that are behind with it */
        return;
    }
    buffer_move(&subscriber->cursor, &page->cursor);
    subscriber->at_sequence = page->at_stop ? reading->stop_sequence : 0;
    if (text.size > 0)
        say_own(subscriber, &text, reading, page->event_count);
    catch_up_free(reading);
    channel_settle(subscriber);
}
