/* Workers, one after the other: started, waited for, and their ends explained. */
#include "tests/alloc/watch.h"

#include "base/clock.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CASE_MS_MAX = 60000, CHECK_US = 5000, SHOWN_BYTES = 6000, FAILURES_MAX = 5 };

/* What the program has written in its last case. */
static void show_log(int log) {
    static char text[SHOWN_BYTES];
    ssize_t size = pread(log, text, sizeof text, 0);
    if (size > 0 && write(STDOUT_FILENO, text, (size_t)size) != size)
        return;
}

static void show_failure(struct watch *watch, int log, const char *why) {
    const struct faults *faults = &watch->worker.faults;
    unsigned long number = atomic_load(&watch->worker.number);
    watch->failed++;
    watch->broken = watch->broken || number == 0;
    printf("FAILED: %s, allocation %lu (and %lu behind it): %s\n", watch->scenario->name, number, watch->window - 1,
           why);
    printf("it was requested by (addr2line -Cfpie PROGRAM ADDRESS...):\n");
    fflush(stdout);
    backtrace_symbols_fd(faults->stack, faults->stack_depth, STDOUT_FILENO);
    show_log(log);
}

/* Waits for a worker; false: it had to be killed. */
static bool await(const struct worker *worker, pid_t pid, int *ret_status) {
    for (;;) {
        pid_t ended = waitpid(pid, ret_status, WNOHANG);
        if (ended == pid)
            return true;
        if (clock_monotonic_ms() - atomic_load(&worker->began_ms) > CASE_MS_MAX || (ended < 0 && errno != EINTR)) {
            kill(pid, SIGKILL);
            waitpid(pid, ret_status, 0);
            return false;
        }
        usleep(CHECK_US);
    }
}

/* Why a worker ended as it did; false: it did all that there was to do. */
static bool find_reason(const struct worker *worker, bool ended, int status, char why[WORKER_WHY_BYTES]) {
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    if (!ended)
        snprintf(why, WORKER_WHY_BYTES, "it stood still for %d s", CASE_MS_MAX / 1000);
    else if (atomic_load(&worker->wrong))
        memcpy(why, worker->why, WORKER_WHY_BYTES);
    else if (WIFSIGNALED(status))
        snprintf(why, WORKER_WHY_BYTES, "the program crashed: %s", strsignal(WTERMSIG(status)));
    else
        snprintf(why, WORKER_WHY_BYTES, "the program ended the process with %d%s", WEXITSTATUS(status),
                 atomic_load(&worker->over) ? ", after all cases" : "");
    return true;
}

static pid_t start_worker(struct watch *watch, int log, unsigned long number) {
    struct worker *worker = &watch->worker;
    atomic_store(&worker->wrong, false);
    atomic_store(&worker->number, number);
    atomic_store(&worker->began_ms, clock_monotonic_ms());
    worker->window = watch->window;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(log, STDERR_FILENO);
        worker_run(worker, watch->scenario, number);
    }
    return pid;
}

static void run_cases(struct watch *watch, int log) {
    struct worker *worker = &watch->worker;
    unsigned long number = 0; /* first, nothing fails */
    do {
        char why[WORKER_WHY_BYTES];
        int status = 0;
        pid_t pid = start_worker(watch, log, number);
        bool ended = pid > 0 && await(worker, pid, &status);
        if (find_reason(worker, ended, status, why))
            show_failure(watch, log, why);
        number = atomic_load(&worker->number) + 1;
    } while (!atomic_load(&worker->over) && watch->failed < FAILURES_MAX);
}

void watch_run(struct watch *watch) {
    int64_t began_ms = clock_monotonic_ms();
    int log = memfd_create("alloc-log", MFD_CLOEXEC);
    if (log < 0 || fcntl(log, F_SETFL, O_APPEND) != 0) {
        printf("FAILED: no memory for a log\n");
        watch->failed++;
        return;
    }
    run_cases(watch, log);
    close(log);
    watch->passed = atomic_load(&watch->worker.passed);
    watch->took_ms = clock_monotonic_ms() - began_ms;
}
