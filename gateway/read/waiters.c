/* Waiters by topic, in a hash table. All states change under one lock, so that no wake-up is lost. No storage call is made
 * under it. */
#include "gateway/read/waiters.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>

enum { BUCKETS = 1024 };

/* A waiter in the list of a topic, and the partitions that it watches there. */
struct waiter_link {
    struct waiter_link *next; /* in its bucket */
    struct waiter_link **at;  /* what points to it */
    struct waiter *waiter;
    uint64_t topic_id;
    uint32_t partition_count;
    uint32_t *partitions; /* rising */
};

struct waiters {
    pthread_mutex_t lock;
    struct waiter_link *by_topic[BUCKETS]; /* guarded by lock, as all that follows */
    struct waiter *newest;
    struct waiter *growing; /* those whose selection can grow */
    size_t deadline_count;  /* waiters parked with one */
    bool draining;
    struct storage *storage; /* set before the first waiter */
};

static struct waiter_link **bucket(struct waiters *waiters, uint64_t topic_id) {
    return &waiters->by_topic[topic_id % BUCKETS]; /* ids are random */
}

static void wake_locked(struct waiter *waiter) {
    bool parked = waiter->state == WAITER_PARKED;
    waiter->state = WAITER_CHANGED;
    if (parked)
        waiter->wake(waiter->context);
}

enum status waiters_create(struct waiters **ret_waiters) {
    struct waiters *waiters = mem_zero(1, sizeof *waiters);
    if (waiters == NULL)
        return STATUS_NO_MEMORY;
    pthread_mutex_init(&waiters->lock, NULL);
    *ret_waiters = waiters;
    return STATUS_OK;
}

void waiters_attach(struct waiters *waiters, struct storage *storage) { waiters->storage = storage; }

void waiters_destroy(struct waiters *waiters) {
    if (waiters == NULL)
        return;
    pthread_mutex_destroy(&waiters->lock);
    mem_free(waiters);
}

static bool link_has(const struct waiter_link *link, uint32_t partition) {
    if (partition < link->partition_count && link->partitions[partition] == partition)
        return true; /* all up to it are there, as when a whole topic is selected */
    for (uint32_t i = 0; i < link->partition_count; i++)
        if (link->partitions[i] == partition)
            return true;
    return false;
}

void waiters_on_change(struct waiters *waiters, uint64_t topic_id, uint32_t partition) {
    pthread_mutex_lock(&waiters->lock);
    for (struct waiter_link *link = *bucket(waiters, topic_id); link != NULL; link = link->next)
        if (link->topic_id == topic_id && link_has(link, partition))
            wake_locked(link->waiter);
    pthread_mutex_unlock(&waiters->lock);
}

void waiters_on_topic(struct waiters *waiters, const struct storage_topic *topic) {
    pthread_mutex_lock(&waiters->lock);
    for (struct waiter_link *link = *bucket(waiters, topic->id); link != NULL; link = link->next)
        if (link->topic_id == topic->id)
            wake_locked(link->waiter);
    for (struct waiter *waiter = waiters->growing; waiter != NULL; waiter = waiter->next_growing)
        if (waiter->state != WAITER_CHANGED && selection_matches(waiter->what, topic))
            wake_locked(waiter);
    pthread_mutex_unlock(&waiters->lock);
}

/* One link for each topic, and behind the links the partitions of all of them. */
static enum status make_links(const struct selection *selection, struct waiter *waiter,
                              struct waiter_link **ret_links) {
    size_t topics = selection->topics.count;
    size_t bytes = topics * sizeof(struct waiter_link) + selection->partition_count * sizeof(uint32_t);
    struct waiter_link *links = mem_zero(1, bytes + 1);
    if (links == NULL)
        return STATUS_NO_MEMORY;

    uint32_t *partitions = (uint32_t *)(links + topics);
    size_t at = 0;
    for (size_t i = 0; i < topics; i++) {
        links[i].waiter = waiter;
        links[i].topic_id = selection->topics.items[i]->id;
        links[i].partitions = partitions + at;
        for (; at < selection->partition_count && selection->partitions[at].topic == selection->topics.items[i]; at++)
            links[i].partitions[links[i].partition_count++] = selection->partitions[at].partition;
    }
    *ret_links = links;
    return STATUS_OK;
}

/* A topic that has gone meanwhile cannot be watched: the catalogue's change tells its end. */
static void watch(struct waiters *waiters, const struct waiter_link *links, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (uint32_t p = 0; p < links[i].partition_count; p++)
            waiters->storage->ops->watch(waiters->storage, links[i].topic_id, links[i].partitions[p]);
}

static void unwatch(struct waiters *waiters, const struct waiter_link *links, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (uint32_t p = 0; p < links[i].partition_count; p++)
            waiters->storage->ops->unwatch(waiters->storage, links[i].topic_id, links[i].partitions[p]);
}

/* Topics that it does not have yet: those that a pattern may come to match, or that are named and not there. */
static bool can_grow(const struct selection_query *what, const struct selection *selection) {
    return selection_can_grow(what) || selection->topics.count < what->pattern_count;
}

