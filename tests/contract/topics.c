/* Contract: creating, changing and deleting topics, the catalogue's version, and what the catalogue hook says. */
#include "base/clock.h"
#include "tests/contract/harness.h"

#include <stdio.h>

static struct call *create_run(const char *name, const struct storage_settings *settings) {
    struct call *call = call_new(CALL_TOPIC_CREATE);
    call->create.name = name;
    call->create.settings = settings;
    call_run(call);
    return call;
}

static struct call *alter_run(uint64_t topic_id, const struct storage_settings *settings) {
    struct call *call = alter_call(topic_id, settings, EVERY_SETTING);
    call_run(call);
    return call;
}

static void check_settings(const struct storage_settings *a, const struct storage_settings *b) {
    ck_assert_uint_eq(a->partitions, b->partitions);
    ck_assert_uint_eq(a->max_event_bytes, b->max_event_bytes);
    ck_assert_int_eq(a->ack, b->ack);
    ck_assert_int_eq(a->cleanup_policy, b->cleanup_policy);
    ck_assert_int_eq(a->dedupe_ms, b->dedupe_ms);
    ck_assert_int_eq(a->retention_ms, b->retention_ms);
    ck_assert_int_eq(a->retention_bytes, b->retention_bytes);
    ck_assert_int_eq(a->has_key_pointer, b->has_key_pointer);
    if (a->has_key_pointer)
        ck_assert_str_eq(a->key_pointer, b->key_pointer);
}

/* Engines that the suite knows have topics that all can do the same, also when they have been changed. */
START_TEST(a_topic_has_the_capabilities_of_its_engine) {
    struct storage_settings settings = settings_of(1);
    struct storage_topic *topic = topic_make("able", &settings);
    ck_assert(storage_can_ack(topic->capabilities, strongest_ack()));
    ck_assert_uint_eq(topic->capabilities, under_test()->capabilities);
    struct call *alter = alter_call(topic->id, &settings, EVERY_SETTING);
    ck_assert_status(call_run(alter), STATUS_OK);
    ck_assert_uint_eq(alter->alter.ret_topic->capabilities, topic->capabilities);
}
END_TEST

START_TEST(opening_empty_tells_the_end) {
    ck_assert_uint_eq(told_topics(), 1);
    ck_assert_ptr_null(told_topic(0).topic);
}
END_TEST

START_TEST(create_describes) {
    int64_t before = clock_wall_ms();
    struct storage_settings settings = settings_of(3);
    struct storage_topic *topic = topic_make("orders.eu-1", &settings);
    ck_assert_str_eq(topic->name, "orders.eu-1");
    ck_assert_uint_ne(topic->id, 0);
    ck_assert_int_ge(topic->created_at_ms, before);
    ck_assert_int_le(topic->created_at_ms, clock_wall_ms());
    ck_assert_uint_gt(topic->created_version, told_topic(0).version);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(topic->partition_versions[i], topic->created_version);
    check_settings(&topic->settings, &settings);
}
END_TEST

START_TEST(create_keeps_every_setting) {
    struct storage_settings settings = settings_of(STORAGE_PARTITIONS_MAX);
    settings.max_event_bytes = 4097;
    settings.ack = can(STORAGE_CAN_ACK_OS) ? STORAGE_ACK_OS : strongest_ack();
    settings.dedupe_ms = 86400000;
    settings.retention_ms = INT64_C(604800000);
    settings.retention_bytes = INT64_C(1) << 40;
    settings.has_key_pointer = true;
    memset(settings.key_pointer, 'k', STORAGE_KEY_POINTER_BYTES_MAX);
    settings.key_pointer[0] = '/';
    check_settings(&topic_make("full", &settings)->settings, &settings);

    struct storage_settings whole = settings_of(1);
    whole.has_key_pointer = true;
    check_settings(&topic_make("whole", &whole)->settings, &whole);
}
END_TEST

START_TEST(create_takes_the_longest_name) {
    char name[STORAGE_TOPIC_NAME_BYTES_MAX + 1] = { 0 };
    memset(name, 'n', STORAGE_TOPIC_NAME_BYTES_MAX);
    struct storage_settings settings = settings_of(1);
    ck_assert_str_eq(topic_make(name, &settings)->name, name);
}
END_TEST

