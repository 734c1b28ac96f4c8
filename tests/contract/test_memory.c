/* The contract, held by the engine that keeps everything in memory. */
#include "storage/memory/memory.h"
#include "tests/contract/contract.h"

static enum status open_memory(const struct storage_hooks *hooks, const char *directory, struct storage **ret_storage) {
    (void)directory;
    return memory_storage_open(hooks, ret_storage);
}

int main(void) {
    const struct contract_engine engine = { .name = "contract: memory",
                                            .on_disk = false,
                                            .open = open_memory,
                                            .grow = memory_storage_grow,
                                            .drop = memory_storage_drop };
    return contract_main(&engine);
}
