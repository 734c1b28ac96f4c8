/* The whole program in this process: gateway/main.c, its main under another name, on a thread of its own. */
#ifndef TAILRACE_TESTS_ALLOC_PROGRAM_H
#define TAILRACE_TESTS_ALLOC_PROGRAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct program {
    pthread_t thread;
    int lines; /* what it writes to standard output */
    int exit_status;
};

/* Puts standard output into a pipe, and blocks the signals that the program waits for. Once a process, before the first
 * program. False: no descriptors. */
bool program_prepare(struct program *program);

/* Starts it on the memory engine. False: no thread. */
bool program_start(struct program *program);

/* Waits until it serves, or until it has ended: then *ret_port is 0. False: neither, in a long time. */
bool program_wait(struct program *program, uint16_t *ret_port);

/* Asks it to end, if it serves, and waits for that. False: it did not end. */
bool program_end(struct program *program, bool serves);

#endif
