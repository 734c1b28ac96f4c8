/* The engine under test: a new one in a new directory for each test, and what its hooks say. */
#include "tests/contract/harness.h"

#include "base/clock.h"
#include "tests/contract/calls.h"
#include "tests/contract/contract.h"
#include "tests/temporary.h"

#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct told_change {
    uint64_t topic_id;
    uint32_t partition;
    uint64_t next_offset;
};

struct harness {
    const struct contract_engine *engine;
    char root[PATH_MAX / 2];
    char directory[PATH_MAX];
    unsigned tests;
    struct storage *storage;

    pthread_mutex_t lock; /* guards what is below */
    pthread_cond_t told;
    struct told_topic *topics;
    size_t topic_count;
    struct told_change *changes;
    size_t change_count;
    struct storage_topic **held; /* references of topics that were told */
    size_t held_count;
    bool closed;
    size_t told_when_closed;
};

/* libcheck hands its tests no argument, so that there is one of these. */
static struct harness harness = { .lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER };

/* A test that has no memory cannot go on. */
static void *grown(void *items, size_t count, size_t item_bytes) {
    void *larger = reallocarray(items, count + 1, item_bytes);
    if (larger == NULL)
        abort();
    return larger;
}

static void hook_topic(void *context, const struct storage_topic *topic, bool gone, uint64_t version) {
    struct harness *h = context;
    struct storage_topic *held = topic != NULL ? storage_topic_ref(topic) : NULL;
    const struct timespec moment = { .tv_nsec = 50000 };
    nanosleep(&moment, NULL); /* a wide window for a change that overtakes another */
    pthread_mutex_lock(&h->lock);
    h->topics = grown(h->topics, h->topic_count, sizeof *h->topics);
    h->topics[h->topic_count++] = (struct told_topic){ .topic = held, .gone = gone, .version = version };
    h->held = grown(h->held, h->held_count, sizeof(struct storage_topic *));
    h->held[h->held_count++] = held;
    h->told_when_closed += h->closed;
    pthread_mutex_unlock(&h->lock);
}

static void hook_change(void *context, uint64_t topic_id, uint32_t partition, uint64_t next_offset) {
    struct harness *h = context;
    pthread_mutex_lock(&h->lock);
    h->changes = grown(h->changes, h->change_count, sizeof *h->changes);
    h->changes[h->change_count++] =
        (struct told_change){ .topic_id = topic_id, .partition = partition, .next_offset = next_offset };
    h->told_when_closed += h->closed;
    pthread_cond_broadcast(&h->told);
    pthread_mutex_unlock(&h->lock);
}

struct storage *under_test(void) {
    return harness.storage;
}

bool can(enum storage_capability capability) { return (harness.storage->capabilities & capability) != 0; }

enum storage_ack strongest_ack(void) { return storage_strongest_ack(harness.storage->capabilities); }

bool others_grow(uint64_t topic_id, uint32_t partitions) {
    if (harness.engine->grow == NULL)
        return false;
    ck_assert_status(harness.engine->grow(harness.storage, topic_id, partitions), STATUS_OK);
    return true;
}

bool others_drop(uint64_t topic_id) {
    if (harness.engine->drop == NULL)
        return false;
    ck_assert_status(harness.engine->drop(harness.storage, topic_id), STATUS_OK);
    return true;
}

static void engine_open(void) {
    const struct storage_hooks hooks = { .context = &harness, .on_topic = hook_topic, .on_change = hook_change };
    pthread_mutex_lock(&harness.lock);
    harness.closed = false;
    harness.topic_count = 0;
    harness.change_count = 0;
    pthread_mutex_unlock(&harness.lock);
    ck_assert_status(harness.engine->open(&hooks, harness.directory, &harness.storage), STATUS_OK);
    ck_assert_ptr_nonnull(harness.storage);
}

void engine_close(void) {
    if (harness.storage == NULL)
        return;
    harness.storage->ops->close(harness.storage);
    harness.storage = NULL;
    pthread_mutex_lock(&harness.lock);
    harness.closed = true;
    pthread_mutex_unlock(&harness.lock);
}

