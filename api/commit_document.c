/* {"offsets":[{"topic","partition","offset","metadata"?,"expected"?,"topic_id"?}…]} or {"cursor":"…"} */
#include "api/commit_document.h"

#include "api/control_document.h"
#include "api/named_topic.h"
#include "gateway/cursor.h"

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

static bool read_whole(const struct reading *reading, const char *name, const json_t *value, uint64_t max,
                       uint64_t *ret_number) {
    double real = json_real_value(value); /* 4.0 is a whole number too: JSON has one kind */
    bool whole = json_is_integer(value)
                     ? json_integer_value(value) >= 0
                     : json_is_real(value) && real >= 0 && real <= 0x1p53 && real == (double)(uint64_t)real;
    uint64_t number = json_is_integer(value) ? (uint64_t)json_integer_value(value) : whole ? (uint64_t)real : 0;
    if (!whole || number > max)
        return bad(reading, name, "it is not a whole number from 0, or too large");
    *ret_number = number;
    return true;
}

static bool read_topic(struct reading *reading, const char *name, const json_t *value) {
    if (!json_is_string(value))
        return bad(reading, name, "it is not a topic's name");
    struct bytes text = { json_string_value(value), json_string_length(value) };
    if (!topic_name_fit(text, reading->reply))
        return false;
    reading->topic = arena_copy(&reading->request->arena, text.data, text.size);
    if (reading->topic == NULL)
        reply_status(reading->reply, STATUS_NO_MEMORY, "");
    return reading->topic != NULL;
}

static bool read_partition(struct reading *reading, const char *name, const json_t *value) {
    uint64_t partition;
    if (!read_whole(reading, name, value, UINT32_MAX, &partition))
        return false;
    reading->commit->partition = (uint32_t)partition;
    return true;
}

static bool read_offset(struct reading *reading, const char *name, const json_t *value) {
    return read_whole(reading, name, value, UINT64_MAX, &reading->commit->offset);
}

static bool read_expected(struct reading *reading, const char *name, const json_t *value) {
    reading->commit->has_expected = true;
    return read_whole(reading, name, value, UINT64_MAX, &reading->commit->expected);
}

static bool read_metadata(struct reading *reading, const char *name, const json_t *value) {
    if (json_is_null(value))
        return true;
    size_t size = json_string_length(value);
    if (!json_is_string(value) || size > LIMIT_METADATA_BYTES)
        return bad(reading, name, "it is neither null nor text of at most 4096 bytes");
    char *copy = arena_copy(&reading->request->arena, json_string_value(value), size);
    reading->commit->metadata = (struct bytes){ copy, size };
    if (copy == NULL)
        reply_status(reading->reply, STATUS_NO_MEMORY, "");
    return copy != NULL;
}

/* As the description of a topic has it: 16 hexadecimal digits. */
static bool read_topic_id(struct reading *reading, const char *name, const json_t *value) {
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (json_string_length(value) != 16 || strspn(text, "0123456789abcdef") != 16)
        return bad(reading, name, "it is not the id of a topic");
    reading->has_topic_id = true;
    reading->topic_id = strtoull(text, NULL, 16);
    return true;
}

static const struct member {
    const char *name;
    bool required;
    bool (*read)(struct reading *reading, const char *name, const json_t *value);
} MEMBERS[] = {
    /* clang-format off */
    { "topic", true, read_topic },
    { "partition", true, read_partition },
    { "offset", true, read_offset },
    { "expected", false, read_expected },
    { "metadata", false, read_metadata },
    { "topic_id", false, read_topic_id },
    /* clang-format on */
};
enum { MEMBER_COUNT = sizeof MEMBERS / sizeof MEMBERS[0] };

static const struct member *find_member(const char *name) {
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(MEMBERS[i].name, name) == 0)
            return &MEMBERS[i];
    return NULL;
}

static bool read_members(struct reading *reading, const json_t *item) {
    const char *name;
    json_t *value;
    if (!json_is_object(item)) {
        reply_problem(reading->reply, PROBLEM_BAD_REQUEST, "offsets[%zu] is not an object", reading->index);
        return false;
    }
    json_object_foreach((json_t *)item, name, value) {
        const struct member *member = find_member(name);
        if (member == NULL) {
            reply_problem(reading->reply, PROBLEM_UNKNOWN_MEMBER, "offsets[%zu]: there is no member %s", reading->index,
                          reply_quote(reading->reply, bytes_text(name)));
            return false;
        }
        if (!member->read(reading, name, value))
            return false;
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (MEMBERS[i].required && json_object_get(item, MEMBERS[i].name) == NULL)
            return bad(reading, MEMBERS[i].name, "it is missing");
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
                      "offsets[%zu]: the topic %s has another id now; it was deleted and created again", reading->index,
                      reading->topic);
        return false;
    }
    return true;
}

