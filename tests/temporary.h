/* Directories that tests make: below $TMPDIR, or where temporary files are by custom. */
#ifndef TAILRACE_TESTS_TEMPORARY_H
#define TAILRACE_TESTS_TEMPORARY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Makes a new one, whose name begins with "tailrace-" and `name`. Whoever makes it removes it. */
static inline bool temporary_make(const char *name, char *ret_path, size_t path_bytes) {
    const char *parent = getenv("TMPDIR");
    int size = snprintf(ret_path, path_bytes, "%s/tailrace-%s-XXXXXX", parent != NULL ? parent : "/tmp", name);
    return size > 0 && (size_t)size < path_bytes && mkdtemp(ret_path) != NULL;
}

#endif