void engine_restart(void) {
    engine_close();
    engine_open();
}

size_t told_topics(void) {
    pthread_mutex_lock(&harness.lock);
    size_t count = harness.topic_count;
    pthread_mutex_unlock(&harness.lock);
    return count;
}

struct told_topic told_topic(size_t index) {
    pthread_mutex_lock(&harness.lock);
    struct told_topic told = { 0 };
    if (index < harness.topic_count)
        told = harness.topics[index];
    pthread_mutex_unlock(&harness.lock);
    return told;
}

/* Under the lock. */
static size_t changes_of(uint64_t topic_id, uint32_t partition, uint64_t *ret_next) {
    size_t count = 0;
    *ret_next = 0;
    for (size_t i = 0; i < harness.change_count; i++) {
        const struct told_change *change = &harness.changes[i];
        if (change->topic_id != topic_id || change->partition != partition)
            continue;
        count++;
        if (*ret_next < change->next_offset)
            *ret_next = change->next_offset;
    }
    return count;
}

size_t told_changes(uint64_t topic_id, uint32_t partition) {
    uint64_t next;
    pthread_mutex_lock(&harness.lock);
    size_t count = changes_of(topic_id, partition, &next);
    pthread_mutex_unlock(&harness.lock);
    return count;
}

uint64_t told_next(uint64_t topic_id, uint32_t partition) {
    uint64_t next;
    pthread_mutex_lock(&harness.lock);
    changes_of(topic_id, partition, &next);
    pthread_mutex_unlock(&harness.lock);
    return next;
}

bool told_wait(uint64_t topic_id, uint32_t partition, uint64_t next_offset) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    uint64_t next;
    int failure = 0;
    pthread_mutex_lock(&harness.lock);
    while (changes_of(topic_id, partition, &next), next < next_offset && failure == 0)
        failure = pthread_cond_timedwait(&harness.told, &harness.lock, &until);
    pthread_mutex_unlock(&harness.lock);
    return next >= next_offset;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *walk) {
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void setup(void) {
    if (harness.engine->on_disk) {
        snprintf(harness.directory, sizeof harness.directory, "%s/%d-%u", harness.root, (int)getpid(), harness.tests++);
    }
    engine_open();
}

static void teardown(void) {
    engine_close();
    calls_finish();
    for (size_t i = 0; i < harness.held_count; i++)
        storage_topic_unref(harness.held[i]);
    harness.held_count = 0;
    size_t told_when_closed = harness.told_when_closed;
    harness.told_when_closed = 0;
    if (harness.engine->on_disk)
        nftw(harness.directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    ck_assert_msg(told_when_closed == 0, "hooks were called after close");
}

TCase *part_make(const char *name, const TTest *const tests[]) {
    TCase *part = tcase_create(name);
    tcase_set_timeout(part, 60);
    tcase_add_checked_fixture(part, setup, teardown);
    for (size_t i = 0; tests[i] != NULL; i++)
        tcase_add_test(part, tests[i]);
    return part;
}

static Suite *suite_make(const char *name) {
    TCase *parts[] = { contract_topics(),     contract_append(),      contract_read(),
                       contract_offsets(),    contract_groups(),      contract_watch(),
                       contract_operations(), contract_concurrency(), contract_catalog_concurrency(),
                       contract_restart(),    contract_stats(),       contract_others() };
    Suite *suite = suite_create(name);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        suite_add_tcase(suite, parts[i]);
    return suite;
}

int contract_main(const struct contract_engine *engine) {
    harness.engine = engine;
    if (engine->on_disk && !temporary_make("contract", harness.root, sizeof harness.root)) {
        perror(harness.root);
        return EXIT_FAILURE;
    }
    SRunner *runner = srunner_create(suite_make(engine->name));
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (engine->on_disk)
        nftw(harness.root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(harness.topics);
    free(harness.changes);
    free(harness.held);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
