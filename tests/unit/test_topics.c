/* gateway/topics: the catalogue finds by name and by id what the engine added, through creations, changes and
 * deletions. */
#include "gateway/topics.h"
#include "tests/unit/unit.h"

#include <stdio.h>

enum { TOPICS = 200, STEPS = 4000 };

/* What the engine tells of topic `number`; generation 0: it is not there. */
static struct storage_topic *topic_new(unsigned number, unsigned generation, uint32_t partitions) {
    char name[32];
    snprintf(name, sizeof name, "topic-%u", number);
    struct storage_settings settings = { .partitions = partitions };
    struct storage_topic *topic = storage_topic_new(name, &settings);
    ck_assert_ptr_nonnull(topic);
    topic->id = (uint64_t)(generation * TOPICS + number + 1) * UINT64_C(0x9e3779b97f4a7c15); /* odd: one to one */
    return topic;
}

static void tell(struct topics *topics, struct storage_topic *topic, bool gone) {
    topics_on_topic(topics, topic, gone, 1);
    storage_topic_unref(topic);
}

static void check_found(struct topics *topics, unsigned number, unsigned generation, uint32_t partitions) {
    struct storage_topic *wanted = topic_new(number, generation, 1);
    struct storage_topic *by_name = topics_find(topics, bytes_text(wanted->name));
    struct storage_topic *by_id = topics_find_id(topics, wanted->id);
    ck_assert_ptr_eq(by_name, by_id);
    ck_assert(generation == 0 || (by_id != NULL && by_id->settings.partitions == partitions));
    storage_topic_unref(by_name);
    storage_topic_unref(by_id);
    storage_topic_unref(wanted);
}

START_TEST(what_was_told_is_found_by_name_and_id) {
    struct topics *topics;
    unsigned generations[TOPICS] = { 0 }; /* 0: not there */
    unsigned made[TOPICS] = { 0 };
    uint32_t partitions[TOPICS] = { 0 };
    uint32_t random = 12345;
    ck_assert_int_eq(topics_create(&topics), STATUS_OK);

    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525u + 1013904223u;
        unsigned number = (random >> 8) % TOPICS;
        bool deletes = generations[number] != 0 && (random >> 24) % 3 == 0;
        if (deletes) {
            tell(topics, topic_new(number, generations[number], 1), true);
            generations[number] = 0;
        } else {
            if (generations[number] == 0)
                generations[number] = ++made[number];
            partitions[number] = 1 + (random >> 16) % 100;
            tell(topics, topic_new(number, generations[number], partitions[number]), false);
        }
        check_found(topics, number, generations[number], partitions[number]);
    }

    size_t there = 0;
    for (unsigned number = 0; number < TOPICS; number++) {
        check_found(topics, number, generations[number], partitions[number]);
        there += generations[number] != 0;
    }

    ck_assert_uint_eq(topics_count(topics), there);
    topics_destroy(topics);
}
END_TEST

START_TEST(the_end_of_an_earlier_topic_takes_no_later_one) {
    struct topics *topics;
    ck_assert_int_eq(topics_create(&topics), STATUS_OK);
    ck_assert_ptr_null(topics_find_id(topics, 1));
    tell(topics, topic_new(7, 2, 3), false);
    tell(topics, topic_new(7, 1, 1), true);
    check_found(topics, 7, 2, 3);
    topics_destroy(topics);
}
END_TEST

static bool one_matches(const struct bytes *patterns, size_t count, const struct storage_topic *topic) {
    for (size_t i = 0; i < count; i++)
        if (topic_pattern_matches(patterns[i], topic))
            return true;
    return false;
}

/* Held to what each pattern says of each topic: whatever the order of the patterns, and where they meet. */
START_TEST(patterns_that_overlap_find_each_topic_once) {
    static const char *const some[] = { "topic-1*", "topic-7",  "topic-10*", "topic-100", "topic-199", "topic-2*",
                                        "*",        "topic-1*", "a",         "z*",        "topic-",    "topic-19*" };
    enum { SOME = sizeof some / sizeof some[0], AT_ONCE_MAX = 5, ROUNDS = 2000 };
    struct topics *topics;
    uint32_t random = 54321;
    ck_assert_int_eq(topics_create(&topics), STATUS_OK);
    for (unsigned number = 0; number < TOPICS; number++)
        tell(topics, topic_new(number, 1, 1), false);
    struct bytes all = BYTES_LITERAL("*");
    autoarena struct arena arena = { 0 };
    struct topics_found everything;
    ck_assert_int_eq(topics_match(topics, &all, 1, &arena, &everything, NULL), STATUS_OK);
    ck_assert_uint_eq(everything.count, TOPICS);

    for (int round = 0; round < ROUNDS; round++) {
        struct bytes patterns[AT_ONCE_MAX];
        random = random * 1664525u + 1013904223u;
        size_t count = 1 + (random >> 20) % AT_ONCE_MAX;
        for (size_t i = 0; i < count; i++) {
            random = random * 1664525u + 1013904223u;
            patterns[i] = bytes_text(some[(random >> 16) % SOME]);
        }

        autoarena struct arena memory = { 0 };
        struct topics_found found;
        ck_assert_int_eq(topics_match(topics, patterns, count, &memory, &found, NULL), STATUS_OK);
        size_t next = 0;
        for (size_t i = 0; i < everything.count; i++) {
            if (!one_matches(patterns, count, everything.items[i]))
                continue;
            ck_assert_uint_lt(next, found.count);
            ck_assert_ptr_eq(found.items[next++], everything.items[i]);
        }
        ck_assert_uint_eq(next, found.count);
        topics_found_finish(&found);
    }

    topics_found_finish(&everything);
    topics_destroy(topics);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { what_was_told_is_found_by_name_and_id,
                                   the_end_of_an_earlier_topic_takes_no_later_one,
                                   patterns_that_overlap_find_each_topic_once, NULL };
    return unit_run("topics", tests);
}
