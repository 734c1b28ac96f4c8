/* The contract, held by an engine that promises as little as the seam lets one. */
#include "storage/memory/memory.h"
#include "tests/contract/contract.h"

static enum status open_weak(const struct storage_hooks *hooks, const char *directory, struct storage **ret_storage) {
    (void)directory;
    return memory_storage_open_weak(hooks, ret_storage);
}

int main(void) {
    const struct contract_engine engine = { .name = "contract: memory, weak",
                                            .on_disk = false,
                                            .open = open_weak,
                                            .grow = memory_storage_grow,
                                            .drop = memory_storage_drop };
    return contract_main(&engine);
}
