/* api/http/pieces: what waits for clients is dropped, oldest first, only while memory is scarce. */
#include "api/http/pieces.h"
#include "tests/unit/unit.h"

enum { PIECE_BYTES = 1000, COUNT = 10 };

struct answer {
    struct pieces pieces;
    struct budget_share share;
    size_t dropped_left; /* 0: it was not dropped */
};

static void drop(struct pieces *pieces, size_t left) {
    struct answer *answer = (struct answer *)pieces;
    answer->dropped_left = left;
    budget_share_set(&answer->share, 0);
}

/* An answer with a piece, of which its client has not taken the last `left` bytes. */
static void idle(struct idle_pieces *idle, struct budget *budget, struct answer *answer, size_t left) {
    *answer = (struct answer){ .pieces.drop = drop, .share = { .budget = budget, .kind = BUDGET_PAGES } };
    ck_assert(budget_share_set(&answer->share, PIECE_BYTES));
    idle_pieces_add(idle, &answer->pieces, left);
}

START_TEST(the_oldest_goes_when_memory_is_scarce) {
    struct budget budget;
    struct idle_pieces all;
    struct answer answers[COUNT];
    budget_init(&budget, 1 << 20);
    budget_cap(&budget, BUDGET_PAGES, 8 * PIECE_BYTES); /* half of which is four pieces */
    idle_pieces_init(&all, &budget);
    for (size_t i = 0; i < COUNT; i++) {
        idle(&all, &budget, &answers[i], i + 1);
        for (size_t j = 0; j <= i; j++)
            ck_assert_uint_eq(answers[j].dropped_left, j + 4 <= i ? j + 1 : 0);
    }
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(idle_pieces_remove(&all, &answers[i].pieces) == (i >= COUNT - 4));
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(!idle_pieces_remove(&all, &answers[i].pieces));
    idle_pieces_finish(&all);
}
END_TEST

START_TEST(who_takes_on_keeps_its_piece) {
    struct budget budget;
    struct idle_pieces all;
    struct answer quick, slow, others[COUNT];
    budget_init(&budget, 1 << 20);
    budget_cap(&budget, BUDGET_PAGES, 8 * PIECE_BYTES);
    idle_pieces_init(&all, &budget);
    idle(&all, &budget, &quick, 500);
    idle(&all, &budget, &slow, 500);
    for (size_t i = 0; i < COUNT; i++) {
        idle(&all, &budget, &others[i], 1);
        ck_assert(idle_pieces_remove(&all, &quick.pieces));
        idle_pieces_add(&all, &quick.pieces, 400);
    }
    ck_assert_uint_eq(quick.dropped_left, 0);
    ck_assert_uint_eq(slow.dropped_left, 500);

    ck_assert(budget_take(&budget, BUDGET_PAGES, 4 * PIECE_BYTES)); /* by somebody who keeps it: then all go */
    ck_assert(idle_pieces_remove(&all, &quick.pieces));
    idle_pieces_add(&all, &quick.pieces, 300);
    ck_assert_uint_eq(quick.dropped_left, 300);
    ck_assert(!idle_pieces_remove(&all, &quick.pieces));
    ck_assert_ptr_null(all.oldest);
    idle_pieces_finish(&all);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { the_oldest_goes_when_memory_is_scarce, who_takes_on_keeps_its_piece, NULL };
    return unit_run("pieces", tests);
}
