/* GET / and paths that no other route has: the page for people, and files of --static. */
#include "api/console/documents.h"
#include "api/console/index_page.h"
#include "api/console/static_files.h"
#include "api/endpoints.h"

static void reply_found(struct reply *reply, const struct static_file *file) {
    reply->cache_control = "no-cache"; /* revalidated each time: a file may change at any time */
    reply_file(reply, file->fd, file->size, file->content_type);
    reply_tag(reply, file->tag);
}

/* With a slash at the end, so that relative links of the page lead into the folder. */
static void reply_folder(struct request *request, struct reply *reply) {
    char *target = arena_printf(&request->arena, "%.*s/", (int)request->path.size, request->path.data);
    if (target == NULL) {
        reply_no_memory(reply);
        return;
    }
    reply_empty(reply, 308);
    reply_header(reply, "Location", target);
}

void static_get(struct request *request, struct reply *reply) {
    struct static_file file;
    switch (static_files_find(request->files, request->segments, request->segment_count, &file)) {
    case STATIC_FOUND: reply_found(reply, &file); break;
    case STATIC_IS_FOLDER: reply_folder(request, reply); break;
    case STATIC_NOT_FOUND:
        reply_problem(reply, PROBLEM_NOT_FOUND, "unknown path %s; /openapi.yaml lists the paths of the API",
                      reply_quote(reply, request->path));
        break;
    }
}

void index_get(struct request *request, struct reply *reply) {
    struct static_file file;
    if (request->files != NULL &&
        static_files_find(request->files, request->segments, request->segment_count, &file) == STATIC_FOUND) {
        reply_found(reply, &file);
        return;
    }
    reply_carried(reply, &request->documents->index_page, "text/html; charset=utf-8");
    reply_header(reply, "Content-Security-Policy", index_page_policy().data);
    reply_header(reply, "Referrer-Policy", "no-referrer");
}