START_TEST(create_of_a_taken_name_gives_the_one_there) {
    struct storage_settings settings = settings_of(2);
    struct storage_topic *topic = topic_make("taken", &settings);
    size_t told = told_topics();
    settings.partitions = 5;
    struct call *again = create_run("taken", &settings);
    ck_assert_status(again->op.status, STATUS_TOPIC_EXISTS);
    ck_assert_ptr_nonnull(again->create.ret_topic);
    ck_assert_uint_eq(again->create.ret_topic->id, topic->id);
    ck_assert_uint_eq(again->create.ret_topic->settings.partitions, 2);
    ck_assert_uint_eq(told_topics(), told);
}
END_TEST

static void note_told(struct call *call) { *(size_t *)call->context = told_topics(); }

START_TEST(create_tells_before_it_is_done) {
    size_t told_when_done = 0;
    struct storage_settings settings = settings_of(2);
    struct call *create = call_new(CALL_TOPIC_CREATE);
    create->create.name = "told";
    create->create.settings = &settings;
    create->then = note_told;
    create->context = &told_when_done;
    ck_assert_status(call_run(create), STATUS_OK);
    ck_assert_uint_eq(told_when_done, 2);
    struct storage_topic *topic = create->create.ret_topic;
    struct told_topic told = told_topic(1);
    ck_assert_uint_eq(told.topic->id, topic->id);
    ck_assert_str_eq(told.topic->name, "told");
    ck_assert(!told.gone);
    ck_assert_uint_eq(told.version, topic->created_version);
    check_settings(&told.topic->settings, &settings);
}
END_TEST

START_TEST(versions_rise_and_ids_differ) {
    uint64_t ids[20];
    uint64_t version = told_topic(0).version;
    struct storage_settings settings = settings_of(1);
    for (size_t i = 0; i < 20; i++) {
        char name[24];
        snprintf(name, sizeof name, "topic-%zu", i);
        struct storage_topic *topic = topic_make(name, &settings);
        ck_assert_uint_gt(topic->created_version, version);
        version = topic->created_version;
        ids[i] = topic->id;
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(ids[i], ids[j]);
    }
}
END_TEST

START_TEST(alter_changes_settings) {
    struct storage_settings settings = settings_of(2);
    struct storage_topic *topic = topic_make("plain", &settings);
    append_texts(topic->id, 1, 3);
    settings.max_event_bytes = 99;
    settings.dedupe_ms = 1000;
    settings.has_key_pointer = true;
    memcpy(settings.key_pointer, "/user/id", sizeof "/user/id");
    struct call *alter = alter_run(topic->id, &settings);
    ck_assert_status(alter->op.status, STATUS_OK);

    const struct storage_topic *altered = alter->alter.ret_topic;
    check_settings(&altered->settings, &settings);
    ck_assert_str_eq(altered->name, "plain");
    ck_assert_uint_eq(altered->id, topic->id);
    ck_assert_int_eq(altered->created_at_ms, topic->created_at_ms);
    ck_assert_uint_eq(altered->created_version, topic->created_version);
    for (uint32_t i = 0; i < 2; i++)
        ck_assert_uint_eq(altered->partition_versions[i], topic->partition_versions[i]);
    ck_assert_uint_eq(topic->settings.max_event_bytes, 1 << 20); /* a description never changes */

    struct told_topic told = told_topic(told_topics() - 1);
    ck_assert_uint_eq(told.topic->id, topic->id);
    ck_assert(!told.gone);
    check_settings(&told.topic->settings, &settings);
    ck_assert_uint_eq(read_run(topic->id, 1, 0)->read.record_count, 3);
    check_settings(&create_run("plain", &settings)->create.ret_topic->settings, &settings);
}
END_TEST

