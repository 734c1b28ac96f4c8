/* {"offsets":[{"topic","partition","offset","metadata"?,"expected"?,"topic_id"?}…]} or {"cursor":"…"} */
#include "api/groups/commit_document.h"

#include "api/http/control_document.h"
#include "api/topics/names.h"
#include "gateway/read/cursor.h"
#include "gateway/topics.h"

#include <stdio.h>
#include <stdlib.h>

struct reading {
    struct request *request;
    struct reply *reply;
    size_t index; /* of the commit that is read */
    struct storage_commit *commit;
    const char *topic;
    bool has_topic_id;
    uint64_t topic_id; /* as the client gave it */
};

static bool bad(const struct reading *reading, const char *name, const char *what) {
    reply_problem(reading->reply, PROBLEM_BAD_REQUEST, "offsets[%zu].%s: %s", reading->index, name, what);
    return false;
}

static bool read_whole(const struct reading *reading, const char *name, struct bytes value, uint64_t max,
                       uint64_t *ret_number) {
    return control_document_whole(value, max, ret_number) ||
           bad(reading, name, "expected a whole number, 0 or greater and within its range");
}

/* `what` is the answer to a value that is not a string. */
static bool read_text(const struct reading *reading, const char *name, struct bytes value, const char *what,
                      struct bytes *ret_text) {
    enum status s = control_document_text(value, &reading->request->arena, ret_text);
    if (s == STATUS_INVALID)
        return bad(reading, name, what);
    if (s != STATUS_OK)
        reply_no_memory(reading->reply);
    return s == STATUS_OK;
}

static bool read_topic(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    struct bytes text;
    if (!read_text(reading, name, value, "expected the name of a topic", &text) || !name_valid(text, reading->reply))
        return false;
    reading->topic = text.data;
    return true;
}

static bool read_partition(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    uint64_t partition;
    if (!read_whole(reading, name, value, UINT32_MAX, &partition))
        return false;
    reading->commit->partition = (uint32_t)partition;
    return true;
}

static bool read_offset(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    return read_whole(reading, name, value, UINT64_MAX, &reading->commit->offset);
}

static bool read_expected(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    reading->commit->has_expected = true;
    return read_whole(reading, name, value, UINT64_MAX, &reading->commit->expected);
}

static bool read_metadata(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    static const char what[] = "expected null, or a string of at most " LIMIT_TEXT(LIMIT_METADATA_BYTES) " bytes";
    struct bytes text;
    if (control_document_is_null(value))
        return true;
    if (!read_text(reading, name, value, what, &text))
        return false;
    reading->commit->metadata = text;
    return text.size <= LIMIT_METADATA_BYTES || bad(reading, name, what);
}

/* 16 hexadecimal digits, as in the description of a topic. */
static bool read_topic_id(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    static const char what[] = "expected the id of a topic";
    struct bytes text;
    if (!read_text(reading, name, value, what, &text))
        return false;
    if (text.size != 16 || strspn(text.data, "0123456789abcdef") != 16)
        return bad(reading, name, what);
    reading->has_topic_id = true;
    reading->topic_id = strtoull(text.data, NULL, 16);
    return true;
}

static const struct control_member MEMBERS[] = {
    { "topic", 1u << 0, read_topic },       { "partition", 1u << 1, read_partition },
    { "offset", 1u << 2, read_offset },     { "expected", 1u << 3, read_expected },
    { "metadata", 1u << 4, read_metadata }, { "topic_id", 1u << 5, read_topic_id },
};
enum { MEMBER_COUNT = sizeof MEMBERS / sizeof MEMBERS[0], REQUIRED_COUNT = 3 /* the first of them */ };

static bool read_members(struct reading *reading, struct bytes item) {
    static const struct control_members members = { MEMBERS, MEMBER_COUNT, "unknown member", "" };
    char where[40];
    unsigned given = 0;
    if (json_kind_of(item) != JSON_KIND_OBJECT) {
        reply_problem(reading->reply, PROBLEM_BAD_REQUEST, "offsets[%zu]: expected an object", reading->index);
        return false;
    }

    snprintf(where, sizeof where, "offsets[%zu]: ", reading->index);
    if (!control_document_members(&members, where, item, reading, &given, reading->reply))
        return false;

    for (size_t i = 0; i < REQUIRED_COUNT; i++)
        if ((given & MEMBERS[i].bit) == 0)
            return bad(reading, MEMBERS[i].name, "the required member is missing");
    return true;
}

static bool find_topic(struct reading *reading) {
    struct storage_topic *topic = topics_find(reading->request->gateway->topics, bytes_text(reading->topic));
    if (topic == NULL) {
        reply_topic_not_found(reading->reply, bytes_text(reading->topic));
        return false;
    }
    reading->commit->topic_id = topic->id;
    storage_topic_unref(topic);
    if (reading->has_topic_id && reading->topic_id != reading->commit->topic_id) {
        reply_problem(reading->reply, PROBLEM_COMMIT_TOPIC_RECREATED,
                      "offsets[%zu]: topic_id does not match, because topic %s was deleted and recreated",
                      reading->index, reading->topic);
        return false;
    }
    return true;
}

static bool make_room(struct request *request, struct reply *reply, struct commit_document *document, size_t count) {
    document->commits = arena_array(&request->arena, count + 1, sizeof *document->commits);
    document->topics = arena_array(&request->arena, count + 1, sizeof *document->topics);
    if (document->commits != NULL && document->topics != NULL)
        return true;
    reply_no_memory(reply);
    return false;
}