static void link_locked(struct waiters *waiters, struct waiter *waiter, struct waiter_link *links,
                        const struct selection_query *what, const struct selection *selection) {
    for (size_t i = 0; i < selection->topics.count; i++) {
        struct waiter_link **head = bucket(waiters, links[i].topic_id);
        links[i].next = *head;
        links[i].at = head;
        if (*head != NULL)
            (*head)->at = &links[i].next;
        *head = &links[i];
    }
    waiter->links = links;
    waiter->link_count = selection->topics.count;

    if (!can_grow(what, selection))
        return;
    waiter->what = what;
    waiter->previous_growing = NULL;
    waiter->next_growing = waiters->growing;
    if (waiters->growing != NULL)
        waiters->growing->previous_growing = waiter;
    waiters->growing = waiter;
}

static void unlink_locked(struct waiters *waiters, struct waiter *waiter) {
    for (size_t i = 0; i < waiter->link_count; i++) {
        struct waiter_link *link = &waiter->links[i];
        *link->at = link->next;
        if (link->next != NULL)
            link->next->at = link->at;
    }
    waiter->links = NULL;
    waiter->link_count = 0;

    if (waiter->what == NULL)
        return;
    waiter->what = NULL;
    if (waiter->next_growing != NULL)
        waiter->next_growing->previous_growing = waiter->previous_growing;
    if (waiter->previous_growing != NULL)
        waiter->previous_growing->next_growing = waiter->next_growing;
    else
        waiters->growing = waiter->next_growing;
}

bool waiters_watches(const struct waiter *waiter, const struct selection *selection) {
    if (waiter->links == NULL || waiter->link_count != selection->topics.count)
        return false;
    size_t at = 0;
    for (size_t i = 0; i < waiter->link_count; i++) {
        const struct waiter_link *link = &waiter->links[i];
        if (link->topic_id != selection->topics.items[i]->id)
            return false;
        for (uint32_t p = 0; p < link->partition_count; p++, at++)
            if (at >= selection->partition_count || selection->partitions[at].topic->id != link->topic_id ||
                selection->partitions[at].partition != link->partitions[p])
                return false;
    }
    return at == selection->partition_count;
}

void waiters_remove(struct waiters *waiters, struct waiter *waiter) {
    struct waiter_link *links = waiter->links;
    size_t count = waiter->link_count;
    if (links == NULL)
        return;

    pthread_mutex_lock(&waiters->lock);
    unlink_locked(waiters, waiter);
    waiter->state = WAITER_ARMED;
    if (waiter->next != NULL)
        waiter->next->previous = waiter->previous;
    if (waiter->previous != NULL)
        waiter->previous->next = waiter->next;
    else
        waiters->newest = waiter->next;
    pthread_mutex_unlock(&waiters->lock);

    unwatch(waiters, links, count);
    mem_free(links);
}

static void enlist_locked(struct waiters *waiters, struct waiter *waiter) {
    waiter->next = waiters->newest;
    waiter->previous = NULL;
    if (waiters->newest != NULL)
        waiters->newest->previous = waiter;
    waiters->newest = waiter;
}

enum status waiters_watch(struct waiters *waiters, struct waiter *waiter, const struct selection_query *what,
                          const struct selection *selection) {
    struct waiter_link *links;
    enum status s = make_links(selection, waiter, &links);
    if (s != STATUS_OK)
        return s;

    struct waiter_link *old = waiter->links;
    size_t old_count = waiter->link_count;
    pthread_mutex_lock(&waiters->lock);
    assert(waiter->state != WAITER_PARKED);
    if (old == NULL)
        enlist_locked(waiters, waiter);
    else
        unlink_locked(waiters, waiter);
    link_locked(waiters, waiter, links, what, selection);
    pthread_mutex_unlock(&waiters->lock);

    watch(waiters, links, selection->topics.count); /* linked by now: it may tell a head at once */
    if (old != NULL)
        unwatch(waiters, old, old_count); /* last: what both have stays watched */
    mem_free(old);
    return STATUS_OK;
}

void waiters_rearm(struct waiters *waiters, struct waiter *waiter) {
    pthread_mutex_lock(&waiters->lock);
    assert(waiter->state != WAITER_PARKED);
    waiter->state = WAITER_ARMED;
    pthread_mutex_unlock(&waiters->lock);
}

bool waiters_park(struct waiters *waiters, struct waiter *waiter) {
    pthread_mutex_lock(&waiters->lock);
    assert(waiter->links != NULL && waiter->state != WAITER_PARKED);
    bool parked = waiter->state == WAITER_ARMED && !waiters->draining;
    if (parked)
        waiter->state = WAITER_PARKED;
    pthread_mutex_unlock(&waiters->lock);
    return parked;
}

static void wake_all(struct waiters *waiters) {
    for (struct waiter *waiter = waiters->newest, *next; waiter != NULL; waiter = next) {
        next = waiter->next;
        wake_locked(waiter);
    }
}

void waiters_drain(struct waiters *waiters) {
    pthread_mutex_lock(&waiters->lock);
    waiters->draining = true;
    wake_all(waiters);
    pthread_mutex_unlock(&waiters->lock);
}

bool waiters_draining(struct waiters *waiters) {
    pthread_mutex_lock(&waiters->lock);
    bool draining = waiters->draining;
    pthread_mutex_unlock(&waiters->lock);
    return draining;
}
