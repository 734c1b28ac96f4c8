/* Groups of long polls, in a hash table by query and position: who joins, who runs, who leaves. */
#include "gateway/read/polls_internal.h"

#include "base/hash.h"
#include "base/memory.h"
#include "gateway/read/page_query.h"

/* Whoever is not waiting is on its way, and finds what there is to do. */
static void tell_one(struct told *told, struct poll_group *group) {
    for (struct poll *poll = group->members; poll != NULL; poll = poll->next)
        if (!poll->waiting)
            return;
    poll_tell(told, group->members);
}

/* ---- the table ---- */

static void take_out(struct poll_group *group) {
    if (group->at == NULL)
        return;
    *group->at = group->next;
    if (group->next != NULL)
        group->next->at = group->at;
    group->at = NULL;
}

static struct poll_group **bucket(struct polls *polls, uint32_t query_hash, struct bytes position) {
    return &polls->groups[hash_bytes(query_hash, position) % POLLS_BUCKETS];
}

static void put(struct polls *polls, struct poll_group *group) {
    struct poll_group **head = bucket(polls, group->query_hash, buffer_bytes(&group->position));
    group->next = *head;
    group->at = head;
    if (*head != NULL)
        (*head)->at = &group->next;
    *head = group;
}

static struct poll_group *find(struct polls *polls, uint32_t query_hash, const struct page_query *query,
                               struct bytes position) {
    for (struct poll_group *group = *bucket(polls, query_hash, position); group != NULL; group = group->next)
        if (group->query_hash == query_hash && bytes_equal(buffer_bytes(&group->position), position) &&
            page_query_asks_the_same(&group->follow.query, query))
            return group;
    return NULL;
}

/* ---- groups ---- */

/* Nothing of it is under way. */
static void group_free(struct poll_group *group) {
    assert(group->members == NULL && group->at == NULL);
    if (group->follow.state == FOLLOW_READING)
        (void)follow_turn(&group->follow); /* that nobody took */
    follow_finish(&group->follow);
    buffer_finish(&group->position);
    arena_finish(&group->memory);
    mem_free(group);
}

/* Of the follower. While PARKED it comes under the waiters' lock, and whoever has left last takes the group down. */
static void turned(void *context) {
    struct poll_group *group = context;
    struct told told = { 0 };
    pthread_mutex_lock(&group->polls->lock);
    bool orphan = group->members == NULL && group->state == GROUP_READING;
    group->state = GROUP_DUE;
    group->runner = NULL;
    if (group->members != NULL)
        tell_one(&told, group);
    pthread_mutex_unlock(&group->polls->lock);

    if (orphan)
        group_free(group);
    polls_call_told(&told);
}

static struct poll_group *group_new(struct polls *polls, uint32_t query_hash, const struct page_query *query,
                                    const struct page *page) {
    struct poll_group *group = mem_zero(1, sizeof *group);
    if (group == NULL)
        return NULL;
    group->polls = polls;
    group->query_hash = query_hash;
    group->up_to_date = page->up_to_date;
    buffer_append_bytes(&group->position, buffer_bytes(&page->cursor));
    const char *from = arena_copy(&group->memory, page->cursor.data, page->cursor.size);
    if (group->position.failed || from == NULL || !page_query_copy(query, &group->memory, &group->follow.query)) {
        group_free(group);
        return NULL;
    }

    group->follow.turned = turned;
    group->follow.context = group;
    group->follow.query.start = PAGE_FROM_CURSOR;
    group->follow.query.cursor = (struct bytes){ from, page->cursor.size };
    group->follow.query.group = NULL;
    follow_init(&group->follow, polls->gateway);
    return group;
}

/* ---- members ---- */

static void set_timer(struct polls *polls, const struct poll_group *group, struct poll *poll) {
    bool earlier = group->up_to_date && poll->parked_until_ms < poll->deadline_ms;
    bool first = polls->timers.count == 0;
    timers_set(&polls->timers, &poll->timer, earlier ? poll->parked_until_ms : poll->deadline_ms);
    if (first)
        pthread_cond_signal(&polls->changed);
}

static void enter(struct polls *polls, struct poll_group *group, struct poll *poll) {
    poll->group = group;
    poll->waiting = true;
    poll->previous = NULL;
    poll->next = group->members;
    if (group->members != NULL)
        group->members->previous = poll;
    group->members = poll;
    poll->ticket = ++polls->last_ticket;
    poll->next_ticket = polls->tickets[poll->ticket % POLLS_BUCKETS];
    polls->tickets[poll->ticket % POLLS_BUCKETS] = poll;
    set_timer(polls, group, poll);
}

void poll_leave(struct polls *polls, struct poll *poll) {
    struct poll_group *group = poll->group;
    struct told told = { 0 };
    if (group == NULL)
        return;
    pthread_mutex_lock(&polls->lock);
    assert(!poll->waiting && (group->state != GROUP_RUNNING || group->runner != poll));
    timers_clear(&polls->timers, &poll->timer);
    *polls_with_ticket(polls, poll->ticket) = poll->next_ticket;
    if (poll->next != NULL)
        poll->next->previous = poll->previous;
    if (poll->previous != NULL)
        poll->previous->next = poll->next;
    else
        group->members = poll->next;
    poll->group = NULL;

    bool last = group->members == NULL;
    bool reads = group->state == GROUP_READING; /* its turn takes it down */
    if (last)
        take_out(group);
#ifndef SABOTEUR_DEAF_POLL /* whoever was told to come leaves, and nobody else hears of it */
    else if (group->state == GROUP_DUE)
        tell_one(&told, group);
#endif
    pthread_mutex_unlock(&polls->lock);

    if (last && !reads)
        group_free(group);
    polls_call_told(&told);
}

