/* Faults planted on purpose, one a run, each in the process itself or in a child that nobody looks at: what
 * test_planted.py must hear of. */
#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int raced; /* guarded by nothing: that is the fault */

static void *planted_race(void *context) {
    for (int i = 0; i < 1000; i++)
        raced++;
    return context;
}

static void race(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, planted_race, NULL) != 0)
            exit(2);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static void planted_overflow(void) {
    volatile size_t size = 10; /* so that no compiler sees it coming */
    char *memory = malloc(size);
    if (memory == NULL)
        exit(2);
    memory[size] = 'x';
    printf("%c\n", memory[size]);
    free(memory);
}

static void planted_undefined(void) {
    volatile int number = INT_MAX;
    number = number + 1;
    printf("%d\n", number);
}

static void planted_assert(void) {
    volatile int number = 1;
    assert(number == 2);
}

static void planted_leak(void) {
    char *volatile memory = malloc(10);
    printf("%d\n", memory != NULL);
    memory = NULL;
}

static const struct {
    const char *name;
    void (*plant)(void);
} faults[] = {
    { "race", race },
    { "overflow", planted_overflow },
    { "undefined", planted_undefined },
    { "assert", planted_assert },
    { "leak", planted_leak },
};

/* A child that hides what it can: its standard error is closed, and how it ended is not asked. */
static void in_a_child(void (*plant)(void)) {
    pid_t child = fork();
    if (child < 0)
        exit(2);
    if (child == 0) {
        fclose(stderr);
        plant();
        exit(0);
    }
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
    bool child = argc == 3 && strcmp(argv[2], "child") == 0;
    for (size_t i = 0; argc > 1 && i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(faults[i].name, argv[1]) != 0)
            continue;
        if (child)
            in_a_child(faults[i].plant);
        else
            faults[i].plant();
        return 0;
    }
    fputs("usage: planted race|overflow|undefined|assert|leak [child]\n", stderr);
    return 2;
}
