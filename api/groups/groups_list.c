/* GET /groups: names, and then group after group how far it is behind. */
#include "api/endpoints.h"
#include "api/topics/named_topic.h"
#include "gateway/read/groups.h"

struct listing {
    struct storage_groups_list list; /* first, so that its done finds the rest */
    struct request *request;
    struct group group; /* the one that is looked at */
    size_t at;
    json_t *groups;
};

static void release(void *state) {
    struct listing *listing = state;
    storage_groups_list_finish(&listing->list);
    group_finish(&listing->group);
    json_decref(listing->groups);
}

static void list_done(struct storage_op *op) {
    struct listing *listing = (struct listing *)op;
    request_ready(listing->request);
}

static void group_done(struct group *group) { request_ready(group->context); }

static void describe_next(struct request *request, struct reply *reply);

static void described(struct request *request, struct reply *reply) {
    struct listing *listing = request->state;
    const struct group *group = &listing->group;
    bool vanished = group->status == STATUS_GROUP_NOT_FOUND; /* forgotten while the list was made */
    if (group->status != STATUS_OK && !vanished) {
        reply_status(reply, group->status, group->detail);
        return;
    }
    const char *name = listing->list.names[listing->at];
    if (!vanished && json_array_append_new(
                         listing->groups, json_pack("{s:s, s:I}", "group", name, "lag", (json_int_t)group->lag)) != 0) {
        reply_status(reply, STATUS_NO_MEMORY, "");
        return;
    }
    listing->at++;
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
    listing->group = (struct group){ .done = group_done, .context = request };
    request_wait(request, described);
    group_describe(request->gateway, list->names[listing->at], &listing->group);
}

static void listed(struct request *request, struct reply *reply) {
    const struct listing *listing = request->state;
    if (listing->list.op.status == STATUS_OK)
        describe_next(request, reply);
    else
        reply_status(reply, listing->list.op.status, listing->list.op.detail);
}

void groups_list(struct request *request, struct reply *reply) {
    struct name_range range;
    if (!name_range_read(request, reply, &range))
        return;
    struct listing *listing = arena_array(&request->arena, 1, sizeof *listing);
    if (listing == NULL) {
        reply_status(reply, STATUS_NO_MEMORY, "");
        return;
    }
    listing->request = request;
    listing->groups = json_array();
    request->state = listing;
    request->state_finish = release;
    listing->list = (struct storage_groups_list){
        .op = { .done = list_done }, .prefix = range.prefix.data, .after = range.after.data, .limit = range.limit
    };
    request_wait(request, listed);
    gateway_groups_list(request->gateway, &listing->list);
}
