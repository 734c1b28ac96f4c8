/* GET /groups: the names, and then the lag of one group after the other. */
#include "api/endpoints.h"
#include "api/topics/name_range.h"
#include "api/topics/names.h"
#include "gateway/read/groups.h"

struct listing {
    struct storage_groups_list list;
    struct group group; /* the one at `at` */
    size_t at;
    json_t *groups;
};

static void release(void *state) {
    struct listing *listing = state;
    storage_groups_list_finish(&listing->list);
    group_finish(&listing->group);
    json_decref(listing->groups);
}

static void describe_next(struct request *request, struct reply *reply);

static void described(struct request *request, struct reply *reply) {
    struct listing *listing = request->state;
    const struct group *group = &listing->group;
    bool vanished = group->status == STATUS_GROUP_NOT_FOUND; /* forgotten while the list was made */
    if (group->status != STATUS_OK && !vanished) {
        reply_failure(request, reply, group->status, group->detail);
        return;
    }
    const char *name = listing->list.names[listing->at++];
    if (!vanished)
        reply_list_add(&listing->groups, json_pack("{s:s, s:I}", "group", name, "lag", (json_int_t)group->lag));
    describe_next(request, reply);
}

static void describe_next(struct request *request, struct reply *reply) {
    struct listing *listing = request->state;
    const struct storage_groups_list *list = &listing->list;
    if (listing->at == list->count) {
        const char *next = list->ret_more ? list->names[list->count - 1] : NULL;
        reply_json_take(reply, 200, json_pack("{s:O, s:s?}", "groups", listing->groups, "next", next));
        return;
    }
    group_finish(&listing->group);
    listing->group = (struct group){ .done = request_ready, .context = request };
    request_wait(request, described);
    group_describe(request->gateway, list->names[listing->at], &listing->group);
}

static void listed(struct request *request, struct reply *reply) {
    const struct listing *listing = request->state;
    const struct storage_op *op = &listing->list.op;
    if (op->status == STATUS_OK)
        describe_next(request, reply);
    else
        reply_failure(request, reply, op->status, op->detail);
}

void groups_list(struct request *request, struct reply *reply) {
    struct name_range range;
    if (!name_range_read(request, reply, &range))
        return;
    struct listing *listing = request_state(request, sizeof *listing, release);
    if (listing == NULL)
        return;
    listing->groups = json_array();
    listing->list = (struct storage_groups_list){
        .op = request_op(request), .prefix = range.prefix.data, .after = range.after.data, .limit = range.limit
    };
    request_wait(request, listed);
    gateway_groups_list(request->gateway, &listing->list);
}