/* ---- running ---- */

/* Ends the waiting of all. */
static void finish(struct polls *polls, struct poll_group *group, enum poll_turn result) {
    struct told told = { 0 };
    pthread_mutex_lock(&polls->lock);
    take_out(group);
    group->state = GROUP_DONE;
    group->result = result;
    for (struct poll *poll = group->members; poll != NULL; poll = poll->next) {
        timers_clear(&polls->timers, &poll->timer);
        if (poll->waiting)
            poll_tell(&told, poll);
    }
    pthread_mutex_unlock(&polls->lock);
    polls_call_told(&told);
}

/* The page was empty: all go on from its end. */
static bool move(struct polls *polls, struct poll_group *group) {
    bool moved;
    bool up_to_date = group->follow.page.up_to_date;
    struct buffer position = { 0 };
    if (!follow_accept(&group->follow, &moved))
        return false;
    if (moved)
        buffer_append_bytes(&position, follow_position(&group->follow));
    if (position.failed)
        return false;

    pthread_mutex_lock(&polls->lock);
    if (moved) {
        take_out(group);
        buffer_move(&group->position, &position);
        put(polls, group);
    }
    if (up_to_date != group->up_to_date) {
        group->up_to_date = up_to_date;
        for (struct poll *poll = group->members; poll != NULL; poll = poll->next)
            if (!poll->over)
                set_timer(polls, group, poll);
    }
    pthread_mutex_unlock(&polls->lock);
    return true;
}

/* The follower's next step, of the runner, which waits from here on. */
static void step(struct polls *polls, struct poll_group *group, const struct poll *runner) {
    enum follow_went went = follow_next(&group->follow);
    if (went != FOLLOW_WENT_ON) {
        finish(polls, group, went == FOLLOW_WENT_DRAINING ? POLL_NOTHING : POLL_NO_MEMORY);
        return;
    }
    pthread_mutex_lock(&polls->lock);
    if (group->state == GROUP_RUNNING &&
        group->runner == runner) /* else it has turned, and may be another one's by now */
        group->state = group->follow.state == FOLLOW_READING ? GROUP_READING : GROUP_PARKED;
    pthread_mutex_unlock(&polls->lock);
}

/* The turn of the follower. False: it was the last. */
static bool run(struct polls *polls, struct poll_group *group, struct poll *poll) {
    enum follow_turn turn = follow_turn(&group->follow);
    bool answers = turn == FOLLOW_FAILED || (turn == FOLLOW_PAGE && group->follow.page.event_count > 0);
    if (answers || (turn == FOLLOW_PAGE && !move(polls, group))) {
        finish(polls, group, answers ? POLL_PAGE : POLL_NO_MEMORY);
        return false;
    }
    pthread_mutex_lock(&polls->lock);
    poll->waiting = true;
    pthread_mutex_unlock(&polls->lock);
    step(polls, group, poll);
    return true;
}

bool poll_join(struct polls *polls, struct poll *poll, const struct page_query *query, const struct page *page) {
    uint32_t hash = page_query_hash(query);
    struct bytes position = buffer_bytes(&page->cursor);
    pthread_mutex_lock(&polls->lock);
    struct poll_group *group = find(polls, hash, query, position);
    if (group != NULL)
        enter(polls, group, poll);
    pthread_mutex_unlock(&polls->lock);
    if (group != NULL)
        return true;

    group = group_new(polls, hash, query, page);
    if (group == NULL)
        return false;
    if (!follow_watch(&group->follow, &page->selection)) {
        group_free(group);
        return false;
    }
    pthread_mutex_lock(
        &polls->lock); /* another may have come meanwhile: then there are two of them, and both are right */
    group->state = GROUP_RUNNING;
    group->runner = poll;
    enter(polls, group, poll);
    put(polls, group);
    pthread_mutex_unlock(&polls->lock);
    step(polls, group, poll);
    return true;
}

/* Takes the turn of the follower if it is due. True: it has been told to come again. */
static bool take_turn_locked(struct polls *polls, struct poll_group *group, struct poll *poll) {
    if (group->state != GROUP_DUE)
        return false;
    group->state = GROUP_RUNNING;
    group->runner = poll;
    pthread_mutex_unlock(&polls->lock);
    bool waits = run(polls, group, poll);
    pthread_mutex_lock(&polls->lock);
    return waits && !poll->waiting;
}

enum poll_turn poll_turn(struct polls *polls, struct poll *poll) {
    struct poll_group *group = poll->group;
    enum poll_turn turn = POLL_WAITS;
    pthread_mutex_lock(&polls->lock);
    if (!take_turn_locked(polls, group, poll)) {
        if (group->state == GROUP_DONE)
            turn = group->result;
        else if (poll->over)
            turn = POLL_NOTHING;
        poll->waiting = turn == POLL_WAITS;
    }
    pthread_mutex_unlock(&polls->lock);
    return turn;
}

const struct page *poll_page(const struct poll *poll) { return &poll->group->follow.page; }

void poll_position(struct polls *polls, const struct poll *poll, struct buffer *cursor, bool *ret_up_to_date) {
    pthread_mutex_lock(&polls->lock);
    buffer_append_bytes(cursor, buffer_bytes(&poll->group->position));
    *ret_up_to_date = poll->group->up_to_date;
    pthread_mutex_unlock(&polls->lock);
}
