/* Contract: what is there again after close and open, for engines that survive it. The others are let off. */
#include "tests/contract/harness.h"

#include <stdio.h>

/* The topic as it was told while opening; NULL when it was not. Checks that each is told once, and then the end. */
static const struct storage_topic *found_again(const char *name) {
    size_t told = told_topics();
    const struct storage_topic *found = NULL;
    ck_assert_uint_ge(told, 1);
    ck_assert_ptr_null(told_topic(told - 1).topic);
    for (size_t i = 0; i + 1 < told; i++) {
        const struct storage_topic *topic = told_topic(i).topic;
        ck_assert_ptr_nonnull(topic);
        ck_assert(!told_topic(i).gone);
        if (strcmp(topic->name, name) != 0)
            continue;
        ck_assert_ptr_null(found);
        found = topic;
    }
    return found;
}

START_TEST_WITH(topics_are_there_again, STORAGE_CAN_SURVIVE_RESTART) {
    struct storage_settings settings = settings_of(2);
    settings.max_event_bytes = 777;
    settings.retention_ms = 5000;
    settings.has_key_pointer = true;
    memcpy(settings.key_pointer, "/k", sizeof "/k");
    struct storage_topic *topic = topic_make("kept", &settings);
    topic_id_make("other", 1);
    settings.partitions = 4;
    struct call *alter = alter_call(topic->id, &settings, STORAGE_SETTING_PARTITIONS);
    ck_assert_status(call_run(alter), STATUS_OK);
    const struct storage_topic *before = alter->alter.ret_topic;
    uint64_t version = told_topic(told_topics() - 1).version;

    engine_restart();
    ck_assert_uint_eq(told_topics(), 3);
    const struct storage_topic *after = found_again("kept");
    ck_assert_ptr_nonnull(after);
    ck_assert_ptr_nonnull(found_again("other"));
    ck_assert_uint_eq(told_topic(2).version, version);
    ck_assert_uint_eq(after->id, before->id);
    ck_assert_uint_eq(after->created_version, before->created_version);
    ck_assert_int_eq(after->created_at_ms, before->created_at_ms);
    ck_assert_uint_eq(after->capabilities, before->capabilities);
    ck_assert_uint_eq(after->settings.partitions, 4);
    ck_assert_uint_eq(after->settings.max_event_bytes, 777);
    ck_assert_int_eq(after->settings.ack, settings.ack);
    ck_assert_int_eq(after->settings.retention_ms, 5000);
    ck_assert_int_eq(after->settings.retention_bytes, STORAGE_FOR_EVER);
    ck_assert(after->settings.has_key_pointer);
    ck_assert_str_eq(after->settings.key_pointer, "/k");
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(after->partition_versions[i], before->partition_versions[i]);
    ck_assert_uint_gt(topic_make("later", &settings)->created_version, version);
}
END_TEST

START_TEST_WITH(events_and_heads_are_there_again, STORAGE_CAN_SURVIVE_RESTART) {
    uint64_t id = topic_id_make("log", 3);
    const struct storage_header header = { BYTES_LITERAL("h"), BYTES_LITERAL("\0v") };
    struct storage_record record = record_of(2, "full");
    record.timestamp_ms = 42;
    record.key = BYTES_LITERAL("");
    record.id = BYTES_LITERAL("id\xff");
    record.headers = &header;
    record.header_count = 1;
    append_run(id, &record, 1);
    append_texts(id, 0, 20);
    uint64_t bytes = bounds_of(id, 0).bytes;
    int64_t received_at_ms = read_run(id, 0, 19)->read.records[0].received_at_ms;

    for (uint64_t restarts = 1; restarts <= 3; restarts++) {
        engine_restart();
        ck_assert_uint_eq(bounds_of(id, 0).next_offset, 19 + restarts);
        if (restarts == 1)
            ck_assert_uint_eq(bounds_of(id, 0).bytes, bytes);
        ck_assert_uint_eq(bounds_of(id, 1).next_offset, 0);
        struct call *read = read_run(id, 0, 19);
        ck_assert(text_is(read->read.records[0].value, "19"));
        ck_assert_int_eq(read->read.records[0].received_at_ms, received_at_ms);
        append_texts(id, 0, 1); /* offsets go on, arrivals do not go back */
        read = read_run(id, 0, 19);
        ck_assert_uint_eq(read->read.record_count, 1 + restarts);
        ck_assert_uint_eq(read->read.records[restarts].offset, 19 + restarts);
        ck_assert_int_ge(read->read.records[restarts].received_at_ms, received_at_ms);
    }

    const struct storage_record *full = &read_run(id, 2, 0)->read.records[0];
    ck_assert_int_eq(full->timestamp_ms, 42);
    ck_assert(bytes_present(full->key) && full->key.size == 0);
    ck_assert(bytes_equal(full->id, record.id));
    ck_assert_uint_eq(full->header_count, 1);
    ck_assert(bytes_equal(full->headers[0].value, header.value));
    ck_assert(text_is(full->value, "full"));
}
END_TEST

