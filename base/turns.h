/* Work that only one at a time may do, in the order in which they came: whoever has to wait is called back, so that no thread
 * waits. A lock of its own, a leaf; any thread. */
#ifndef TAILRACE_BASE_TURNS_H
#define TAILRACE_BASE_TURNS_H

#include <pthread.h>
#include <stdbool.h>

struct turns {
    pthread_mutex_t lock;
    bool taken;          /* guarded by lock, as all that follows */
    struct turn *oldest; /* of those that wait */
    struct turn *newest;
};

enum turn_state { TURN_NONE, TURN_WAITS, TURN_HELD };

/* The place of one of them, zeroed but for the first two. */
struct turn {
    void (*ready)(
        void *context); /* it is its turn now; called once for a turns_enter that waits, never under the lock */
    void *context;

    /* Internal, guarded by the lock of the turns. */
    enum turn_state state;
    struct turn *next;
};

void turns_init(struct turns *turns);
void turns_finish(struct turns *turns); /* nobody has a turn or waits for one */

/* True: it is its turn. False: `ready` is called when it is, perhaps before this returns. */
bool turns_enter(struct turns *turns, struct turn *turn);

/* Its turn is over, and the next one's comes. Fine when it has none; not while it waits. */
void turns_leave(struct turns *turns, struct turn *turn);

#endif
