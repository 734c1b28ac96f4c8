/* Pieces that wait for their clients. */
#include "api/http/pieces.h"

#include <assert.h>

/* From here on of the memory for pages, what can be made again is not kept. */
enum { SCARCE_EIGHTHS = 4 };

void idle_pieces_init(struct idle_pieces *idle, struct budget *budget) {
    *idle = (struct idle_pieces){ .budget = budget };
    pthread_mutex_init(&idle->lock, NULL);
}

void idle_pieces_finish(struct idle_pieces *idle) {
    assert(idle->oldest == NULL);
    pthread_mutex_destroy(&idle->lock);
}

static void unlink_one(struct idle_pieces *idle, struct pieces *pieces) {
    *(pieces->older != NULL ? &pieces->older->newer : &idle->oldest) = pieces->newer;
    *(pieces->newer != NULL ? &pieces->newer->older : &idle->newest) = pieces->older;
    pieces->newer = pieces->older = NULL;
    pieces->left = 0;
}

void idle_pieces_add(struct idle_pieces *idle, struct pieces *pieces, size_t left) {
    pthread_mutex_lock(&idle->lock);
    pieces->left = left;
    pieces->older = idle->newest;
    *(idle->newest != NULL ? &idle->newest->newer : &idle->oldest) = pieces;
    idle->newest = pieces;
    while (idle->oldest != NULL && budget_is_above(idle->budget, BUDGET_PAGES, SCARCE_EIGHTHS)) {
        struct pieces *oldest = idle->oldest;
        size_t left_of_oldest = oldest->left;
        unlink_one(idle, oldest);
        oldest->drop(oldest, left_of_oldest);
    }
    pthread_mutex_unlock(&idle->lock);
}

bool idle_pieces_remove(struct idle_pieces *idle, struct pieces *pieces) {
    pthread_mutex_lock(&idle->lock);
    bool kept = pieces->left > 0;
    if (kept)
        unlink_one(idle, pieces);
    pthread_mutex_unlock(&idle->lock);
    return kept;
}
