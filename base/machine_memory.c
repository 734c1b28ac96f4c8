/* The limits of control groups, as the kernel shows them in files. */
#include "base/machine_memory.h"

#include "base/bytes.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Of one file; UINT64_MAX: it is not there, or says "max". */
static uint64_t read_limit(const char *folder, const char *name) {
    char path[PATH_MAX + NAME_MAX];
    char text[32], *end = text;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return UINT64_MAX;
    unsigned long long bytes = fgets(text, sizeof text, file) != NULL ? strtoull(text, &end, 10) : 0;
    fclose(file);
    return end > text ? bytes : UINT64_MAX;
}

/* The least limit of a group and those above it. In a container, where the group's own path may not be visible, that of the
 * container is at the top. */
static uint64_t limit_of_group(const char *top, const char *group, const char *const *names) {
    char folder[PATH_MAX];
    uint64_t bytes = UINT64_MAX;
    snprintf(folder, sizeof folder, "%s%s", top, group);
    size_t top_size = strlen(top);
    for (;;) {
        for (const char *const *name = names; *name != NULL; name++)
            bytes = least(bytes, read_limit(folder, *name));
        char *cut = strrchr(folder, '/');
        if (cut == NULL || cut < folder + top_size)
            return bytes;
        *cut = '\0';
    }
}

/* One line of /proc/self/cgroup, "number:controllers:path": without controllers that of version 2. */
static uint64_t limit_of_line(const char *root, struct bytes line) {
    static const char *const names_2[] = { "memory.max", "memory.high", NULL };
    static const char *const names_1[] = { "memory.limit_in_bytes", NULL };
    char top[PATH_MAX], group[PATH_MAX];
    bytes_cut(&line, ':');
    struct bytes controllers = bytes_cut(&line, ':');
    snprintf(group, sizeof group, "%.*s", (int)line.size, line.data);
    if (controllers.size == 0) {
        snprintf(top, sizeof top, "%s/sys/fs/cgroup", root);
        return limit_of_group(top, group, names_2);
    }

    while (controllers.size > 0) {
        if (!bytes_equal(bytes_cut(&controllers, ','), BYTES_LITERAL("memory")))
            continue;
        snprintf(top, sizeof top, "%s/sys/fs/cgroup/memory", root);
        return limit_of_group(top, group, names_1);
    }
    return UINT64_MAX;
}

uint64_t machine_memory_bytes(const char *root) {
    char text[PATH_MAX];
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    uint64_t bytes = pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : UINT64_MAX;
    snprintf(text, sizeof text, "%s/proc/self/cgroup", root);
    FILE *file = fopen(text, "re");
    if (file == NULL)
        return bytes;
    while (fgets(text, sizeof text, file) != NULL) {
        struct bytes line = { text, strcspn(text, "\n") };
        bytes = least(bytes, limit_of_line(root, line));
    }
    fclose(file);
    return bytes;
}
