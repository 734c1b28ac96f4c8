/* GET / and whatever no other route has: the page for people, and files of --static. */
#include "api/endpoints.h"
#include "api/index_page.h"
#include "api/static_files.h"

/* Without memory for the list the file is sent again, which does no harm. */
static bool is_known(struct request *request, const char *tag) {
    struct bytes known = BYTES_NONE;
    return request_header_list(request, "If-None-Match", &known) == STATUS_OK && bytes_present(known) &&
           memmem(known.data, known.size, tag, strlen(tag)) != NULL;
}

static void reply_found(struct request *request, struct reply *reply, const struct static_file *file) {
    reply->cache_control = "no-cache"; /* kept, but asked for again: a file may be changed at any time */
    reply_file(reply, file->fd, file->size, file->content_type);
    if (is_known(request, file->tag))
        reply_empty(reply, 304);
    reply_header(reply, "ETag", file->tag);
}

/* Behind the slash, so that the page's relative links lead into the folder. */
static void reply_folder(struct request *request, struct reply *reply) {
    char *target = arena_printf(&request->arena, "%.*s/", (int)request->path.size, request->path.data);
    if (target == NULL) {
        reply_status(reply, STATUS_NO_MEMORY, "");
        return;
    }
    reply_empty(reply, 308);
    reply_header(reply, "Location", target);
}

void static_get(struct request *request, struct reply *reply) {
    struct static_file file;
    switch (static_files_find(request->files, request->segments, request->segment_count, &file)) {
    case STATIC_FOUND: reply_found(request, reply, &file); break;
    case STATIC_IS_FOLDER: reply_folder(request, reply); break;
    case STATIC_NOT_FOUND:
        reply_problem(reply, PROBLEM_NOT_FOUND, "there is nothing at %s", reply_quote(reply, request->path));
        break;
    }
}

void index_get(struct request *request, struct reply *reply) {
    struct static_file file;
    if (request->files != NULL &&
        static_files_find(request->files, request->segments, request->segment_count, &file) == STATIC_FOUND) {
        reply_found(request, reply, &file);
        return;
    }
    buffer_append_bytes(&reply->body, index_page_text());
    reply->http_status = 200;
    reply->content_type = "text/html; charset=utf-8";
    reply_header(reply, "Content-Security-Policy", index_page_policy().data);
    reply_header(reply, "Referrer-Policy", "no-referrer");
}
