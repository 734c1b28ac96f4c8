/* base/turns: one at a time, in order, and nobody is forgotten. */
#include "base/turns.h"
#include "tests/unit/unit.h"

#include <stdatomic.h>

struct waiting {
    struct turn turn;
    unsigned ready; /* how often it was called */
};

static void ready(void *context) { ((struct waiting *)context)->ready++; }

START_TEST(one_after_the_other) {
    enum { COUNT = 5 };
    struct turns turns;
    struct waiting all[COUNT];
    turns_init(&turns);
    for (size_t i = 0; i < COUNT; i++) {
        all[i] = (struct waiting){ .turn = { .ready = ready, .context = &all[i] } };
        ck_assert(turns_enter(&turns, &all[i].turn) == (i == 0));
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++)
            ck_assert_uint_eq(all[j].ready, j > 0 && j <= i);
        turns_leave(&turns, &all[i].turn);
        turns_leave(&turns, &all[i].turn); /* it has none any more */
    }
    ck_assert(turns_enter(&turns, &all[2].turn));
    ck_assert(!turns_enter(&turns, &all[1].turn));
    turns_leave(&turns, &all[2].turn);
    ck_assert_uint_eq(all[1].ready, 2);
    turns_leave(&turns, &all[1].turn);
    turns_finish(&turns);
}
END_TEST

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 20000 };

struct race {
    struct turns turns;
    atomic_uint inside;
    atomic_bool wrong;
    unsigned done; /* guarded by the turn */
};

struct runner {
    struct race *race;
    struct turn turn;
    atomic_bool is_ready;
};

static void say_ready(void *context) { atomic_store(&((struct runner *)context)->is_ready, true); }

static void *run(void *context) {
    struct race *race = context;
    struct runner runner = { .race = race, .turn = { .ready = say_ready, .context = &runner } };
    for (unsigned i = 0; i < ROUNDS; i++) {
        atomic_store(&runner.is_ready, false);
        if (!turns_enter(&race->turns, &runner.turn))
            while (!atomic_load(&runner.is_ready))
                sched_yield();
        if (atomic_fetch_add(&race->inside, 1) != 0)
            atomic_store(&race->wrong, true);
        race->done++;
        atomic_fetch_sub(&race->inside, 1);
        turns_leave(&race->turns, &runner.turn);
    }
    return NULL;
}

START_TEST(threads_take_turns) {
    static struct race race;
    pthread_t threads[THREADS];
    turns_init(&race.turns);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run, &race), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert(!race.wrong);
    ck_assert_uint_eq(race.done, THREADS * ROUNDS);
    turns_finish(&race.turns);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { one_after_the_other, threads_take_turns, NULL };
    return unit_run("turns", tests);
}
