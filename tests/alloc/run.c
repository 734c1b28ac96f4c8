/* Fails every allocation of the program once, one case each, and says what did not survive it. Cases run in a process of
 * their own, many one after the other; when one crashes or stands still, the next process goes on behind it. */
#include "tests/alloc/worker.h"

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

enum { CASE_MS_MAX = 60000, LOOK_US = 5000, SHOWN_BYTES = 6000, FAILURES_MAX = 10, WINDOW = 12 };

struct watch {
    struct worker *worker;
    int log; /* what the program says of the case: in memory, and appended to */
    unsigned long failed;
};

static void show_log(const struct watch *watch) {
    static char text[SHOWN_BYTES];
    ssize_t size = pread(watch->log, text, sizeof text, 0);
    fflush(stdout);
    if (size > 0 && write(STDOUT_FILENO, text, (size_t)size) != size)
        return;
}

static void show_failure(struct watch *watch, unsigned long number, const char *why) {
    struct faults *faults = &watch->worker->faults;
    watch->failed++;
    printf("FAILED: allocation %lu (and %lu behind it): %s\n", number, watch->worker->window - 1, why);
    printf("it was asked for by (addr2line -Cfpie PROGRAM ADDRESS…):\n");
    fflush(stdout);
    backtrace_symbols_fd(faults->stack, faults->stack_depth, STDOUT_FILENO);
    show_log(watch);
}

/* Waits for a worker; false: it had to be killed. */
static bool await(const struct watch *watch, pid_t pid, int *ret_status) {
    for (;;) {
        pid_t ended = waitpid(pid, ret_status, WNOHANG);
        if (ended == pid)
            return true;
        if (clock_monotonic_ms() - atomic_load(&watch->worker->began_ms) > CASE_MS_MAX ||
            (ended < 0 && errno != EINTR)) {
            kill(pid, SIGKILL);
            waitpid(pid, ret_status, 0);
            return false;
        }
        usleep(LOOK_US);
    }
}

static void start_worker(const struct watch *watch, unsigned long number, pid_t *ret_pid) {
    atomic_store(&watch->worker->wrong, false);
    atomic_store(&watch->worker->number, number);
    atomic_store(&watch->worker->began_ms, clock_monotonic_ms());
    fflush(stdout);
    *ret_pid = fork();
    if (*ret_pid != 0)
        return;
    dup2(watch->log, STDERR_FILENO);
    worker_run(watch->worker, number);
}

/* Cases with a window of failures, from the first number to the last. */
static void run_mode(struct watch *watch, unsigned long window) {
    struct worker *worker = watch->worker;
    unsigned long number = 0; /* first, nothing fails */
    worker->window = window;
    atomic_store(&worker->over, false);
    while (!atomic_load(&worker->over) && watch->failed < FAILURES_MAX) {
        char why[WORKER_WHY_BYTES];
        int status = 0;
        pid_t pid;
        start_worker(watch, number, &pid);
        bool ended = pid > 0 && await(watch, pid, &status);
        number = atomic_load(&worker->number);
        if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return;
        if (!ended)
            snprintf(why, sizeof why, "it stood still for %d s", CASE_MS_MAX / 1000);
        else if (atomic_load(&worker->wrong))
            snprintf(why, sizeof why, "%s", worker->why);
        else if (WIFSIGNALED(status))
            snprintf(why, sizeof why, "the program crashed: %s", strsignal(WTERMSIG(status)));
        else
            snprintf(why, sizeof why, "the program ended the process with %d%s", WEXITSTATUS(status),
                     atomic_load(&worker->over) ? ", after all cases" : "");
        show_failure(watch, number, why);
        number++;
    }
}

static struct watch *prepare(void) {
    static struct watch watch;
    void *shared = mmap(NULL, sizeof *watch.worker, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    watch.log = memfd_create("alloc-log", MFD_CLOEXEC);
    if (shared == MAP_FAILED || watch.log < 0 || fcntl(watch.log, F_SETFL, O_APPEND) != 0)
        return NULL;
    watch.worker = shared;
    return &watch;
}

static unsigned long run_and_say(struct watch *watch, unsigned long window, const char *how) {
    int64_t began_ms = clock_monotonic_ms();
    unsigned long passed = atomic_load(&watch->worker->passed);
    run_mode(watch, window);
    passed = atomic_load(&watch->worker->passed) - passed;
    printf("alloc: every allocation from 1 to %lu failed %s, in %lld s\n", passed, how,
           (long long)(clock_monotonic_ms() - began_ms) / 1000);
    return passed;
}

int main(int argc, char **argv) {
    bool expect_caught = argc == 2 && strcmp(argv[1], "--expect-caught") == 0;
    struct watch *watch = prepare();
    if (watch == NULL || (argc > 1 && !expect_caught)) {
        fprintf(stderr, "usage: %s [--expect-caught]\n", argv[0]);
        return EXIT_FAILURE;
    }
    unsigned long passed = run_and_say(watch, 1, "once");
    if (watch->failed < FAILURES_MAX)
        passed += run_and_say(watch, WINDOW, "with the next 11");
    if (expect_caught) {
        printf("%s\n", watch->failed > 0 ? "caught: the saboteur was found" : "NOT CAUGHT: nothing was found");
        return watch->failed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    printf("alloc: %lu passed, %lu failed\n", passed, watch->failed);
    return watch->failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
