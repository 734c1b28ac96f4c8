/* The steps of a follower. */
#include "gateway/read/follow.h"

#include <assert.h>

/* Of the waiter, which was parked. */
static void wake(void *context) {
    struct follow *follow = context;
    follow->turned(follow->context);
}

static void page_done(void *context) {
    struct follow *follow = context;
    follow->turned(follow->context);
}

void follow_init(struct follow *follow, struct gateway *gateway) {
    follow->gateway = gateway;
    follow->waiter.wake = wake;
    follow->waiter.context = follow;
    follow->query.live = true;
}

static void drop_page(struct follow *follow) {
    page_finish(&follow->page);
    arena_finish(&follow->memory);
    follow->settled = false;
}

void follow_finish(struct follow *follow) {
    assert(follow->state != FOLLOW_READING);
    if (follow->gateway == NULL)
        return; /* never begun */
    waiters_remove(follow->gateway->waiters, &follow->waiter);
    drop_page(follow);
    buffer_finish(&follow->cursor);
}

static void read_on(struct follow *follow) {
    drop_page(follow);
    waiters_rearm(follow->gateway->waiters, &follow->waiter);
    follow->state = FOLLOW_READING;
    follow->page = (struct page){ .done = page_done, .context = follow };
    page_start(follow->gateway, &follow->query, &follow->memory, &follow->page);
}

bool follow_watch(struct follow *follow, const struct selection *selection) {
    return waiters_watch(follow->gateway->waiters, &follow->waiter, &follow->query.what, selection) == STATUS_OK;
}

enum follow_went follow_next(struct follow *follow) {
    struct waiters *waiters = follow->gateway->waiters;
    assert(follow->state == FOLLOW_READY);
    if (follow->settled) {
        bool watched = waiters_watches(&follow->waiter, &follow->page.selection);
        if (!watched && !follow_watch(follow, &follow->page.selection))
            return FOLLOW_WENT_NO_MEMORY;
#ifdef SABOTEUR_NO_SECOND_LOOK
        watched = true;
#endif
        drop_page(follow); /* once it is parked, its next turn may be somebody else's */
        if (watched) {
            follow->state = FOLLOW_PARKED;
            if (waiters_park(waiters, &follow->waiter))
                return FOLLOW_WENT_ON;
            follow->state = FOLLOW_READY;
            if (waiters_draining(waiters))
                return FOLLOW_WENT_DRAINING;
        }
    }
    read_on(follow);
    return FOLLOW_WENT_ON;
}

enum follow_turn follow_turn(struct follow *follow) {
    bool was_parked = follow->state == FOLLOW_PARKED;
    assert(follow->state != FOLLOW_READY);
    follow->state = FOLLOW_READY;
    if (was_parked) {
        follow->settled = false;
        return FOLLOW_WOKEN;
    }
    return follow->page.status == STATUS_OK ? FOLLOW_PAGE : FOLLOW_FAILED;
}

bool follow_accept(struct follow *follow, bool *ret_moved) {
    struct bytes end = buffer_bytes(&follow->page.cursor);
    assert(follow->state == FOLLOW_READY && follow->page.status == STATUS_OK);
    *ret_moved = follow->query.start != PAGE_FROM_CURSOR || !bytes_equal(follow->query.cursor, end);
    if (*ret_moved) {
        struct buffer cursor = { 0 };
        buffer_append_bytes(&cursor, end);
        if (cursor.failed)
            return false;
        buffer_move(&follow->cursor, &cursor);
        follow->query.start = PAGE_FROM_CURSOR;
        follow->query.cursor = buffer_bytes(&follow->cursor);
        follow->query.group = NULL;
    }
    follow->settled = follow->page.up_to_date;
    return true;
}

struct bytes follow_position(const struct follow *follow) {
    return buffer_bytes(&follow->cursor);
}

bool follow_is_over(const struct follow *follow) {
    return follow->page.selection.topics.count == 0 && !selection_can_grow(&follow->query.what);
}
