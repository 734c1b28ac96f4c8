/* POST /groups/{group}/offsets */
#include "api/endpoints.h"
#include "api/groups/commit_document.h"
#include "api/topics/names.h"
#include "gateway/json/json.h"

#include <stdio.h>

struct committing {
    struct storage_offsets_commit commit;
    struct commit_document document;
};

static void reply_committed(struct reply *reply, const char *group, const struct commit_document *document) {
    json_t *list = json_array();
    for (size_t i = 0; i < document->count; i++) {
        const struct storage_commit *commit = &document->commits[i];
        reply_list_add(&list, json_pack("{s:s, s:I, s:I}", "topic", document->topics[i], "partition",
                                        (json_int_t)commit->partition, "offset", (json_int_t)commit->offset));
    }
    reply_json_take(reply, 200, json_pack("{s:s, s:o}", "group", group, "offsets", list));
}

/* Names the commit that was refused, and as `name` the offset that is stored instead, or null. */
static void reply_refused(struct reply *reply, enum problem_code code, const struct committing *committing,
                          const char *name, const char *what) {
    const struct storage_offsets_commit *op = &committing->commit;
    const struct storage_commit *commit = &op->commits[op->ret_failed];
    const char *topic = committing->document.topics[op->ret_failed];
    char stored[24] = "null";
    autobuffer struct buffer more = { 0 };
    if (op->op.status == STATUS_OFFSET_BEYOND || op->ret_stored_known)
        snprintf(stored, sizeof stored, "%llu", (unsigned long long)op->ret_stored);
    buffer_printf(&more, "\"index\":%zu,\"topic\":", op->ret_failed);
    json_append_string(&more, bytes_text(topic));
    buffer_printf(&more, ",\"partition\":%u,\"%s\":%s", commit->partition, name, stored);
    reply_problem_with(reply, code, &more, "offset %llu of %s/%u: %s is %s", (unsigned long long)commit->offset, topic,
                       commit->partition, what, stored);
}

static void committed(struct request *request, struct reply *reply) {
    const struct committing *committing = request->state;
    const struct storage_offsets_commit *op = &committing->commit;
    const char *topic = committing->document.topics[op->ret_failed];
    enum status s = op->op.status;
    if (s == STATUS_OK) {
        reply->written = true;
        reply_committed(reply, op->group, &committing->document);
    } else if (s == STATUS_OFFSET_BEYOND) {
        reply_refused(reply, PROBLEM_COMMIT_BEYOND, committing, "next_offset", "the next offset");
    } else if (s == STATUS_OFFSET_MISMATCH) {
        reply_refused(reply, PROBLEM_OFFSET_MISMATCH, committing, "stored", "the stored offset");
    } else if (s == STATUS_PARTITION_NOT_FOUND) {
        reply_problem(reply, PROBLEM_PARTITION_NOT_FOUND, "topic %s has no partition %u", topic,
                      op->commits[op->ret_failed].partition);
    } else if (s == STATUS_TOPIC_NOT_FOUND && committing->document.from_cursor) {
        reply_problem(reply, PROBLEM_COMMIT_TOPIC_RECREATED, "topic %s of the cursor was deleted", topic);
    } else if (s == STATUS_TOPIC_NOT_FOUND) {
        reply_topic_not_found(reply, bytes_text(topic));
    } else {
        reply_failure(request, reply, s, op->op.detail);
    }
}

void group_commit(struct request *request, struct reply *reply) {
    const char *group = named_group(request, reply);
    struct committing *committing = group != NULL ? request_state(request, sizeof *committing, NULL) : NULL;
    if (committing == NULL || !commit_document_read(request, reply, &committing->document))
        return;

    const struct commit_document *document = &committing->document;
    if (document->count == 0) {
        reply_committed(reply, group, document);
        return;
    }
    committing->commit = (struct storage_offsets_commit){
        .op = request_op(request), .group = group, .commits = document->commits, .commit_count = document->count
    };
    request_wait(request, committed);
    gateway_offsets_commit(request->gateway, &committing->commit);
}
