/* RocksDB's errors, translated once, where they enter. The C API gives no code, only the text of rocksdb::Status. */
#include "storage/rocksdb/database/error.h"

#include <rocksdb/c.h>
#include <stdio.h>

static bool begins_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static enum status status_of(const char *error) {
    if (begins_with(error, "Corruption"))
        return STATUS_CORRUPT;
    if (begins_with(error, "Result incomplete"))
        return STATUS_OVERLOADED;
    /* "While lock file: …" of another process, "lock hold by current process …" of this one (env/fs_posix.cc). */
    if (strstr(error, "lock file") != NULL || strstr(error, "lock hold by current process") != NULL)
        return STATUS_LOCKED;
    return STATUS_IO;
}

enum status error_take(char *error, const char *doing, char detail[STORAGE_DETAIL_BYTES]) {
    if (error == NULL)
        return STATUS_OK;
    enum status status = status_of(error);
    snprintf(detail, STORAGE_DETAIL_BYTES, "%s: %s", doing, error);
    rocksdb_free(error);
    return status;
}