START_TEST(alter_leaves_what_it_does_not_name) {
    struct storage_settings settings = settings_of(2);
    settings.retention_ms = 5000;
    settings.has_key_pointer = true;
    memcpy(settings.key_pointer, "/id", sizeof "/id");
    struct storage_topic *topic = topic_make("partly", &settings);
    struct storage_settings other = settings_of(1); /* differs in everything, and would shrink */
    other.max_event_bytes = 50;
    other.dedupe_ms = 60;
    other.retention_bytes = 70;

    for (unsigned which = 1; which < EVERY_SETTING; which <<= 1) {
        if (which == STORAGE_SETTING_PARTITIONS)
            continue;
        storage_settings_take(&settings, &other, which);
        struct call *alter = alter_call(topic->id, &other, which);
        ck_assert_status(call_run(alter), STATUS_OK);
        check_settings(&alter->alter.ret_topic->settings, &settings);
    }
    settings.partitions = other.partitions = 4;
    other.max_event_bytes = 1;
    struct call *alter = alter_call(topic->id, &other, STORAGE_SETTING_PARTITIONS);
    ck_assert_status(call_run(alter), STATUS_OK);
    check_settings(&alter->alter.ret_topic->settings, &settings);
}
END_TEST

START_TEST(alter_grows) {
    struct storage_settings settings = settings_of(2);
    struct storage_topic *topic = topic_make("growing", &settings);
    uint64_t created = topic->created_version;
    append_texts(topic->id, 0, 2);
    append_texts(topic->id, 1, 3);
    topic_id_make("between", 1);
    settings.partitions = 5;
    struct call *alter = alter_run(topic->id, &settings);
    ck_assert_status(alter->op.status, STATUS_OK);

    const struct storage_topic *grown = alter->alter.ret_topic;
    struct told_topic told = told_topic(told_topics() - 1);
    ck_assert_uint_eq(grown->settings.partitions, 5);
    ck_assert_uint_eq(grown->created_version, created);
    ck_assert_uint_gt(told.version, told_topic(told_topics() - 2).version);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_uint_eq(grown->partition_versions[i], i < 2 ? created : told.version);
    ck_assert_uint_eq(told.topic->settings.partitions, 5);

    ck_assert_uint_eq(bounds_of(topic->id, 0).next_offset, nth_offset(topic->id, 0, 2));
    ck_assert_uint_eq(bounds_of(topic->id, 1).next_offset, nth_offset(topic->id, 1, 3));
    ck_assert_uint_eq(bounds_of(topic->id, 4).next_offset, 0);
    append_texts(topic->id, 4, 1);
    ck_assert_uint_eq(read_run(topic->id, 4, 0)->read.record_count, 1);
    ck_assert_uint_eq(read_run(topic->id, 1, 0)->read.record_count, 3);
}
END_TEST

START_TEST(alter_refuses_to_shrink) {
    uint64_t id = topic_id_make("fixed", 3);
    size_t told = told_topics();
    struct storage_settings smaller = settings_of(2);
    smaller.max_event_bytes = 1;
    ck_assert_status(alter_run(id, &smaller)->op.status, STATUS_PARTITIONS_SHRINK);
    ck_assert_uint_eq(told_topics(), told);
    const struct storage_topic *now = create_run("fixed", &smaller)->create.ret_topic;
    ck_assert_uint_eq(now->settings.partitions, 3);
    ck_assert_uint_eq(now->settings.max_event_bytes, 1 << 20);
}
END_TEST

START_TEST(alter_of_an_unknown_topic) {
    struct storage_settings settings = settings_of(1);
    ck_assert_status(alter_run(12345, &settings)->op.status, STATUS_TOPIC_NOT_FOUND);
}
END_TEST

START_TEST(delete_tells_that_it_is_gone) {
    uint64_t id = topic_id_make("short-lived", 1);
    topic_remove(id);
    ck_assert_uint_eq(told_topics(), 3);
    ck_assert_uint_eq(told_topic(2).topic->id, id);
    ck_assert(told_topic(2).gone);
    struct call *again = call_new(CALL_TOPIC_DELETE);
    again->delete.topic_id = id;
    ck_assert_status(call_run(again), STATUS_TOPIC_NOT_FOUND);
    ck_assert_uint_eq(told_topics(), 3);
}
END_TEST

