/* How much memory this process can have at most. */
#ifndef TAILRACE_BASE_MACHINE_MEMORY_H
#define TAILRACE_BASE_MACHINE_MEMORY_H

#include <stdint.h>

/* Bytes: the physical memory, or less where a control group of the process, or one above it, has a limit (version 2:
 * memory.max and memory.high; version 1: memory.limit_in_bytes; Documentation/admin-guide/cgroup-v2.rst and
 * cgroup-v1/memory.rst of Linux). `root` is put in front of the paths that are read: "", or a test's directory. */
uint64_t machine_memory_bytes(const char *root);

#endif
