/* Fails every allocation of the program once, one case each, and says what did not survive it. Then the same with a window
 * of failures. Scenarios run side by side, since most of their time is waiting. */
#include "tests/alloc/watch.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WINDOW = 12, JOBS_MAX = 64, JOBS_AT_ONCE = 4, COPY_BYTES = 4096 };

struct job {
    struct watch *watch;
    int output;
    pid_t pid; /* 0: it does not run */
};

struct jobs {
    struct job items[JOBS_MAX];
    size_t count;
};

static bool add_job(struct jobs *jobs, const struct scenario *scenario, unsigned long window) {
    struct job *job = &jobs->items[jobs->count];
    void *shared = mmap(NULL, sizeof *job->watch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    job->output = memfd_create("alloc-output", MFD_CLOEXEC);
    if (shared == MAP_FAILED || job->output < 0 || jobs->count == JOBS_MAX - 1)
        return false;
    job->watch = shared;
    job->watch->scenario = scenario;
    job->watch->window = window;
    jobs->count++;
    return true;
}

/* Two modes of each scenario, or of the one that is named. */
static bool add_jobs(struct jobs *jobs, const char *only) {
    static const unsigned long windows[] = { 1, WINDOW };
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++)
        for (const struct scenario *scenario = scenarios_all(); scenario->name != NULL; scenario++)
            if ((only == NULL || strcmp(only, scenario->name) == 0) && !add_job(jobs, scenario, windows[i]))
                return false;
    return jobs->count > 0;
}

static void start_job(struct job *job) {
    job->pid = fork();
    if (job->pid == 0) {
        dup2(job->output, STDOUT_FILENO);
        watch_run(job->watch);
        exit(EXIT_SUCCESS);
    }
}

/* A job that cannot be watched is a failure, too. */
static void end_job(struct jobs *jobs, pid_t pid, int status) {
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->items[i].pid == pid && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
            jobs->items[i].watch->failed++;
}

static void run_jobs(struct jobs *jobs) {
    size_t started = 0;
    for (size_t running = 0; started < jobs->count || running > 0;) {
        int status;
        while (started < jobs->count && running < JOBS_AT_ONCE) {
            start_job(&jobs->items[started++]);
            running++;
        }
        pid_t pid = wait(&status);
        if (pid < 0)
            return;
        end_job(jobs, pid, status);
        running--;
    }
}

static void show_output(int output) {
    char text[COPY_BYTES];
    ssize_t size;
    for (off_t at = 0; (size = pread(output, text, sizeof text, at)) > 0; at += size)
        fwrite(text, 1, (size_t)size, stdout);
}

/* The jobs with that window: what they found, and a row each. */
static void show_mode(const struct jobs *jobs, unsigned long window, const char *how, struct watch *sum) {
    unsigned long passed = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        const struct watch *watch = jobs->items[i].watch;
        if (watch->window != window)
            continue;
        show_output(jobs->items[i].output);
        printf("%-13s %6lu allocations %6lu wrong %7lld ms\n", watch->scenario->name, watch->passed + watch->failed,
               watch->failed, watch->took_ms);
        passed += watch->passed;
        sum->failed += watch->failed;
        sum->broken = sum->broken || watch->broken;
    }

    sum->passed += passed;
    printf("alloc: every allocation from 1 to %lu failed %s\n", passed, how);
}

/* Of a saboteur: it works while nothing fails, and only then does not. */
static bool report_caught(const struct watch *sum) {
    bool caught = sum->failed > 0 && !sum->broken;

    if (sum->broken)
        printf("NOT CAUGHT: it is wrong while nothing fails\n");
    else
        printf("%s\n", caught ? "caught: the saboteur was found" : "NOT CAUGHT: nothing was found");
    printf("alloc: %d passed, %d failed\n", caught, !caught);
    return caught;
}

int main(int argc, char **argv) {
    static struct jobs jobs;
    struct watch sum = { 0 };
    bool expect_caught = argc > 1 && strcmp(argv[1], "--expect-caught") == 0;
    int used = 1 + expect_caught;
    if (argc > used + 1 || !add_jobs(&jobs, argv[used])) {
        fprintf(stderr, "usage: %s [--expect-caught] [SCENARIO]\n", argv[0]);
        return EXIT_FAILURE;
    }

    run_jobs(&jobs);
    show_mode(&jobs, 1, "once", &sum);
    show_mode(&jobs, WINDOW, "together with the next eleven", &sum);
    if (expect_caught)
        return report_caught(&sum) ? EXIT_SUCCESS : EXIT_FAILURE;

    printf("alloc: %lu passed, %lu failed\n", sum.passed, sum.failed);
    return sum.failed == 0 && sum.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
