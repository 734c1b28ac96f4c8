/* Turns, one after the other. */
#include "base/turns.h"

#include <assert.h>
#include <stddef.h>

void turns_init(struct turns *turns) {
    *turns = (struct turns){ .taken = false };
    pthread_mutex_init(&turns->lock, NULL);
}

void turns_finish(struct turns *turns) {
    assert(!turns->taken && turns->oldest == NULL);
    pthread_mutex_destroy(&turns->lock);
}

bool turns_enter(struct turns *turns, struct turn *turn) {
    pthread_mutex_lock(&turns->lock);
    assert(turn->state == TURN_NONE);
    bool free = !turns->taken;
    turn->state = free ? TURN_HELD : TURN_WAITS;
    turn->next = NULL;
    if (free) {
        turns->taken = true;
    } else {
        *(turns->newest != NULL ? &turns->newest->next : &turns->oldest) = turn;
        turns->newest = turn;
    }
    pthread_mutex_unlock(&turns->lock);
    return free;
}

void turns_leave(struct turns *turns, struct turn *turn) {
    pthread_mutex_lock(&turns->lock);
    assert(turn->state != TURN_WAITS);
    struct turn *next = NULL;
    if (turn->state == TURN_HELD) {
        next = turns->oldest;
        turns->taken = next != NULL;
        if (next != NULL) {
            turns->oldest = next->next;
            turns->newest = turns->oldest != NULL ? turns->newest : NULL;
            next->state = TURN_HELD;
        }
    }
    turn->state = TURN_NONE;
    pthread_mutex_unlock(&turns->lock);
    if (next != NULL)
        next->ready(next->context);
}
