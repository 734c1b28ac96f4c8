/* What a request asks for: api/http/request (the target), api/http/route, api/events/page_request. The input is lines: a target, an
 * Accept, a Last-Event-ID; the latter two may be missing.
 *
 * A target that was taken is taken again when all of it is written as %XX, and means the same. A page that is asked for
 * lies within the limits; what is refused gets a problem that is JSON. */
#include "api/endpoints.h"
#include "api/events/page_request.h"
#include "api/http/accept_header.h"
#include "api/routes.h"
#include "gateway/json/json.h"
#include "gateway/read/cursor.h"
#include "gateway/settings.h"
#include "gateway/timestamp.h"
#include "tests/fuzz/fuzz.h"

static void request_finish(struct request *request) {
    buffer_finish(&request->reply.body);
    arena_finish(&request->arena);
}

static void append_percent(struct buffer *target, struct bytes text) {
    for (size_t i = 0; i < text.size; i++)
        buffer_printf(target, "%%%02X", (unsigned)(uint8_t)text.data[i]);
}

static void append_target(struct buffer *target, const struct request *request) {
    for (size_t i = 0; i < request->segment_count; i++) {
        buffer_append_u8(target, '/');
        append_percent(target, request->segments[i]);
    }
    for (size_t i = 0; i < request->query_count; i++) {
        buffer_append_u8(target, i == 0 ? '?' : '&');
        append_percent(target, request->query[i].name);
        buffer_append_u8(target, '=');
        append_percent(target, request->query[i].value);
    }
    buffer_append_u8(target, '\0');
}

static void check_written_again(const struct request *request) {
    autobuffer struct buffer target = { 0 };
    struct request again = { 0 };
    const char *why = NULL;
    append_target(&target, request);
    fuzz_check(request_parse_target(&again, target.data, &why) == STATUS_OK);
    fuzz_check(again.segment_count == request->segment_count && again.query_count == request->query_count);

    for (size_t i = 0; i < request->segment_count; i++)
        fuzz_check(fuzz_same(again.segments[i], request->segments[i]));

    for (size_t i = 0; i < request->query_count; i++) {
        fuzz_check(fuzz_same(again.query[i].name, request->query[i].name));
        fuzz_check(fuzz_same(again.query[i].value, request->query[i].value));
    }

    request_finish(&again);
}

static void check_problem(const struct reply *reply) {
    autofree char *body = fuzz_exact(buffer_bytes(&reply->body));
    size_t end;
    struct json_error error;
    fuzz_check(reply->http_status >= 400 && reply->http_status < 500);
    fuzz_check(json_scan(body, reply->body.size, 0, &end, &error));
    fuzz_check(json_skip_space(body, reply->body.size, end) == reply->body.size);
    fuzz_check(utf8_valid(buffer_bytes(&reply->body)));
}

static void check_selection(const struct selection_query *what) {
    fuzz_check(what->pattern_count >= 1 && what->pattern_count <= LIMIT_SELECTION_NAMES);
    fuzz_check(what->partition_count <= STORAGE_PARTITIONS_MAX);
    for (size_t i = 0; i < what->pattern_count; i++) {
        struct bytes name = what->patterns[i];
        bool wildcard = name.size > 0 && name.data[name.size - 1] == '*';
        name.size -= wildcard;
        fuzz_check((wildcard && name.size == 0) || name_check(name) == NAME_GOOD);
    }
    for (size_t i = 0; i < what->partition_count; i++)
        fuzz_check(what->partitions[i] < STORAGE_PARTITIONS_MAX);
}

static void check_start(const struct page_query *query) {
    fuzz_check((query->start == PAGE_FROM_CURSOR) == bytes_present(query->cursor));
    fuzz_check(query->last_count <= INT64_MAX);
    fuzz_check(query->time_ms >= 0 && query->time_ms <= TIMESTAMP_MS_MAX);
    if (query->group != NULL)
        fuzz_check(query->start != PAGE_FROM_CURSOR && query->start != PAGE_FROM_OFFSET &&
                   name_check(bytes_text(query->group)) == NAME_GOOD);
    if (!bytes_present(query->cursor))
        return;
    autoarena struct arena arena = { 0 };
    struct cursor cursor;
    enum status status = cursor_decode(query->cursor, &arena, &cursor);
    fuzz_check(status == STATUS_OK || status == STATUS_INVALID);
}

static void check_params(const struct page_request *params) {
    const struct page_query *query = &params->query;
    check_selection(&query->what);
    check_start(query);
    fuzz_check(query->event_limit >= 1 && query->event_limit <= LIMIT_PAGE_EVENTS);
    fuzz_check(query->byte_limit >= 1 && query->byte_limit <= LIMIT_PAGE_BYTES);
    fuzz_check(query->until_ms >= STORAGE_TIME_NONE && query->until_ms <= TIMESTAMP_MS_MAX);
    fuzz_check(query->key.size <= LIMIT_KEY_BYTES && utf8_valid(query->key));
    fuzz_check(params->wait_ms <= LIMIT_WAIT_MS && (!params->stream || params->wait_ms == 0));
    fuzz_check(params->shape != PAGE_SHAPE_SSE || params->stream);
    fuzz_check(!params->stream || params->shape != PAGE_SHAPE_JSON);
    fuzz_check(params->resumes == (params->shape == PAGE_SHAPE_SSE && query->start == PAGE_FROM_CURSOR));
    fuzz_check(query->what.lenient == params->resumes);
}

static void check_page(struct request *request) {
    struct page_request params = { 0 };
    if (page_request_read(request, &request->reply, &params)) {
        fuzz_check(request->reply.http_status == 0);
        check_params(&params);
    } else {
        check_problem(&request->reply);
    }
}

static void check_target(struct request *request, const char *target) {
    const char *why = NULL;
    enum status status = request_parse_target(request, target, &why);
    if (status != STATUS_OK) {
        fuzz_check(status == STATUS_INVALID && why != NULL);
        return;
    }

    fuzz_check(request->segment_count <= REQUEST_SEGMENTS_MAX && request->query_count <= LIMIT_QUERY_PARAMETERS);
    if (request->segment_count > 0)
        check_written_again(request);
    unsigned methods;
    const struct route *route = route_find(routes_table(), request, &methods);
    fuzz_check(route == NULL || (methods & METHOD_GET) != 0);
    if (route != NULL && route->handler == events_get)
        check_page(request);
}

static struct bytes header_of(char *text) { return text != NULL ? bytes_text(text) : BYTES_NONE; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const TYPES[] = { "application/json", "text/event-stream" };
    struct fuzz_input input = fuzz_input_of(data, size);
    struct bytes lines[3];
    for (size_t i = 0; i < 3; i++)
        lines[i] = fuzz_line(&input);

    autofree char *target = fuzz_text(lines[0]);
    autofree char *accept = bytes_present(lines[1]) ? fuzz_text(lines[1]) : NULL;
    autofree char *id = bytes_present(lines[2]) ? fuzz_text(lines[2]) : NULL;
    struct guard_header headers[] = { { BYTES_LITERAL("Accept"), header_of(accept) },
                                      { BYTES_LITERAL("Last-Event-ID"), header_of(id) } };
    int chosen = accept != NULL ? accept_header_choose(bytes_text(accept), TYPES, 2) : -1;
    fuzz_check(chosen >= -1 && chosen < 2);
    struct request request = { .method = METHOD_GET, .headers = headers, .header_count = 2 };
    request.reply.arena = &request.arena;
    check_target(&request, target);
    request_finish(&request);
    return 0;
}
