/* What a reader requests. */
#include "api/events/page_request.h"

#include "api/events/event_params.h"
#include "api/http/given_time.h"
#include "api/topics/names.h"
#include "gateway/settings.h"

static bool read_shape(struct request *request, struct reply *reply, enum page_shape *ret_shape) {
    enum status s = page_shape_read(request, ret_shape);
    if (s == STATUS_INVALID)
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "format=%s: expected json, ndjson or sse",
                      reply_quote(reply, request_query(request, "format")));
    else if (s != STATUS_OK)
        reply_no_memory(reply);
    return s == STATUS_OK;
}

/* Parameters that bound a page are refused for a stream, which has no end, and those of a stream for a page. */
static bool read_stream(struct request *request, struct reply *reply, struct page_request *params) {
    static const char *const of_pages[] = { "limit", "max_bytes", "until", "wait_ms" };
    bool follow = false;
    if (!request_query_bool(request, "follow", &follow, reply) ||
        !request_query_number(request, "wait_ms", 0, LIMIT_WAIT_MS, &params->wait_ms, reply))
        return false;
    if (follow && params->shape == PAGE_SHAPE_JSON) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "follow=true requires format=ndjson");
        return false;
    }

    params->stream = follow || params->shape == PAGE_SHAPE_SSE;
    for (size_t i = 0; params->stream && i < sizeof of_pages / sizeof of_pages[0]; i++) {
        if (bytes_present(request_query(request, of_pages[i]))) {
            reply_problem(reply, PROBLEM_BAD_PARAMETER, "%s applies to pages only; leave it out of a stream",
                          of_pages[i]);
            return false;
        }
    }
    if (bytes_present(request_query(request, "last_event_id")) && params->shape != PAGE_SHAPE_SSE) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER,
                      "last_event_id applies to text/event-stream only; use cursor= for a page");
        return false;
    }
    return true;
}

/* Where a stream starts: at the header that an EventSource sends, else at the parameter for clients that cannot set headers,
 * else as a page does; without any of them, at the end. */
static void resume_stream(const struct request *request, struct page_request *params) {
    struct bytes id = BYTES_NONE;
    if (params->shape == PAGE_SHAPE_SSE) {
        id = request_header(request, "Last-Event-ID");
        if (id.size == 0)
            id = request_query(request, "last_event_id");
    }
    if (id.size > 0) {
        params->query.start = PAGE_FROM_CURSOR;
        params->query.cursor = id;
        params->query.group = NULL;
    } else if (!bytes_present(request_query(request, "cursor")) && !bytes_present(request_query(request, "offset")) &&
               !bytes_present(request_query(request, "from"))) {
        params->query.start = PAGE_FROM_LATEST;
    }
    /* An EventSource never reconnects after a status other than 200: a lost position is reported in the stream. */
    params->resumes = params->query.start == PAGE_FROM_CURSOR && params->shape == PAGE_SHAPE_SSE;
    params->query.what.lenient = params->resumes;
}

static size_t count_items(struct bytes list) {
    size_t count = 1;
    for (size_t i = 0; i < list.size; i++)
        count += list.data[i] == ',';
    return count;
}

/* A name, or a prefix of names and `*`. */
static bool pattern_valid(struct bytes pattern, struct reply *reply) {
    bool wildcard = pattern.size > 0 && pattern.data[pattern.size - 1] == '*';
    struct bytes name = { pattern.data, pattern.size - wildcard };
    return (wildcard && name.size == 0) || name_valid(name, reply);
}

static bool read_patterns(struct request *request, struct reply *reply, struct selection_query *what) {
    struct bytes list = request_query(request, "topics");
    struct bytes topic = request_path_param(request, "topic");
    bool in_path = bytes_present(topic);
    if (!in_path && !bytes_present(list)) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "topics is missing; name the topics, for example topics=a,b,web.*");
        return false;
    }
    size_t count = in_path ? 1 : count_items(list);
    if (count > LIMIT_SELECTION_NAMES) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "topics contains more than %d names", LIMIT_SELECTION_NAMES);
        return false;
    }
    struct bytes *patterns = arena_array(&request->arena, count, sizeof *patterns);
    if (patterns == NULL) {
        reply_no_memory(reply);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        patterns[i] = in_path ? topic : bytes_cut(&list, ',');
        if (in_path ? !name_valid(topic, reply) : !pattern_valid(patterns[i], reply))
            return false;
    }
    what->patterns = patterns;
    what->pattern_count = count;
    return true;
}

