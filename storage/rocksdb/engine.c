/* The door that every operation goes through. */
#include "storage/rocksdb/engine.h"

#include "base/clock.h"

#include <time.h>

bool engine_enter(struct engine *engine, struct storage_op *op) {
    atomic_fetch_add(&engine->running, 1);
    bool closing = atomic_load(&engine->closing);
    if (!closing && (op->deadline_ms == 0 || clock_monotonic_ms() < op->deadline_ms))
        return true;
    storage_op_done(op, closing ? STATUS_CLOSING : STATUS_TIMED_OUT, NULL);
    engine_leave(engine);
    return false;
}

void engine_leave(struct engine *engine) { atomic_fetch_sub(&engine->running, 1); }

void engine_leave_started(struct engine *engine, struct storage_op *op, enum status status) {
    if (status != STATUS_OK)
        storage_op_done(op, status, NULL);
    engine_leave(engine);
}

/* Calls are short, since none of them waits; so closing looks again rather than that each call pays for a signal. */
void engine_wait_for_calls(struct engine *engine) {
    while (atomic_load(&engine->running) > 0)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}
