/* Operations of storage engines in tests: room for any of them, and the status that one ends with. */
#ifndef TAILRACE_TESTS_ANY_OPERATION_H
#define TAILRACE_TESTS_ANY_OPERATION_H

#include "storage/storage.h"

#include <check.h>

#define ck_assert_status(got, want) ck_assert_str_eq(status_name(got), status_name(want))

/* The members of an anonymous union. All of the others begin with `op`. */
#define ANY_OPERATION                                                                                                  \
    struct storage_op op;                                                                                              \
    struct storage_append append;                                                                                      \
    struct storage_read read;                                                                                          \
    struct storage_bounds bounds;                                                                                      \
    struct storage_offset_at_time offset_at_time;                                                                      \
    struct storage_topic_create create;                                                                                \
    struct storage_topic_alter alter;                                                                                  \
    struct storage_topic_delete delete;                                                                                \
    struct storage_offsets_commit commit;                                                                              \
    struct storage_offsets_fetch fetch;                                                                                \
    struct storage_groups_list list;                                                                                   \
    struct storage_group_delete group_delete

#endif
