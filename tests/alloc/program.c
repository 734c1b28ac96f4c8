/* Starting and ending the program as a user does: flags, the line that it prints, SIGTERM. */
#include "tests/alloc/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { START_MS = 30000, END_SECONDS = 30, LINE_BYTES = 256 };

static const char ENDED[] = "ended\n";

/* gateway/main.c, compiled with -Dmain=tailrace_main. */
int tailrace_main(int argc, char **argv);

/* ALLOC_FOLDER, of meson.build, is the folder of this file. */
static const char *const ARGUMENTS[] = { "tailrace",     "serve",  "--engine", "memory",    "--listen",
                                         "127.0.0.1:0",  "--data", "/nowhere", "--threads", "2",
                                         "--access-log", "off",    "--static", ALLOC_FOLDER };
enum { ARGUMENT_COUNT = sizeof ARGUMENTS / sizeof ARGUMENTS[0] };

static void *run(void *context) {
    struct program *program = context;
    char *arguments[ARGUMENT_COUNT + 1] = { NULL };
    for (size_t i = 0; i < ARGUMENT_COUNT; i++)
        arguments[i] = (char *)(uintptr_t)ARGUMENTS[i]; /* which nobody writes to */
    program->exit_status = tailrace_main(ARGUMENT_COUNT, arguments);
    ssize_t written = write(STDOUT_FILENO, ENDED, sizeof ENDED - 1);
    return written > 0 ? context : NULL;
}

bool program_prepare(struct program *program) {
    static char *nothing[] = { NULL };
    int ends[2];
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    environ = nothing; /* it may hold flags */
    if (pipe2(ends, O_CLOEXEC) != 0 || dup2(ends[1], STDOUT_FILENO) < 0)
        return false;

    close(ends[1]);
    program->lines = ends[0];
    return true;
}

bool program_start(struct program *program) { return pthread_create(&program->thread, NULL, run, program) == 0; }

/* One line of its output; false: none in a long time. */
static bool read_line(const struct program *program, char line[LINE_BYTES]) {
    size_t size = 0;
    struct pollfd wait = { .fd = program->lines, .events = POLLIN };
    while (size < LINE_BYTES - 1) {
        if (poll(&wait, 1, START_MS) <= 0 || read(program->lines, line + size, 1) != 1)
            return false;
        if (line[size++] == '\n')
            break;
    }
    line[size] = '\0';
    return true;
}

bool program_wait(struct program *program, uint16_t *ret_port) {
    static const char listening[] = "listening http://127.0.0.1:";
    char line[LINE_BYTES];
    *ret_port = 0;
    if (!read_line(program, line))
        return false;
    if (strncmp(line, listening, sizeof listening - 1) != 0)
        return strcmp(line, ENDED) == 0;
    *ret_port = (uint16_t)strtoul(line + sizeof listening - 1, NULL, 10);
    return *ret_port != 0;
}

bool program_end(struct program *program, bool serves) {
    char line[LINE_BYTES];
    struct timespec until;
    if (serves && pthread_kill(program->thread, SIGTERM) != 0)
        return false;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_SECONDS;
    if (pthread_timedjoin_np(program->thread, NULL, &until) != 0)
        return false;
    return !serves || (read_line(program, line) && strcmp(line, ENDED) == 0);
}