START_TEST_WITH(every_ack_survives_a_clean_close, STORAGE_CAN_SURVIVE_RESTART) {
    uint64_t id = topic_id_make("acks", 1);
    size_t count = 0;
    for (int ack = STORAGE_ACK_NONE; ack <= (int)strongest_ack(); ack++) {
        for (size_t i = 0; i < 20; i++) {
            const struct storage_record record = record_of(0, "x");
            struct call *append = append_call(id, &record, 1);
            append->append.ack = (enum storage_ack)ack;
            enum status status = call_run(append);
            ck_assert(status == STATUS_OK || status == STATUS_UNSUPPORTED);
            count += status == STATUS_OK;
        }
    }
    engine_restart();
    ck_assert_uint_eq(bounds_of(id, 0).next_offset, count);
    ck_assert_uint_eq(read_run(id, 0, 0)->read.record_count, count);
}
END_TEST

START_TEST_WITH(groups_are_there_again, STORAGE_CAN_SURVIVE_RESTART) {
    uint64_t id = topic_id_make("grouped", 2);
    append_texts(id, 1, 5);
    const struct storage_commit commits[] = {
        { .topic_id = id, .partition = 1, .offset = 4, .metadata = BYTES_LITERAL("note") },
        { .topic_id = id, .partition = 0 },
    };
    ck_assert_status(call_run(commit_call("g", commits, 2)), STATUS_OK);
    commit_one("forgotten", id, 0, 0);
    struct call *delete = call_new(CALL_GROUP_DELETE);
    delete->group_delete.group = "forgotten";
    ck_assert_status(call_run(delete), STATUS_OK);

    engine_restart();
    ck_assert_status(fetch_status("forgotten"), STATUS_GROUP_NOT_FOUND);
    struct call *fetch = fetch_run("g");
    ck_assert_uint_eq(fetch->fetch.count, 2);
    committed_check(&fetch->fetch.committed[1], id, 1, 4);
    ck_assert(text_is(fetch->fetch.committed[1].metadata, "note"));
}
END_TEST

START_TEST_WITH(deleted_topics_stay_away, STORAGE_CAN_SURVIVE_RESTART) {
    uint64_t old = topic_id_make("phoenix", 2);
    append_texts(old, 0, 30);
    commit_one("g", old, 0, 7);
    topic_remove(old);
    engine_restart();
    ck_assert_ptr_null(found_again("phoenix"));
    ck_assert_status(fetch_status("g"), STATUS_GROUP_NOT_FOUND);
    ck_assert_status(call_run(read_call(old, 0, 0)), STATUS_TOPIC_NOT_FOUND);

    for (int i = 0; i < 4; i++) { /* again and again, with and without a restart between */
        uint64_t id = topic_id_make("phoenix", 2);
        ck_assert_uint_ne(id, old);
        ck_assert_uint_eq(bounds_of(id, 0).next_offset, 0);
        append_texts(id, 0, 1);
        if (i % 2 == 0)
            engine_restart();
        struct call *read = read_run(id, 0, 0);
        ck_assert_uint_eq(read->read.record_count, 1);
        ck_assert_uint_eq(read_run(id, 1, 0)->read.record_count, 0);
        topic_remove(id);
    }
}
END_TEST

START_TEST_WITH(what_was_under_way_is_there_or_was_refused, STORAGE_CAN_SURVIVE_RESTART) {
    enum { REQUESTS = 100 };
    uint64_t id = topic_id_make("under-way", 1);
    struct call *appends[REQUESTS];
    const struct storage_record pair[] = { record_of(0, "a"), record_of(0, "b") };
    for (size_t i = 0; i < REQUESTS; i++) {
        appends[i] = append_call(id, pair, 2);
        call_start(appends[i]);
    }
    engine_restart();
    uint64_t written = 0;
    for (size_t i = 0; i < REQUESTS; i++)
        written += call_wait(appends[i]) == STATUS_OK ? 2 : 0;
    ck_assert_uint_eq(written, 2 * REQUESTS); /* closing finishes what waits */
    ck_assert_uint_eq(bounds_of(id, 0).next_offset, written);
    ck_assert_uint_eq(read_run(id, 0, 0)->read.record_count, written);
}
END_TEST

START_TEST_WITH(watches_end_with_the_engine, STORAGE_CAN_SURVIVE_RESTART) {
    uint64_t id = topic_id_make("unwatched", 1);
    ck_assert_status(under_test()->ops->watch(under_test(), id, 0), STATUS_OK);
    engine_restart();
    append_texts(id, 0, 1);
    engine_close();
    ck_assert_uint_eq(told_changes(id, 0), 0);
}
END_TEST

TCase *contract_restart(void) {
    const TTest *const tests[] = { topics_are_there_again,           events_and_heads_are_there_again,
                                   every_ack_survives_a_clean_close, groups_are_there_again,
                                   deleted_topics_stay_away,         what_was_under_way_is_there_or_was_refused,
                                   watches_end_with_the_engine,      NULL };
    return part_make("restart", tests);
}