static int compare_places(const void *left, const void *right) {
    const struct storage_commit *a = *(const struct storage_commit *const *)left;
    const struct storage_commit *b = *(const struct storage_commit *const *)right;
    if (a->topic_id != b->topic_id)
        return a->topic_id < b->topic_id ? -1 : 1;
    return a->partition < b->partition ? -1 : a->partition > b->partition;
}

/* Of two commits of one partition, nobody can know which is meant. */
static bool check_once(struct request *request, struct reply *reply, const struct commit_document *document) {
    const struct storage_commit **places = arena_array(&request->arena, document->count + 1, sizeof *places);
    if (places == NULL) {
        reply_no_memory(reply);
        return false;
    }
    for (size_t i = 0; i < document->count; i++)
        places[i] = &document->commits[i];
    qsort(places, document->count, sizeof(const struct storage_commit *), compare_places);
    for (size_t i = 1; i < document->count; i++) {
        if (compare_places(&places[i - 1], &places[i]) != 0)
            continue;
        reply_problem(reply, PROBLEM_BAD_REQUEST, "offsets: partition %u of topic %s is given twice",
                      places[i]->partition, document->topics[places[i] - document->commits]);
        return false;
    }
    return true;
}

static size_t count_items(struct bytes list) {
    size_t count = 0;
    for (struct json_walk walk = json_walk(list); json_walk_next(&walk);)
        count++;
    return count;
}

static bool read_offsets(struct request *request, struct reply *reply, struct bytes list,
                         struct commit_document *document) {
    if (json_kind_of(list) != JSON_KIND_ARRAY) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, "offsets: expected an array");
        return false;
    }
    if (!make_room(request, reply, document, count_items(list)))
        return false;
    for (struct json_walk walk = json_walk(list); json_walk_next(&walk); document->count++) {
        size_t i = document->count;
        struct reading reading = { .request = request, .reply = reply, .index = i, .commit = &document->commits[i] };
        if (!read_members(&reading, walk.value) || !find_topic(&reading))
            return false;
        document->topics[i] = reading.topic;
    }
    return check_once(request, reply, document);
}

/* The positions of a cursor, of any selection. It has each partition once. */
static bool read_cursor(struct request *request, struct reply *reply, struct bytes value,
                        struct commit_document *document) {
    struct cursor cursor = { 0 };
    struct bytes text;
    enum status s = control_document_text(value, &request->arena, &text);
    if (s == STATUS_OK)
        s = cursor_decode(text, &request->arena, &cursor);
    if (s != STATUS_OK) {
        reply_status(reply, s == STATUS_INVALID ? STATUS_CURSOR_INVALID : s,
                     "expected a cursor of this server, unchanged: next of a page, Next-Cursor, or the id of a stream");
        return false;
    }
    if (!make_room(request, reply, document, cursor.position_count))
        return false;
    for (size_t i = 0; i < cursor.position_count; i++) {
        const struct cursor_position *position = &cursor.positions[i];
        struct storage_topic *topic = topics_find_id(request->gateway->topics, position->topic_id);
        if (topic == NULL) {
            reply_problem(reply, PROBLEM_COMMIT_TOPIC_RECREATED, "a topic of the cursor was deleted or recreated");
            return false;
        }
        document->topics[i] = arena_copy(&request->arena, topic->name, strlen(topic->name));
        document->commits[i] = (struct storage_commit){ .topic_id = topic->id,
                                                        .partition = position->partition,
                                                        .offset = position->next_offset };
        storage_topic_unref(topic);
        if (document->topics[i] == NULL) {
            reply_no_memory(reply);
            return false;
        }
    }
    document->count = cursor.position_count;
    document->from_cursor = true;
    return true;
}

/* The document has one of both. */
struct outline {
    struct bytes offsets;
    struct bytes cursor;
};

static bool note_offsets(void *context, const char *name, struct bytes value) {
    (void)name;
    ((struct outline *)context)->offsets = value;
    return true;
}

static bool note_cursor(void *context, const char *name, struct bytes value) {
    (void)name;
    ((struct outline *)context)->cursor = value;
    return true;
}

static bool read_document(struct request *request, struct reply *reply, struct bytes object,
                          struct commit_document *document) {
    static const struct control_member rows[] = { { "offsets", 1, note_offsets }, { "cursor", 2, note_cursor } };
    static const struct control_members members = { rows, 2, "unknown member", "; expected offsets or cursor" };
    struct outline outline = { BYTES_NONE, BYTES_NONE };
    unsigned given = 0;
    if (!control_document_members(&members, "", object, &outline, &given, reply))
        return false;

    if (bytes_present(outline.offsets) == bytes_present(outline.cursor)) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, "expected one of offsets and cursor, not both");
        return false;
    }
    return bytes_present(outline.offsets) ? read_offsets(request, reply, outline.offsets, document)
                                          : read_cursor(request, reply, outline.cursor, document);
}

bool commit_document_read(struct request *request, struct reply *reply, struct commit_document *ret_document) {
    struct commit_document document = { 0 };
    struct bytes object;
    if (!control_document_read(request, reply, &object) || !read_document(request, reply, object, &document))
        return false;
    *ret_document = document;
    return true;
}
