/* A case: start the program, do what is done to it, end it, and check what is left. */
#include "tests/alloc/worker.h"

#include "base/clock.h"
#include "tests/alloc/program.h"
#include "tests/alloc/scenario.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A number that no allocation had may be one of a run whose threads went another way: only this many of them are the
 * end. */
enum { CLEAN_RUNS = 3 };

static size_t count_descriptors(void) {
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* Nothing of a program that has ended is there any more. */
static bool check_left(struct worker *worker, struct run *run, size_t descriptors) {
    long blocks = atomic_load(&worker->faults.blocks);
    size_t now = count_descriptors();
    if (blocks != 0)
        return run_wrong(run, "%ld blocks are left", blocks);
    return now == descriptors || run_wrong(run, "%zu descriptors are left", now - descriptors);
}

/* In the case in which nothing fails, a number that never comes. */
static void arm(const struct worker *worker) {
    unsigned long number = atomic_load(&worker->number);
    if (number > 0)
        faults_arm(number, number + worker->window - 1);
    else
        faults_arm(ULONG_MAX, ULONG_MAX);
}

static bool serve(const struct worker *worker, const struct scenario *scenario, struct run *run,
                  struct program *program) {
    struct ledger ledger = { .topic = "orders" };
    run->next_number = 1;
    bool good = scenario->prepare(run, &ledger);
    if (good && !scenario->from_start)
        arm(worker);
    good = good && scenario->act(run, &ledger);
    if (!program_end(program, true))
        return run_wrong(run, "the program does not end");
    return good && (program->exit_status == 0 || run_wrong(run, "it ended with %d", program->exit_status));
}

/* It did not begin to serve: that must have been logged, with a reason. */
static bool refused(struct run *run, struct program *program) {
    if (!program_end(program, false))
        return run_wrong(run, "the program does not end");
    if (program->exit_status == 0)
        return run_wrong(run, "it did not serve, and ended as if all was well");
    return faults_failed() > 0 || run_wrong(run, "it did not serve, and no allocation had failed");
}

static bool run_case(struct worker *worker, const struct scenario *scenario, struct program *program, struct run *run) {
    size_t descriptors = count_descriptors();
    faults_reset();
    if (scenario->from_start)
        arm(worker);
    if (!program_start(program) || !program_wait(program, &run->port))
        return run_wrong(run, "the program neither serves nor ends");
    bool good = run->port != 0 ? serve(worker, scenario, run, program) : refused(run, program);
    return good && check_left(worker, run, descriptors);
}

void worker_run(struct worker *worker, const struct scenario *scenario, unsigned long number) {
    struct program program = { 0 };
    int clean = 0;
    faults_begin(&worker->faults);
    faults_spare_thread();
    if (!program_prepare(&program))
        _exit(EXIT_FAILURE);

    for (; clean < CLEAN_RUNS; number++) {
        struct run run = { 0 };
        atomic_store(&worker->number, number);
        atomic_store(&worker->began_ms, clock_monotonic_ms());
        if (ftruncate(STDERR_FILENO, 0) != 0)
            _exit(EXIT_FAILURE);
        if (!run_case(worker, scenario, &program, &run)) {
            memcpy(worker->why, run.why, sizeof run.why);
            atomic_store(&worker->wrong, true);
            _exit(EXIT_FAILURE); /* what the program still holds is not worth a report of leaks */
        }
        clean = faults_failed() > 0 ? 0 : clean + (number > 0);
        atomic_fetch_add(&worker->passed, faults_failed() > 0);
    }

    atomic_store(&worker->over, true);
    exit(EXIT_SUCCESS); /* LeakSanitizer checks what is left now */
}
