/* The contract, held by the engine that keeps everything in memory; with the argument `weak`, by the one that promises as
 * little as the seam lets one. */
#include "storage/memory/memory.h"
#include "tests/contract/contract.h"

#include <string.h>

static enum status open_memory(const struct storage_hooks *hooks, const char *directory, struct storage **ret_storage) {
    (void)directory;
    return memory_storage_open(hooks, ret_storage);
}

static enum status open_weak(const struct storage_hooks *hooks, const char *directory, struct storage **ret_storage) {
    (void)directory;
    return memory_storage_open_weak(hooks, ret_storage);
}

int main(int argc, char **argv) {
    bool weak = argc > 1 && strcmp(argv[1], "weak") == 0;
    const struct contract_engine engine = { .name = weak ? "contract: memory, weak" : "contract: memory",
                                            .on_disk = false,
                                            .open = weak ? open_weak : open_memory,
                                            .grow = memory_storage_grow,
                                            .drop = memory_storage_drop };
    return contract_main(&engine);
}
