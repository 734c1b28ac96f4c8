/* The tail cache: what is kept comes back as storage gave it, within limits, and the oldest goes first. */
#include "gateway/read/tail.h"
#include "tests/unit/unit.h"

#include <stdio.h>

enum { VALUE_BYTES = 100 };

/* A read as storage would have answered it: `count` records from `first` on, the value of each its offset. */
static struct storage_read read_of(struct budget *budget, uint64_t topic_id, uint32_t partition, uint64_t first,
                                   size_t count) {
    struct storage_read read = { .topic_id = topic_id, .partition = partition, .offset = first };
    arena_charge(&read.memory, budget, BUDGET_PAGES);
    read.records = arena_array(&read.memory, count, sizeof *read.records);
    read.record_count = count;
    read.ret_next = first + count;
    for (size_t i = 0; i < count; i++) {
        char *value = arena_array(&read.memory, 1, VALUE_BYTES);
        snprintf(value, VALUE_BYTES, "%llu", (unsigned long long)(first + i));
        read.records[i] = (struct storage_record){ .offset = first + i, .value = { value, VALUE_BYTES } };
    }
    return read;
}

static void keep(struct tail *tail, uint64_t topic_id, uint32_t partition, uint64_t first, size_t count) {
    struct storage_read read = read_of(NULL, topic_id, partition, first, count);
    struct tail_run *run = tail_keep(tail, &read);
    ck_assert_ptr_nonnull(run);
    ck_assert_uint_eq(read.record_count, count);
    ck_assert_uint_eq(read.records[count - 1].offset, first + count - 1); /* still there for who has read it */
    storage_read_finish(&read);
    tail_run_unref(run);
}

/* How many records a read from an offset brings from memory; 0: storage must be asked. */
static size_t found(struct tail *tail, uint64_t topic_id, uint32_t partition, uint64_t offset, size_t records,
                    size_t bytes, uint64_t *ret_next) {
    struct storage_read read = {
        .topic_id = topic_id, .partition = partition, .offset = offset, .record_limit = records, .byte_limit = bytes
    };
    struct tail_run *run;
    if (!tail_read(tail, &read, &run))
        return 0;

    size_t count = read.record_count;
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(read.records[i].offset, offset + i);
        ck_assert_uint_eq(strtoull(read.records[i].value.data, NULL, 10), offset + i);
    }

    *ret_next = read.ret_next;
    storage_read_finish(&read);
    tail_run_unref(run);
    return count;
}

START_TEST(gives_back_what_was_kept) {
    static const struct {
        uint64_t topic_id;
        uint32_t partition;
        uint64_t offset;
        size_t found;
    } reads[] = { { 7, 3, 10, 5 }, { 7, 3, 13, 2 }, { 7, 3, 9, 0 }, { 7, 3, 15, 0 }, { 7, 2, 10, 0 }, { 8, 3, 10, 0 } };

    struct tail *tail = tail_create(1 << 20);
    keep(tail, 7, 3, 10, 5);
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        uint64_t next = 15;
        ck_assert_uint_eq(found(tail, reads[i].topic_id, reads[i].partition, reads[i].offset, 100, 1 << 20, &next),
                          reads[i].found);
        ck_assert_uint_eq(next, 15);
    }
    tail_destroy(tail);
}
END_TEST

START_TEST(keeps_to_the_limits_of_a_read) {
    struct tail *tail = tail_create(1 << 20);
    uint64_t next = 0;
    keep(tail, 7, 0, 0, 10);
    ck_assert_uint_eq(found(tail, 7, 0, 2, 3, 1 << 20, &next), 3);
    ck_assert_uint_eq(next, 5);
    ck_assert_uint_eq(found(tail, 7, 0, 0, 100, 2 * VALUE_BYTES, &next), 2);
    ck_assert_uint_eq(next, 2);
    ck_assert_uint_eq(found(tail, 7, 0, 4, 100, 1, &next), 1); /* the first comes whole */
    ck_assert_uint_eq(next, 5);
    tail_destroy(tail);
}
END_TEST

START_TEST(ends_behind_a_hole) {
    struct tail *tail = tail_create(1 << 20);
    struct storage_read read = read_of(NULL, 7, 0, 0, 4);
    read.ret_next = 1000;
    struct tail_run *run = tail_keep(tail, &read);
    storage_read_finish(&read);
    tail_run_unref(run);
    uint64_t next = 0;
    ck_assert_uint_eq(found(tail, 7, 0, 0, 4, 1 << 20, &next), 4);
    ck_assert_uint_eq(next, 1000);
    tail_destroy(tail);
}
END_TEST

START_TEST(keeps_nothing_twice) {
    struct tail *tail = tail_create(1 << 20);
    keep(tail, 7, 0, 0, 4);
    struct storage_read again = read_of(NULL, 7, 0, 2, 2);
    ck_assert_ptr_null(tail_keep(tail, &again));
    ck_assert_uint_eq(again.records[1].offset, 3); /* as it was */
    storage_read_finish(&again);
    tail_destroy(tail);
}
END_TEST

