/* The suite that every storage engine must pass, and what a program has to say to run it on one. */
#ifndef TAILRACE_TESTS_CONTRACT_CONTRACT_H
#define TAILRACE_TESTS_CONTRACT_CONTRACT_H

#include "storage/storage.h"

struct contract_engine {
    const char *name;
    bool on_disk; /* `directory` of open is then a new and empty one for each test, and the same one for a restart */
    enum status (*open)(const struct storage_hooks *hooks, const char *directory, struct storage **ret_storage);
    /* What others do to a topic, unasked; NULL where nobody else can. */
    enum status (*grow)(struct storage *storage, uint64_t topic_id, uint32_t partitions);
    enum status (*drop)(struct storage *storage, uint64_t topic_id);
};

/* Runs the suite and returns the program's exit code. CK_FORK=no keeps it in one process, for sanitizers and debuggers;
 * CK_RUN_CASE=append runs one part. */
int contract_main(const struct contract_engine *engine);

#endif