START_TEST(deleted_topic_is_not_found) {
    uint64_t id = topic_id_make("gone", 1);
    append_texts(id, 0, 2);
    topic_remove(id);

    struct storage_record record = record_of(0, "late");
    ck_assert_status(call_run(append_call(id, &record, 1)), STATUS_TOPIC_NOT_FOUND);
    ck_assert_status(call_run(read_call(id, 0, 0)), STATUS_TOPIC_NOT_FOUND);
    struct call *bounds = bounds_call(id, 1);
    ck_assert_status(call_run(bounds), STATUS_OK);
    ck_assert_status(bounds->partitions[0].ret_status, STATUS_TOPIC_NOT_FOUND);
    struct storage_settings settings = settings_of(1);
    ck_assert_status(alter_run(id, &settings)->op.status, STATUS_TOPIC_NOT_FOUND);
    const struct storage_commit commit = { .topic_id = id };
    ck_assert_status(call_run(commit_call("g", &commit, 1)), STATUS_TOPIC_NOT_FOUND);
    ck_assert_status(under_test()->ops->watch(under_test(), id, 0), STATUS_TOPIC_NOT_FOUND);
    if (can(STORAGE_CAN_OFFSET_BY_TIME)) {
        struct call *find = find_call(id, 0, 0);
        ck_assert_status(call_run(find), STATUS_OK);
        ck_assert_status(find->times[0].ret_status, STATUS_TOPIC_NOT_FOUND);
    }
}
END_TEST

START_TEST(recreated_topic_is_new_and_empty) {
    struct storage_settings settings = settings_of(2);
    struct storage_topic *old = topic_make("again", &settings);
    append_texts(old->id, 0, 5);
    topic_remove(old->id);
    struct storage_topic *fresh = topic_make("again", &settings);
    ck_assert_uint_ne(fresh->id, old->id);
    ck_assert_uint_gt(fresh->created_version, old->created_version);
    ck_assert_uint_eq(bounds_of(fresh->id, 0).next_offset, 0);
    ck_assert_uint_eq(read_run(fresh->id, 0, 0)->read.record_count, 0);
    append_texts(fresh->id, 0, 1);
    ck_assert_uint_eq(read_run(fresh->id, 0, 0)->read.record_count, 1);
    ck_assert_status(call_run(read_call(old->id, 0, 0)), STATUS_TOPIC_NOT_FOUND);
}
END_TEST

START_TEST(delete_forgets_what_groups_committed) {
    uint64_t id = topic_id_make("committed", 1);
    uint64_t other = topic_id_make("other", 1);
    append_texts(id, 0, 2);
    append_texts(other, 0, 2);
    commit_one("only", id, 0, 1);
    commit_one("both", id, 0, 2);
    commit_one("both", other, 0, 1);
    topic_remove(id);

    ck_assert_status(fetch_status("only"), STATUS_GROUP_NOT_FOUND);
    struct call *fetch = fetch_run("both");
    ck_assert_uint_eq(fetch->fetch.count, 1);
    ck_assert_uint_eq(fetch->fetch.committed[0].topic_id, other);
    struct call *list = call_new(CALL_GROUPS_LIST);
    ck_assert_status(call_run(list), STATUS_OK);
    ck_assert_uint_eq(list->list.count, 1);
    ck_assert_str_eq(list->list.names[0], "both");
}
END_TEST

TCase *contract_topics(void) {
    const TTest *const tests[] = { a_topic_has_the_capabilities_of_its_engine,
                                   opening_empty_tells_the_end,
                                   create_describes,
                                   create_keeps_every_setting,
                                   create_takes_the_longest_name,
                                   create_of_a_taken_name_gives_the_one_there,
                                   create_tells_before_it_is_done,
                                   versions_rise_and_ids_differ,
                                   alter_changes_settings,
                                   alter_leaves_what_it_does_not_name,
                                   alter_grows,
                                   alter_refuses_to_shrink,
                                   alter_of_an_unknown_topic,
                                   delete_tells_that_it_is_gone,
                                   deleted_topic_is_not_found,
                                   recreated_topic_is_new_and_empty,
                                   delete_forgets_what_groups_committed,
                                   NULL };
    return part_make("topics", tests);
}
