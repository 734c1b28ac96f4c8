/* The contract, held by the engine that keeps the logs in RocksDB. */
#include "storage/rocksdb/rocksdb.h"
#include "tests/contract/contract.h"

#include <stdio.h>

static enum status open_rocksdb(const struct storage_hooks *hooks, const char *directory,
                                struct storage **ret_storage) {
    struct rocksdb_storage_options options = rocksdb_storage_defaults();
    options.directory = directory;
    options.column_families = 4; /* families are dear to make, and partitions that share one are the harder case */
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status status = rocksdb_storage_open(&options, hooks, ret_storage, detail, sizeof detail);
    if (status != STATUS_OK)
        fprintf(stderr, "open: %s: %s\n", status_name(status), detail);
    return status;
}

int main(void) {
    const struct contract_engine engine = { .name = "contract: rocksdb", .on_disk = true, .open = open_rocksdb };
    return contract_main(&engine);
}
