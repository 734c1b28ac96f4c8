/* base/: the budget of memory, arenas and buffers that come out of it, and the machine's limit. */
#include "base/arena.h"
#include "base/budget.h"
#include "base/machine_memory.h"
#include "tests/temporary.h"
#include "tests/unit/unit.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

enum { MIB = 1 << 20 };

START_TEST(a_kind_ends_at_its_cap_and_all_at_the_whole) {
    struct budget budget;
    budget_init(&budget, 16 * MIB);
    ck_assert_uint_eq(budget.kinds[BUDGET_BODIES].max, 6 * MIB);
    ck_assert(budget_take(&budget, BUDGET_BODIES, 6 * MIB));
    ck_assert(!budget_take(&budget, BUDGET_BODIES, 1));
    ck_assert(budget_take(&budget, BUDGET_PARSED, 4 * MIB));
    ck_assert(budget_take(&budget, BUDGET_PAGES, 4 * MIB));
    ck_assert(!budget_take(&budget, BUDGET_STREAMS, 3 * MIB)); /* its kind has room, the whole has 2 MiB */
    ck_assert_uint_eq(budget.kinds[BUDGET_STREAMS].used, 0);
    ck_assert(budget_take(&budget, BUDGET_STREAMS, 2 * MIB));
    ck_assert_uint_eq(budget.all.used, 16 * MIB);

    ck_assert_uint_eq(budget.kinds[BUDGET_BODIES].refused, 1);
    ck_assert_uint_eq(budget.kinds[BUDGET_STREAMS].refused, 0);
    ck_assert_uint_eq(budget.all.refused, 1);
    budget_give(&budget, BUDGET_BODIES, 1);
    ck_assert(budget_take(&budget, BUDGET_TAIL, 1));
}
END_TEST

START_TEST(nothing_wraps) {
    struct budget budget;
    budget_init(&budget, SIZE_MAX);
    budget_cap(&budget, BUDGET_PAGES, SIZE_MAX);
    ck_assert(budget_take(&budget, BUDGET_PAGES, SIZE_MAX));
    ck_assert(!budget_take(&budget, BUDGET_PAGES, SIZE_MAX));
    ck_assert(!budget_take(&budget, BUDGET_PAGES, 1));
    budget_give(&budget, BUDGET_PAGES, SIZE_MAX);
    ck_assert_uint_eq(budget.all.used, 0);
    budget_init(&budget, 100);
    budget_cap(&budget, BUDGET_TAIL, 1000);
    ck_assert_uint_eq(budget.kinds[BUDGET_TAIL].max, 100);
}
END_TEST

START_TEST(a_share_is_what_it_is_set_to) {
    struct budget budget;
    budget_init(&budget, 16 * MIB);
    struct budget_share share = { .budget = &budget, .kind = BUDGET_PARSED };
    ck_assert(budget_share_set(&share, 3 * MIB));
    ck_assert(!budget_share_set(&share, 5 * MIB));
    ck_assert_uint_eq(share.bytes, 3 * MIB);
    ck_assert(budget_share_set(&share, 1 * MIB));
    ck_assert_uint_eq(budget.kinds[BUDGET_PARSED].used, 1 * MIB);
    ck_assert_uint_eq(budget.all.used, 1 * MIB);
    ck_assert(budget_share_set(&share, 0));
    ck_assert_uint_eq(budget.all.used, 0);

    struct budget_share free_share = { .budget = NULL };
    ck_assert(budget_share_set(&free_share, SIZE_MAX));
    ck_assert(budget_share_set(&free_share, 0));
}
END_TEST

START_TEST(an_arena_comes_out_of_the_budget) {
    struct budget budget;
    budget_init(&budget, 16 * MIB);
    autoarena struct arena arena = { 0 };
    arena_charge(&arena, &budget, BUDGET_PARSED);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_ptr_nonnull(arena_alloc(&arena, 100));
    ck_assert_uint_ge(budget.kinds[BUDGET_PARSED].used, 100000);
    ck_assert_uint_eq(budget.kinds[BUDGET_PARSED].used, arena.share.bytes);

    size_t before = arena.share.bytes;
    ck_assert_ptr_null(arena_alloc(&arena, 4 * MIB));
    ck_assert_uint_eq(arena.share.bytes, before);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 2 * MIB));
    before = arena.share.bytes;
    ck_assert(!arena_recharge(&arena, BUDGET_TAIL)); /* of which there is 1 MiB */
    ck_assert_uint_eq(budget.kinds[BUDGET_PARSED].used, before);
    ck_assert(arena_recharge(&arena, BUDGET_BODIES));
    ck_assert_uint_eq(budget.kinds[BUDGET_BODIES].used, before);
    ck_assert_uint_eq(budget.all.used, before);
    ck_assert(budget_is_above(&budget, BUDGET_BODIES, 2)); /* 2 MiB and a bit of 6 */
    ck_assert(!budget_is_above(&budget, BUDGET_BODIES, 3));
    ck_assert(arena_recharge(&arena, BUDGET_PARSED));
    ck_assert(budget_is_above(&budget, BUDGET_PARSED, 4)); /* of 4 */
    ck_assert(!budget_is_above(&budget, BUDGET_PARSED, 5));
    arena_finish(&arena);
    ck_assert_uint_eq(budget.all.used, 0);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 3 * MIB)); /* of the same budget again */
    ck_assert_uint_ge(budget.kinds[BUDGET_PARSED].used, 3 * MIB);
}
END_TEST

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 200000, WHOLE = 1000 };

