/* GET /groups/{group} */
#include "api/endpoints.h"
#include "api/topics/names.h"
#include "gateway/read/groups.h"

#ifdef SABOTEUR_UNDOCUMENTED_STATUS
enum { DESCRIBED = 203 }; /* openapi.yaml has no such answer: its tests must find it */
#else
enum { DESCRIBED = 200 };
#endif

static void release(void *state) { group_finish(state); }

static json_t *offset_new(const struct group_offset *offset) {
    json_t *metadata = bytes_present(offset->metadata) ? json_stringn(offset->metadata.data, offset->metadata.size)
                                                       : json_null();
    json_t *committed_at = offset->committed_at_ms != STORAGE_TIME_NONE ? json_integer(offset->committed_at_ms)
                                                                        : json_null();
    return json_pack("{s:s, s:I, s:I, s:I, s:o, s:o}", "topic", offset->topic->name, "partition",
                     (json_int_t)offset->partition, "offset", (json_int_t)offset->offset, "lag",
                     (json_int_t)offset->lag, "metadata", metadata, "committed_at", committed_at);
}

static json_t *offsets_new(const struct group *group) {
    json_t *list = json_array();
    for (size_t i = 0; i < group->offset_count; i++)
        reply_list_add(&list, offset_new(&group->offsets[i]));
    return list;
}

static void described(struct request *request, struct reply *reply) {
    const struct group *group = request->state;
    if (group->status != STATUS_OK) {
        reply_failure(request, reply, group->status, group->detail);
        return;
    }
    reply_json_take(reply, DESCRIBED,
                    json_pack("{s:s, s:o, s:I}", "group", request_path_param(request, "group").data, "offsets",
                              offsets_new(group), "lag", (json_int_t)group->lag));
}

void group_get(struct request *request, struct reply *reply) {
    const char *name = named_group(request, reply);
    struct group *group = name != NULL ? request_state(request, sizeof *group, release) : NULL;
    if (group == NULL)
        return;

    group->done = request_ready;
    group->context = request;
    request_wait(request, described);
    group_describe(request->gateway, name, group);
}