static bool read_partitions(struct request *request, struct reply *reply, struct selection_query *what) {
    struct bytes given = request_query(request, "partition");
    if (!bytes_present(given))
        return true;
    struct bytes list = given;
    size_t count = count_items(list);
    bool good = count <= STORAGE_PARTITIONS_MAX;
    uint32_t *partitions = good ? arena_array(&request->arena, count, sizeof *partitions) : NULL;
    if (good && partitions == NULL) {
        reply_no_memory(reply);
        return false;
    }
    for (size_t i = 0; i < count && good; i++) {
        uint64_t number;
        good = parse_number(bytes_cut(&list, ','), STORAGE_PARTITIONS_MAX - 1, &number);
        if (good)
            partitions[i] = (uint32_t)number;
    }
    if (!good) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "partition=%s: expected numbers from 0 to %d, separated by commas",
                      reply_quote(reply, given), STORAGE_PARTITIONS_MAX - 1);
        return false;
    }
    what->partitions = partitions;
    what->partition_count = count;
    return true;
}

/* earliest, latest, -N or a time. */
static bool read_from(struct bytes from, struct reply *reply, struct page_query *query) {
    struct bytes digits = { from.data + 1, from.size - 1 };
    enum timestamp_result result = TIMESTAMP_GOOD;
    if (bytes_equal(from, BYTES_LITERAL("earliest"))) {
        query->start = PAGE_FROM_EARLIEST;
    } else if (bytes_equal(from, BYTES_LITERAL("latest"))) {
        query->start = PAGE_FROM_LATEST;
    } else if (from.size > 1 && from.data[0] == '-' && parse_number(digits, INT64_MAX, &query->last_count)) {
        query->start = PAGE_FROM_LAST;
    } else {
        query->start = PAGE_FROM_TIME;
        result = timestamp_parse(from, &query->time_ms);
    }
    if (result == TIMESTAMP_IN_SECONDS)
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "from=%s %s; to start at an offset, use offset=%s",
                      reply_quote(reply, from), given_time_fault(result, from, reply->arena), reply_quote(reply, from));
    else if (result == TIMESTAMP_MALFORMED)
        reply_problem(reply, PROBLEM_BAD_PARAMETER,
                      "from=%s: expected earliest, latest, -N, milliseconds since 1970 or an RFC 3339 time",
                      reply_quote(reply, from));
    return result == TIMESTAMP_GOOD;
}

/* A group may be combined with `from=`, which counts for partitions where it has committed nothing. */
static bool read_group(struct request *request, struct reply *reply, struct page_query *query) {
    struct bytes group = request_query(request, "group");
    if (!bytes_present(group))
        return true;
    if (bytes_present(request_query(request, "cursor")) || bytes_present(request_query(request, "offset"))) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER,
                      "group cannot be combined with cursor or offset; each says where to start");
        return false;
    }
    query->group = group.data;
    return name_valid(group, reply); /* groups are named as topics are */
}

static bool read_start(struct request *request, struct reply *reply, struct page_query *query) {
    struct bytes cursor = request_query(request, "cursor");
    struct bytes offset = request_query(request, "offset");
    struct bytes from = request_query(request, "from");
    if (bytes_present(cursor) + bytes_present(offset) + bytes_present(from) > 1) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "cursor, offset and from cannot be combined; give one of them");
        return false;
    }
    if (bytes_present(from))
        return read_from(from, reply, query);
    if (bytes_present(cursor)) {
        query->start = PAGE_FROM_CURSOR;
        query->cursor = cursor;
        return true;
    }
    if (bytes_present(offset))
        query->start = PAGE_FROM_OFFSET;
    return request_query_number(request, "offset", 0, UINT64_MAX, &query->offset, reply);
}

static bool read_amount(struct request *request, struct reply *reply, struct page_query *query) {
    uint64_t events = LIMIT_PAGE_EVENTS_DEFAULT;
    uint64_t bytes = LIMIT_PAGE_BYTES_DEFAULT;
    query->until_ms = STORAGE_TIME_NONE;
    if (!request_query_number(request, "limit", 1, LIMIT_PAGE_EVENTS, &events, reply) ||
        !request_query_number(request, "max_bytes", 1, LIMIT_PAGE_BYTES, &bytes, reply))
        return false;
    query->event_limit = (size_t)events;
    query->byte_limit = (size_t)bytes;
    return given_time_read(request, "until", &query->until_ms, reply) && event_key_read(request, reply, &query->key);
}

bool page_request_read(struct request *request, struct reply *reply, struct page_request *params) {
    struct page_query *query = &params->query;
    if (!read_shape(request, reply, &params->shape) || !read_stream(request, reply, params) ||
        !event_view_read(request, reply, &params->view) || !read_patterns(request, reply, &query->what) ||
        !read_partitions(request, reply, &query->what) || !read_group(request, reply, query) ||
        !read_start(request, reply, query) || !read_amount(request, reply, query))
        return false;

    if (params->stream)
        resume_stream(request, params);
    return true;
}
