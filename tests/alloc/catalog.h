/* The catalogue: topics made, changed, listed and deleted, and checked after each answer. */
#ifndef TAILRACE_TESTS_ALLOC_CATALOG_H
#define TAILRACE_TESTS_ALLOC_CATALOG_H

#include "tests/alloc/calls.h"

/* Makes a topic; it must then be there with so many partitions. */
bool catalog_put(struct run *run, const char *topic, unsigned partitions);
bool catalog_grow(struct run *run, const char *topic, unsigned partitions);
bool catalog_delete(struct run *run, const char *topic);

/* What changes nothing: lists, descriptions, and what is refused. */
bool catalog_query(struct run *run, const char *topic);

#endif
