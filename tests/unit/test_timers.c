/* Timers: each comes once, when it is due and not before, whatever is set, moved and cleared meanwhile. */
#include "base/timers.h"
#include "tests/unit/unit.h"

enum { MANY = 100000, HOUR_MS = 3600000 };

static struct timers timers;
static struct timer many[MANY];
static uint64_t state;

static int64_t draw(int64_t below) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)(state >> 33) % below;
}

START_TEST(one) {
    struct timer timer = { 0 };
    ck_assert_ptr_null(timers_take(&timers, 1000));
    timers_set(&timers, &timer, 1500);
    ck_assert_ptr_null(timers_take(&timers, 1499));
    ck_assert_ptr_eq(timers_take(&timers, 1500), &timer);
    ck_assert_ptr_null(timers_take(&timers, 9999999));
    ck_assert_uint_eq(timers.count, 0);
}
END_TEST

START_TEST(in_the_past) {
    struct timer timer = { 0 };
    struct timer other = { 0 };
    timers_set(&timers, &other, 2000000);
    ck_assert_ptr_null(timers_take(&timers, 1000000));
    timers_set(&timers, &timer, 17);
    ck_assert_ptr_eq(timers_take(&timers, 1000000), &timer);
    ck_assert_ptr_null(timers_take(&timers, 1000000));
    timers_clear(&timers, &other);
}
END_TEST

/* The clock of another thread, which read it before. */
START_TEST(a_moment_back) {
    struct timer timer = { 0 };
    struct timer other = { 0 };
    timers_set(&timers, &timer, 5000);
    ck_assert_ptr_null(timers_take(&timers, 4900));
    ck_assert_ptr_null(timers_take(&timers, 3000));
    timers_set(&timers, &other, 4000);
    ck_assert_ptr_null(timers_take(&timers, 3999));
    ck_assert_ptr_eq(timers_take(&timers, 4000), &other);
    ck_assert_ptr_eq(timers_take(&timers, 5000), &timer);
}
END_TEST

START_TEST(moved_and_cleared) {
    struct timer timer = { 0 };
    timers_clear(&timers, &timer);
    timers_set(&timers, &timer, 100);
    timers_set(&timers, &timer, 50000);
    ck_assert_ptr_null(timers_take(&timers, 49999));
    timers_clear(&timers, &timer);
    timers_clear(&timers, &timer);
    ck_assert_ptr_null(timers_take(&timers, 100000));
    ck_assert_uint_eq(timers.count, 0);
}
END_TEST

/* Two that are due at once, and the first clears the second. */
START_TEST(cleared_when_due) {
    struct timer pair[2] = { 0 };
    timers_set(&timers, &pair[0], 10);
    timers_set(&timers, &pair[1], 10);
    struct timer *first = timers_take(&timers, 20);
    ck_assert_ptr_nonnull(first);
    timers_clear(&timers, first == &pair[0] ? &pair[1] : &pair[0]);
    ck_assert_ptr_null(timers_take(&timers, 20));
}
END_TEST

START_TEST(a_hundred_thousand) {
    for (size_t i = 0; i < MANY; i++)
        timers_set(&timers, &many[i], draw(HOUR_MS));
    size_t set = MANY;
    size_t cleared = 0;
    size_t taken = 0;
    for (int64_t now_ms = 0; now_ms <= HOUR_MS; now_ms += 1 + draw(draw(10) == 0 ? 60000 : 300)) {
        for (struct timer *timer; (timer = timers_take(&timers, now_ms)) != NULL; taken++) {
            unit_assert_quietly(timer->due_ms <= now_ms && timer->at == NULL);
            if (draw(4) == 0) {
                timers_set(&timers, timer, now_ms + draw(20000)); /* from within */
                set++;
            }
        }
        struct timer *timer = &many[draw(MANY)];
        cleared += timer->at != NULL;
        unit_assert_quietly(timer->at == NULL || timer->due_ms > now_ms);
        timers_clear(&timers, timer);
    }
    for (; timers_take(&timers, 2 * (int64_t)HOUR_MS) != NULL; taken++)
        ;
    ck_assert_uint_eq(taken + cleared, set);
    ck_assert_uint_eq(timers.count, 0);
}
END_TEST

int main(void) {
    return unit_run("timers", (const TTest *[]){ one, in_the_past, a_moment_back, moved_and_cleared, cleared_when_due,
                                                 a_hundred_thousand, NULL });
}
