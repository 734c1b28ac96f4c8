/* Names of statuses, for logs and tests. */
#include "base/status.h"

const char *status_name(enum status status) {
    switch (status) {
    case STATUS_OK: return "ok";
    case STATUS_INVALID: return "invalid";
    case STATUS_UNSUPPORTED: return "unsupported";
    case STATUS_TOPIC_NOT_FOUND: return "topic_not_found";
    case STATUS_TOPIC_EXISTS: return "topic_exists";
    case STATUS_PARTITION_NOT_FOUND: return "partition_not_found";
    case STATUS_PARTITIONS_SHRINK: return "partitions_shrink";
    case STATUS_GROUP_NOT_FOUND: return "group_not_found";
    case STATUS_GROUP_ACTIVE: return "group_active";
    case STATUS_OFFSET_GONE: return "offset_gone";
    case STATUS_OFFSET_BEYOND: return "offset_beyond";
    case STATUS_OFFSET_MISMATCH: return "offset_mismatch";
    case STATUS_EVENT_NOT_FOUND: return "event_not_found";
    case STATUS_CURSOR_INVALID: return "cursor_invalid";
    case STATUS_CURSOR_MISMATCH: return "cursor_mismatch";
    case STATUS_TOPIC_RECREATED: return "topic_recreated";
    case STATUS_TOO_MANY_PARTITIONS: return "too_many_partitions";
    case STATUS_OVERLOADED: return "overloaded";
    case STATUS_TIMED_OUT: return "timed_out";
    case STATUS_UNAVAILABLE: return "unavailable";
    case STATUS_DISK_FULL: return "disk_full";
    case STATUS_READ_ONLY: return "read_only";
    case STATUS_CLOSING: return "closing";
    case STATUS_NO_MEMORY: return "no_memory";
    case STATUS_WRITE_UNKNOWN: return "write_unknown";
    case STATUS_CORRUPT: return "corrupt";
    case STATUS_IO: return "io";
    case STATUS_NEWER_FORMAT: return "newer_format";
    case STATUS_LOCKED: return "locked";
    }
    return "unnamed";
}