START_TEST(lets_the_oldest_go) {
    struct tail *tail = tail_create(10000);
    uint64_t next = 0;
    for (uint64_t first = 0; first < 1000; first += 10)
        keep(tail, 7, (uint32_t)(first / 10 % 3), first, 10);
    ck_assert_uint_eq(found(tail, 7, 0, 0, 10, 1 << 20, &next), 0);
    ck_assert_uint_eq(found(tail, 7, 0, 990, 10, 1 << 20, &next), 10);
    tail_destroy(tail);
}
END_TEST

/* Runs come in any order, as from readers that are behind, and fill what lies between others, but never overlap. */
START_TEST(runs_in_any_order) {
    static const uint64_t firsts[] = { 50, 10, 90, 30, 70, 0, 20, 100, 60, 40, 80 };
    struct tail *tail = tail_create(1 << 20);
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        keep(tail, 7, 0, firsts[i], 10);
        struct storage_read across = read_of(NULL, 7, 0, firsts[i] + 5, 10);
        ck_assert_ptr_null(tail_keep(tail, &across));
        storage_read_finish(&across);
    }
    for (uint64_t offset = 0; offset < 110; offset++) {
        uint64_t next = 0;
        ck_assert_uint_eq(found(tail, 7, 0, offset, 100, 1 << 20, &next), 10 - offset % 10);
        ck_assert_uint_eq(next, offset / 10 * 10 + 10);
    }
    tail_destroy(tail);
}
END_TEST

/* The newest of many runs, over partitions of which some have gone and come again. */
START_TEST(a_hundred_thousand_runs) {
    enum { PARTITIONS = 7, RUNS = 100000, KEPT = 100 };
    struct tail *tail = tail_create(10000 * KEPT);
    for (uint64_t i = 0; i < RUNS; i++) {
        uint32_t partition = i % 1000 < 500 ? (uint32_t)(i % PARTITIONS) : 0;
        struct storage_read read = read_of(NULL, 7, partition, i, 1);
        struct tail_run *run = tail_keep(tail, &read);
        unit_assert_quietly(run != NULL);
        storage_read_finish(&read);
        tail_run_unref(run);
    }
    uint64_t next = 0;
    for (uint64_t i = RUNS - KEPT; i < RUNS; i++)
        ck_assert_uint_eq(found(tail, 7, 0, i, 10, 1 << 20, &next), 1);
    ck_assert_uint_eq(found(tail, 7, 0, 0, 10, 1 << 20, &next), 0);
    ck_assert_uint_eq(found(tail, 7, 0, RUNS, 10, 1 << 20, &next), 0);
    tail_destroy(tail);
}
END_TEST

/* Who holds a run may read it when the cache has let it go. */
START_TEST(a_run_outlives_its_place) {
    struct tail *tail = tail_create(10000);
    keep(tail, 7, 0, 0, 10);
    struct storage_read read = { .topic_id = 7, .record_limit = 10, .byte_limit = 1 << 20 };
    struct tail_run *run;
    ck_assert(tail_read(tail, &read, &run));
    for (uint64_t first = 10; first < 1000; first += 10)
        keep(tail, 7, 0, first, 10);
    ck_assert_str_eq(read.records[9].value.data, "9");
    storage_read_finish(&read);
    tail_run_unref(run);
    tail_destroy(tail);
}
END_TEST

/* What it keeps counts as its own, what it lets go is given back, and what the budget refuses is not kept. */
START_TEST(counts_in_the_budget) {
    struct budget budget;
    budget_init(&budget, 1 << 20);
    budget_cap(&budget, BUDGET_TAIL, 10000);
    struct tail *tail = tail_create(10000);
    for (uint64_t first = 0; first < 1000; first += 10) {
        struct storage_read read = read_of(&budget, 7, 0, first, 10);
        struct tail_run *run = tail_keep(tail, &read);
        ck_assert_ptr_nonnull(run);
        ck_assert_uint_gt(budget.kinds[BUDGET_TAIL].used, 1000);
        storage_read_finish(&read);
        tail_run_unref(run);
        ck_assert_uint_eq(budget.kinds[BUDGET_PAGES].used, 0);
    }

    budget_cap(&budget, BUDGET_TAIL, 0);
    struct storage_read read = read_of(&budget, 7, 0, 1000, 10);
    ck_assert_ptr_null(tail_keep(tail, &read));
    ck_assert_str_eq(read.records[9].value.data, "1009");
    storage_read_finish(&read);
    tail_destroy(tail);
    ck_assert_uint_eq(budget.all.used, 0);
}
END_TEST

START_TEST(keeps_nothing_that_is_too_large_or_empty) {
    struct tail *tail = tail_create(100);
    struct storage_read large = read_of(NULL, 7, 0, 0, 10);
    ck_assert_ptr_null(tail_keep(tail, &large));
    storage_read_finish(&large);
    struct storage_read empty = { .topic_id = 7, .ret_next = 5 };
    ck_assert_ptr_null(tail_keep(tail, &empty));
    tail_destroy(tail);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { gives_back_what_was_kept,
                                   keeps_to_the_limits_of_a_read,
                                   ends_behind_a_hole,
                                   keeps_nothing_twice,
                                   lets_the_oldest_go,
                                   runs_in_any_order,
                                   a_hundred_thousand_runs,
                                   a_run_outlives_its_place,
                                   counts_in_the_budget,
                                   keeps_nothing_that_is_too_large_or_empty,
                                   NULL };
    return unit_run("tail", tests);
}
