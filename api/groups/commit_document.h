/* What a consumer group commits: a list of offsets, or a cursor. */
#ifndef TAILRACE_API_GROUPS_COMMIT_DOCUMENT_H
#define TAILRACE_API_GROUPS_COMMIT_DOCUMENT_H

#include "api/http/request.h"

struct commit_document {
    struct storage_commit *commits; /* each partition once; in the request's arena, as all that follows */
    const char **topics;            /* the name of each commit's topic */
    size_t count;                   /* may be 0 */
    bool from_cursor;
};

/* Reads the request's body, and finds its topics. False: the reply says what is wrong. */
bool commit_document_read(struct request *request, struct reply *reply, struct commit_document *ret_document);

#endif
