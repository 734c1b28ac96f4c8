/* Contract: changes of the catalogue at the same time, and a topic that goes while it is used. Threads record what went
 * wrong; the main thread fails the test. */
#include "tests/contract/harness.h"
#include "tests/contract/threads.h"

#include <stdio.h>

struct creator {
    unsigned number;
    bool same_name;
    unsigned created;
    const char *failure;
};

enum { CREATORS = 4, CREATIONS = 12 };

/* Creates and deletes topics, each its own or all of them the same. */
static void *creator_run(void *argument) {
    struct creator *creator = argument;
    struct storage_settings settings = settings_of(2);
    for (unsigned i = 0; i < CREATIONS && creator->failure == NULL; i++) {
        char name[32];
        snprintf(name, sizeof name, "topic-%u-%u", creator->same_name ? 0 : creator->number, i);
        struct call *create = call_new(CALL_TOPIC_CREATE);
        create->create.name = name;
        create->create.settings = &settings;
        enum status status = call_run(create);
        creator->created += status == STATUS_OK;
        if (status != STATUS_OK && !(creator->same_name && status == STATUS_TOPIC_EXISTS))
            creator->failure = "a create failed";
        else if (create->create.ret_topic == NULL)
            creator->failure = "a create gave no topic";
        else if (!creator->same_name && i % 3 == 0) {
            struct call *delete = call_new(CALL_TOPIC_DELETE);
            delete->delete.topic_id = create->create.ret_topic->id;
            if (call_run(delete) != STATUS_OK)
                creator->failure = "a delete failed";
        }
    }
    return NULL;
}

static unsigned creators_run(bool same_name) {
    struct creator creators[CREATORS] = { { 0 } };
    unsigned created = 0;
    for (unsigned i = 0; i < CREATORS; i++) {
        creators[i].number = i;
        creators[i].same_name = same_name;
    }
    threads_run(creator_run, creators, CREATORS, sizeof creators[0]);
    for (unsigned i = 0; i < CREATORS; i++) {
        ck_assert_msg(creators[i].failure == NULL, "creator %u: %s", i, creators[i].failure);
        created += creators[i].created;
    }
    return created;
}

START_TEST(the_catalogue_is_told_in_order) {
    ck_assert_uint_eq(creators_run(false), CREATORS * CREATIONS);
    size_t told = told_topics();
    ck_assert_uint_eq(told, 1 + CREATORS * (CREATIONS + CREATIONS / 3));
    for (size_t i = 1; i < told; i++) {
        struct told_topic now = told_topic(i);
        ck_assert_uint_ge(now.version, told_topic(i - 1).version);
        if (!now.gone) {
            ck_assert_uint_eq(now.version, now.topic->created_version);
            ck_assert_uint_gt(now.version, told_topic(i - 1).version);
        }
        bool was_there = false; /* what is gone was told before */
        for (size_t j = 1; j < i; j++)
            was_there = was_there || told_topic(j).topic->id == now.topic->id;
        ck_assert_int_eq(was_there, now.gone);
    }
}
END_TEST

START_TEST(a_name_is_given_once) {
    ck_assert_uint_eq(creators_run(true), CREATIONS);
    ck_assert_uint_eq(told_topics(), 1 + CREATIONS);
}
END_TEST

struct alterer {
    uint64_t topic_id;
    enum storage_setting which;
    const char *failure;
};

enum { ALTERATIONS = 20 };

/* Raises the one setting from step to step; the others stand in `settings` with values that must not be taken. */
static void *alterer_run(void *argument) {
    struct alterer *alterer = argument;
    for (uint32_t i = 1; i <= ALTERATIONS && alterer->failure == NULL; i++) {
        struct storage_settings settings = settings_of(1);
        settings.max_event_bytes = alterer->which == STORAGE_SETTING_MAX_EVENT_BYTES ? i : 7777;
        settings.dedupe_ms = alterer->which == STORAGE_SETTING_DEDUPE_MS ? i : 7777;
        if (call_run(alter_call(alterer->topic_id, &settings, alterer->which)) != STATUS_OK)
            alterer->failure = "an alter failed";
    }
    return NULL;
}