static bool make_room(struct request *request, struct reply *reply, struct commit_document *document, size_t count) {
    document->commits = arena_array(&request->arena, count + 1, sizeof *document->commits);
    document->topics = arena_array(&request->arena, count + 1, sizeof *document->topics);
    if (document->commits != NULL && document->topics != NULL)
        return true;
    reply_status(reply, STATUS_NO_MEMORY, "");
    return false;
}

static int compare_places(const void *left, const void *right) {
    const struct storage_commit *a = *(const struct storage_commit *const *)left;
    const struct storage_commit *b = *(const struct storage_commit *const *)right;
    if (a->topic_id != b->topic_id)
        return a->topic_id < b->topic_id ? -1 : 1;
    return a->partition < b->partition ? -1 : a->partition > b->partition;
}

/* Which of two commits of a partition is meant, nobody can know. */
static bool check_once(struct request *request, struct reply *reply, const struct commit_document *document) {
    const struct storage_commit **places = arena_array(&request->arena, document->count + 1, sizeof *places);
    if (places == NULL) {
        reply_status(reply, STATUS_NO_MEMORY, "");
        return false;
    }
    for (size_t i = 0; i < document->count; i++)
        places[i] = &document->commits[i];
    qsort(places, document->count, sizeof(const struct storage_commit *), compare_places);
    for (size_t i = 1; i < document->count; i++) {
        if (compare_places(&places[i - 1], &places[i]) != 0)
            continue;
        reply_problem(reply, PROBLEM_BAD_REQUEST, "offsets: partition %u of %s is there twice", places[i]->partition,
                      document->topics[places[i] - document->commits]);
        return false;
    }
    return true;
}

static bool read_offsets(struct request *request, struct reply *reply, const json_t *list,
                         struct commit_document *document) {
    if (!json_is_array(list)) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, "offsets is not an array");
        return false;
    }
    if (!make_room(request, reply, document, json_array_size(list)))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct reading reading = { .request = request, .reply = reply, .index = i, .commit = &document->commits[i] };
        if (!read_members(&reading, json_array_get(list, i)) || !find_topic(&reading))
            return false;
        document->topics[i] = reading.topic;
    }
    document->count = json_array_size(list);
    return check_once(request, reply, document);
}

/* The positions of a cursor, each partition once by its nature; whatever selection it was made for. */
static bool read_cursor(struct request *request, struct reply *reply, const json_t *text,
                        struct commit_document *document) {
    struct cursor cursor = { 0 };
    struct bytes given = { json_string_value(text), json_string_length(text) };
    enum status s = json_is_string(text) ? cursor_decode(given, &request->arena, &cursor) : STATUS_INVALID;
    if (s != STATUS_OK) {
        reply_status(reply, s == STATUS_INVALID ? STATUS_CURSOR_INVALID : s,
                     "this is not a cursor that was given out here");
        return false;
    }
    if (!make_room(request, reply, document, cursor.position_count))
        return false;
    for (size_t i = 0; i < cursor.position_count; i++) {
        const struct cursor_position *position = &cursor.positions[i];
        struct storage_topic *topic = topics_find_id(request->gateway->topics, position->topic_id);
        if (topic == NULL) {
            reply_problem(reply, PROBLEM_COMMIT_TOPIC_RECREATED,
                          "a topic of the cursor was deleted, and perhaps created again");
            return false;
        }
        document->topics[i] = arena_copy(&request->arena, topic->name, strlen(topic->name));
        document->commits[i] = (struct storage_commit){ .topic_id = topic->id,
                                                        .partition = position->partition,
                                                        .offset = position->next_offset };
        storage_topic_unref(topic);
        if (document->topics[i] == NULL) {
            reply_status(reply, STATUS_NO_MEMORY, "");
            return false;
        }
    }
    document->count = cursor.position_count;
    document->from_cursor = true;
    return true;
}

static bool read_document(struct request *request, struct reply *reply, const json_t *json,
                          struct commit_document *document) {
    const json_t *offsets = json_object_get(json, "offsets");
    const json_t *cursor = json_object_get(json, "cursor");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value) {
        if (strcmp(name, "offsets") != 0 && strcmp(name, "cursor") != 0) {
            reply_problem(reply, PROBLEM_UNKNOWN_MEMBER, "there is no member %s; there are offsets and cursor",
                          reply_quote(reply, bytes_text(name)));
            return false;
        }
    }
    if ((offsets == NULL) == (cursor == NULL)) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, "the document has either offsets or a cursor");
        return false;
    }
    return offsets != NULL ? read_offsets(request, reply, offsets, document)
                           : read_cursor(request, reply, cursor, document);
}

bool commit_document_read(struct request *request, struct reply *reply, struct commit_document *ret_document) {
    struct commit_document document = { 0 };
    json_t *json = control_document_new(request, reply);
    bool good = json != NULL && read_document(request, reply, json, &document);
    json_decref(json);
    if (good)
        *ret_document = document;
    return good;
}
