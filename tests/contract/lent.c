/* Copies that are spoiled as soon as the engine has returned. */
#include "tests/contract/lent.h"

#include <stdalign.h>
#include <stdlib.h>

struct lent_block {
    struct lent_block *older;
    size_t size;
    alignas(max_align_t) char data[];
};

void *lent_copy(struct lent *lent, const void *data, size_t size) {
    if (data == NULL)
        return NULL;
    struct lent_block *block = malloc(sizeof *block + size);
    if (block == NULL)
        abort();
    *block = (struct lent_block){ .older = lent->newest, .size = size };
    if (size > 0)
        memcpy(block->data, data, size);
    lent->newest = block;
    return block->data;
}

char *lent_text(struct lent *lent, const char *text) {
    return lent_copy(lent, text, text != NULL ? strlen(text) + 1 : 0);
}

struct bytes lent_bytes(struct lent *lent, struct bytes bytes) {
    return (struct bytes){ .data = lent_copy(lent, bytes.data, bytes.size), .size = bytes.size };
}

static const struct storage_header *lent_headers(struct lent *lent, const struct storage_header *headers,
                                                 size_t count) {
    struct storage_header *copies = lent_copy(lent, headers, count * sizeof *headers);
    for (size_t i = 0; i < count; i++) {
        copies[i].name = lent_bytes(lent, headers[i].name);
        copies[i].value = lent_bytes(lent, headers[i].value);
    }
    return copies;
}

const struct storage_record *lent_records(struct lent *lent, const struct storage_record *records, size_t count) {
    struct storage_record *copies = lent_copy(lent, records, count * sizeof *records);
    for (size_t i = 0; i < count; i++) {
        copies[i].key = lent_bytes(lent, records[i].key);
        copies[i].id = lent_bytes(lent, records[i].id);
        copies[i].value = lent_bytes(lent, records[i].value);
        copies[i].headers = lent_headers(lent, records[i].headers, records[i].header_count);
    }
    return copies;
}

const struct storage_commit *lent_commits(struct lent *lent, const struct storage_commit *commits, size_t count) {
    struct storage_commit *copies = lent_copy(lent, commits, count * sizeof *commits);
    for (size_t i = 0; i < count; i++)
        copies[i].metadata = lent_bytes(lent, commits[i].metadata);
    return copies;
}

void lent_spoil(struct lent *lent) {
    while (lent->newest != NULL) {
        struct lent_block *block = lent->newest;
        lent->newest = block->older;
        memset(block->data, 0xA5, block->size);
        __asm__ volatile("" ::: "memory"); /* or the compiler leaves out what nobody reads before free */
        free(block);
    }
}