START_TEST(changes_of_different_settings_add_up) {
    uint64_t id = topic_id_make("altered", 1);
    struct alterer alterers[] = { { .topic_id = id, .which = STORAGE_SETTING_MAX_EVENT_BYTES },
                                  { .topic_id = id, .which = STORAGE_SETTING_DEDUPE_MS } };
    threads_run(alterer_run, alterers, 2, sizeof alterers[0]);
    for (size_t i = 0; i < 2; i++)
        ck_assert_msg(alterers[i].failure == NULL, "%s", alterers[i].failure);
    const struct storage_topic *last = told_topic(told_topics() - 1).topic;
    ck_assert_uint_eq(last->settings.max_event_bytes, ALTERATIONS);
    ck_assert_int_eq(last->settings.dedupe_ms, ALTERATIONS);
}
END_TEST

struct doomed {
    uint64_t topic_id;
    const char *failure;
};

static void *doomed_run(void *argument) {
    struct doomed *doomed = argument;
    const struct storage_record record = record_of(0, "x");
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < 2000 && status == STATUS_OK; i++) {
        struct call *call = i % 2 == 0 ? read_call(doomed->topic_id, 0, 0) : append_call(doomed->topic_id, &record, 1);
        status = call_run(call);
        for (size_t j = 0; j < call->read.record_count && call->kind == CALL_READ; j++)
            if (!text_is(call->read.records[j].value, "x"))
                doomed->failure = "a record changed while its topic went";
        call_release(call);
    }
    if (status != STATUS_TOPIC_NOT_FOUND)
        doomed->failure = status_name(status);
    return NULL;
}

START_TEST(a_topic_may_go_while_it_is_used) {
    struct doomed doomed = { .topic_id = topic_id_make("doomed", 1) };
    pthread_t threads[2];
    threads_start(threads, doomed_run, &doomed, 2, 0);
    pause_ms(10);
    topic_remove(doomed.topic_id);
    threads_join(threads, 2);
    ck_assert_msg(doomed.failure == NULL, "%s", doomed.failure);
}
END_TEST

struct committer_of_doomed {
    uint64_t topic_id;
    enum status last;
};

/* Until the topic is gone. */
static void *committer_of_doomed_run(void *argument) {
    struct committer_of_doomed *committer = argument;
    for (unsigned i = 0; committer->last == STATUS_OK; i++) {
        const struct storage_commit commits[] = { { .topic_id = committer->topic_id, .partition = i % 4 },
                                                  { .topic_id = committer->topic_id, .partition = 4 } };
        struct call *call = commit_call("racing", commits, 2);
        committer->last = call_run(call);
        call_release(call);
    }
    return NULL;
}

/* A commit is stored before the deletion and goes with the topic, or comes behind it and is refused. */
START_TEST(commits_race_with_the_deletion_of_their_topic) {
    enum { ROUNDS = 20 };
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct committer_of_doomed committers[2];
        uint64_t id = topic_id_make("again", 5);
        committers[0] = committers[1] = (struct committer_of_doomed){ .topic_id = id };
        pthread_t threads[2];
        threads_start(threads, committer_of_doomed_run, committers, 2, sizeof committers[0]);
        pause_ms(i % 3);
        topic_remove(id);
        ck_assert_status(fetch_status("racing"), STATUS_GROUP_NOT_FOUND);
        threads_join(threads, 2);
        ck_assert_status(committers[0].last, STATUS_TOPIC_NOT_FOUND);
        ck_assert_status(committers[1].last, STATUS_TOPIC_NOT_FOUND);
        ck_assert_status(fetch_status("racing"), STATUS_GROUP_NOT_FOUND);
    }
}
END_TEST

TCase *contract_catalog_concurrency(void) {
    const TTest *const tests[] = { the_catalogue_is_told_in_order,
                                   a_name_is_given_once,
                                   changes_of_different_settings_add_up,
                                   a_topic_may_go_while_it_is_used,
                                   commits_race_with_the_deletion_of_their_topic,
                                   NULL };
    return part_make("catalog_concurrency", tests);
}
