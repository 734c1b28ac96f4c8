/* Settings of topics as JSON: one row a setting. */
#include "api/topics/settings_json.h"

#include "api/http/control_document.h"
#include "gateway/json/key_pointer.h"
#include "gateway/limits.h"
#include "gateway/settings.h"

struct reading {
    const struct storage *storage;
    struct storage_settings *settings;
    struct reply *reply;
};

static bool bad(struct reading *reading, const char *name, const char *what) {
    reply_problem(reading->reply, PROBLEM_BAD_SETTING, "%s: %s", name, what);
    return false;
}

static bool not_yet(struct reading *reading, const char *name) {
    reply_problem(reading->reply, PROBLEM_NOT_SUPPORTED, "setting %s is not supported yet; leave it out", name);
    return false;
}

static bool read_count(struct reading *reading, const char *name, struct bytes value, uint32_t max,
                       uint32_t *ret_count) {
    uint64_t number;
    if (!control_document_whole(value, max, &number) || number == 0) {
        reply_problem(reading->reply, PROBLEM_BAD_SETTING, "%s: expected a whole number from 1 to %u", name, max);
        return false;
    }
    *ret_count = (uint32_t)number;
    return true;
}

static bool read_partitions(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    return read_count(reading, name, value, STORAGE_PARTITIONS_MAX, &reading->settings->partitions);
}

static bool read_max_event_bytes(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    return read_count(reading, name, value, LIMIT_EVENT_BYTES, &reading->settings->max_event_bytes);
}

/* A value that is not a string becomes "", which no setting accepts. False: no memory. */
static bool read_text(struct reading *reading, struct bytes value, struct bytes *ret_text) {
    *ret_text = BYTES_LITERAL("");
    enum status s = control_document_text(value, reading->reply->arena, ret_text);
    if (s == STATUS_NO_MEMORY)
        reply_no_memory(reading->reply);
    return s != STATUS_NO_MEMORY;
}

bool ack_supported(const struct storage *storage, enum storage_ack ack, struct reply *reply) {
    if (settings_ack_supported(storage, ack))
        return true;
    reply_problem(reply, PROBLEM_UNSUPPORTED_BY_ENGINE, "this storage engine cannot provide ack \"%s\"",
                  storage_ack_name(ack));
    return false;
}

static bool read_ack(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    struct bytes text;
    if (!read_text(reading, value, &text))
        return false;
    if (!settings_ack_parse(text, &reading->settings->ack))
        return bad(reading, name, "expected \"none\", \"os\", \"disk\" or \"replicated\"");
    return ack_supported(reading->storage, reading->settings->ack, reading->reply);
}

static bool read_key_pointer(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    struct bytes text;
    reading->settings->has_key_pointer = !control_document_is_null(value);
    memset(reading->settings->key_pointer, 0, sizeof reading->settings->key_pointer);
    if (!reading->settings->has_key_pointer)
        return true;
    if (!read_text(reading, value, &text))
        return false;
    _Static_assert(STORAGE_KEY_POINTER_BYTES_MAX == 512, "the message says so");
    if (json_kind_of(value) != JSON_KIND_STRING || text.size > STORAGE_KEY_POINTER_BYTES_MAX ||
        strlen(text.data) != text.size || !key_pointer_valid(text.data))
        return bad(reading, name, "expected null, or a JSON Pointer (RFC 6901) of at most 512 bytes");
    memcpy(reading->settings->key_pointer, text.data, text.size);
    return true;
}

static bool read_dedupe_ms(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    uint64_t number;
    if (!control_document_whole(value, INT64_MAX, &number))
        return bad(reading, name, "expected a whole number of milliseconds");
    return number == 0 || not_yet(reading, name);
}

static bool read_retention(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    uint64_t number;
    if (control_document_is_null(value))
        return true;
    if (!control_document_whole(value, INT64_MAX, &number) || number == 0)
        return bad(reading, name, "expected null, or a whole number, 1 or greater");
    return not_yet(reading, name);
}

static bool read_cleanup_policy(void *context, const char *name, struct bytes value) {
    struct reading *reading = context;
    bool text = json_kind_of(value) == JSON_KIND_STRING;
    if (text && json_string_is(value, BYTES_LITERAL("compact")))
        return not_yet(reading, "cleanup_policy compact");
    return (text && json_string_is(value, BYTES_LITERAL("delete"))) ||
           bad(reading, name, "expected \"delete\" or \"compact\"");
}

static const struct control_member SETTINGS[] = {
    { "partitions", STORAGE_SETTING_PARTITIONS, read_partitions },
    { "max_event_bytes", STORAGE_SETTING_MAX_EVENT_BYTES, read_max_event_bytes },
    { "ack", STORAGE_SETTING_ACK, read_ack },
    { "key_pointer", STORAGE_SETTING_KEY_POINTER, read_key_pointer },
    { "dedupe_ms", STORAGE_SETTING_DEDUPE_MS, read_dedupe_ms },
    { "retention_ms", STORAGE_SETTING_RETENTION_MS, read_retention },
    { "retention_bytes", STORAGE_SETTING_RETENTION_BYTES, read_retention },
    { "cleanup_policy", STORAGE_SETTING_CLEANUP_POLICY, read_cleanup_policy },
};
enum { SETTING_COUNT = sizeof SETTINGS / sizeof SETTINGS[0] };

bool settings_read(struct bytes document, const struct storage *storage, struct storage_settings *settings,
                   unsigned *given, struct reply *reply) {
    static const struct control_members members = { SETTINGS, SETTING_COUNT, "unknown setting", "" };
    struct reading reading = { storage, settings, reply };
    return control_document_members(&members, "", document, &reading, given, reply);
}

static json_t *number_or_null_new(int64_t number) {
    return number == STORAGE_FOR_EVER ? json_null() : json_integer(number);
}

json_t *settings_new(const struct storage_settings *settings) {
    const char *key_pointer = settings->has_key_pointer ? settings->key_pointer : NULL;
    const char *cleanup_policy = settings->cleanup_policy == STORAGE_CLEANUP_COMPACT ? "compact" : "delete";
    return json_pack("{s:I, s:I, s:s, s:s?, s:I, s:o, s:o, s:s}", "partitions", (json_int_t)settings->partitions,
                     "max_event_bytes", (json_int_t)settings->max_event_bytes, "ack", storage_ack_name(settings->ack),
                     "key_pointer", key_pointer, "dedupe_ms", (json_int_t)settings->dedupe_ms, "retention_ms",
                     number_or_null_new(settings->retention_ms), "retention_bytes",
                     number_or_null_new(settings->retention_bytes), "cleanup_policy", cleanup_policy);
}

void settings_append_names(unsigned given, struct buffer *list) {
    const char *separator = "[";
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if ((given & SETTINGS[i].bit) == 0)
            continue;
        buffer_append_text(list, separator);
        json_append_string(list, bytes_text(SETTINGS[i].name));
        separator = ",";
    }
    buffer_append_text(list, separator[0] == '[' ? "[]" : "]");
}