struct race {
    struct budget budget;
    atomic_bool wrong;
    atomic_uint granted;
    atomic_uint started;
};

/* Takes and gives parts of all kinds, and looks whether any counter is ever out of its limits. */
static void *take_and_give(void *context) {
    struct race *race = context;
    struct budget_share shares[BUDGET_KINDS];
    unsigned random = 1 + atomic_fetch_add(&race->started, 1);
    for (unsigned kind = 0; kind < BUDGET_KINDS; kind++)
        shares[kind] = (struct budget_share){ .budget = &race->budget, .kind = (enum budget_kind)kind };
    for (unsigned i = 0; i < ROUNDS; i++) {
        random = random * 1664525 + 1013904223;
        unsigned kind = (random >> 8) % BUDGET_KINDS;
        if (budget_share_set(&shares[kind], (random >> 16) % 200))
            atomic_fetch_add(&race->granted, 1);
        if (race->budget.all.used > WHOLE || race->budget.kinds[kind].used > race->budget.kinds[kind].max)
            atomic_store(&race->wrong, true);
    }
    for (unsigned kind = 0; kind < BUDGET_KINDS; kind++)
        budget_share_set(&shares[kind], 0);
    return NULL;
}

START_TEST(threads_never_take_too_much_and_give_all_back) {
    static struct race race;
    pthread_t threads[THREADS];
    budget_init(&race.budget, WHOLE);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_give, &race), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert(!race.wrong);
    ck_assert_uint_eq(race.budget.all.used, 0);
    uint64_t refused = race.budget.all.refused;
    for (unsigned kind = 0; kind < BUDGET_KINDS; kind++) {
        ck_assert_uint_eq(race.budget.kinds[kind].used, 0);
        refused += race.budget.kinds[kind].refused;
    }
    ck_assert_uint_gt(race.granted, 0);
    ck_assert_uint_gt(refused, 0);
    ck_assert_uint_eq(race.granted + refused, THREADS * ROUNDS); /* a refusal is counted once */
}
END_TEST

/* ---- the machine ---- */

/* A file of a test's own /proc or /sys, with the folders above it. */
static void put(const char *root, const char *path, const char *text) {
    char name[512];
    snprintf(name, sizeof name, "%s%s", root, path);
    for (char *at = strchr(name + strlen(root) + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(name, 0700);
        *at = '/';
    }
    FILE *file = fopen(name, "we");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static uint64_t limit_in(const char *const files[][2]) {
    enum { DEPTH = 8 };
    char root[256];
    ck_assert(temporary_make("machine", root, sizeof root));
    for (size_t i = 0; files[i][0] != NULL; i++)
        put(root, files[i][0], files[i][1]);
    uint64_t bytes = machine_memory_bytes(root);
    ck_assert_int_eq(nftw(root, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS), 0);
    return bytes;
}

START_TEST(the_least_limit_of_a_control_group_counts) {
    uint64_t physical = limit_in((const char *const[][2]){ { NULL, NULL } });
    ck_assert_uint_gt(physical, 300 * MIB); /* so much has every machine that builds this */
    ck_assert_uint_eq(physical, machine_memory_bytes("/nowhere"));

    static const char *const version_2[][2] = { { "/proc/self/cgroup", "0::/a/b\n" },
                                                { "/sys/fs/cgroup/a/b/memory.max", "max\n" },
                                                { "/sys/fs/cgroup/a/b/memory.high", "209715200\n" },
                                                { "/sys/fs/cgroup/a/memory.max", "104857600\n" },
                                                { NULL, NULL } };
    ck_assert_uint_eq(limit_in(version_2), 100 * MIB);
    static const char *const container_2[][2] = { { "/proc/self/cgroup", "0::/\n" },
                                                  { "/sys/fs/cgroup/memory.max", "104857600\n" },
                                                  { NULL, NULL } };
    ck_assert_uint_eq(limit_in(container_2), 100 * MIB);
    static const char *const version_1[][2] = {
        { "/proc/self/cgroup", "5:cpu,cpuacct:/c\n4:hugetlb,memory:/docker/x\n0::/\n" },
        { "/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "9223372036854771712\n" },
        { "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "209715200\n" },
        { NULL, NULL }
    };
    ck_assert_uint_eq(limit_in(version_1), 200 * MIB);
    static const char *const container_1[][2] = { { "/proc/self/cgroup", "4:memory:/docker/x\n" },
                                                  { "/sys/fs/cgroup/memory/memory.limit_in_bytes", "104857600\n" },
                                                  { NULL, NULL } };
    ck_assert_uint_eq(limit_in(container_1), 100 * MIB);
    static const char *const unlimited[][2] = { { "/proc/self/cgroup", "0::/a\n4:cpu:/a\nnonsense\n" },
                                                { "/sys/fs/cgroup/a/memory.max", "max\n" },
                                                { NULL, NULL } };
    ck_assert_uint_eq(limit_in(unlimited), physical);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { a_kind_ends_at_its_cap_and_all_at_the_whole,
                                   nothing_wraps,
                                   a_share_is_what_it_is_set_to,
                                   an_arena_comes_out_of_the_budget,
                                   threads_never_take_too_much_and_give_all_back,
                                   the_least_limit_of_a_control_group_counts,
                                   NULL };
    return unit_run("budget", tests);
}
