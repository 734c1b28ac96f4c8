/* What the two halves of the record batch codec agree on. Drawn in record_batch.h. */
#ifndef TAILRACE_STORAGE_ROCKSDB_LOG_RECORD_FORMAT_H
#define TAILRACE_STORAGE_ROCKSDB_LOG_RECORD_FORMAT_H

enum { RECORD_BATCH_VERSION = 1 };

enum record_flag {
    RECORD_GAP = 1 << 0,
    RECORD_TIMESTAMP = 1 << 1,
    RECORD_KEY = 1 << 2,
    RECORD_ID = 1 << 3,
    RECORD_HEADERS = 1 << 4,
    RECORD_FLAGS_KNOWN = (1 << 5) - 1,
};

#endif
