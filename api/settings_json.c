/* Settings of topics as JSON: one row a setting. */
#include "api/settings_json.h"

#include "gateway/json.h"
#include "gateway/key_pointer.h"
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
    reply_problem(reading->reply, PROBLEM_NOT_SUPPORTED, "the setting %s is not supported yet", name);
    return false;
}

static bool read_count(struct reading *reading, const char *name, const json_t *value, json_int_t max,
                       uint32_t *ret_count) {
    double number = json_number_value(value); /* 4.0 is a whole number too: JSON has one kind */
    if (!json_is_number(value) || number < 1 || number > (double)max || number != (double)(uint32_t)number) {
        reply_problem(reading->reply, PROBLEM_BAD_SETTING, "%s: it is not a whole number from 1 to %lld", name,
                      (long long)max);
        return false;
    }
    *ret_count = (uint32_t)number;
    return true;
}

static bool read_partitions(struct reading *reading, const char *name, const json_t *value) {
    return read_count(reading, name, value, STORAGE_PARTITIONS_MAX, &reading->settings->partitions);
}

static bool read_max_event_bytes(struct reading *reading, const char *name, const json_t *value) {
    return read_count(reading, name, value, LIMIT_EVENT_BYTES, &reading->settings->max_event_bytes);
}

static bool read_ack(struct reading *reading, const char *name, const json_t *value) {
    struct bytes text = { json_string_value(value), json_string_length(value) };
    if (!json_is_string(value) || !settings_ack_parse(text, &reading->settings->ack))
        return bad(reading, name, "it is not \"none\", \"os\", \"disk\" or \"replicated\"");
    if (settings_ack_supported(reading->storage, reading->settings->ack))
        return true;
    reply_problem(reading->reply, PROBLEM_UNSUPPORTED_BY_ENGINE, "this storage engine has no ack \"%s\"",
                  storage_ack_name(reading->settings->ack));
    return false;
}

static bool read_key_pointer(struct reading *reading, const char *name, const json_t *value) {
    reading->settings->has_key_pointer = !json_is_null(value);
    memset(reading->settings->key_pointer, 0, sizeof reading->settings->key_pointer);
    if (json_is_null(value))
        return true;
    size_t size = json_string_length(value);
    if (!json_is_string(value) || size > STORAGE_KEY_POINTER_BYTES_MAX || strlen(json_string_value(value)) != size ||
        !key_pointer_valid(json_string_value(value)))
        return bad(reading, name, "it is neither null nor an RFC 6901 JSON Pointer of at most 512 bytes");
    memcpy(reading->settings->key_pointer, json_string_value(value), size);
    return true;
}

static bool read_dedupe_ms(struct reading *reading, const char *name, const json_t *value) {
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return bad(reading, name, "it is not a whole number of milliseconds");
    return json_integer_value(value) == 0 || not_yet(reading, name);
}

static bool read_retention(struct reading *reading, const char *name, const json_t *value) {
    if (!json_is_null(value) && (!json_is_integer(value) || json_integer_value(value) < 1))
        return bad(reading, name, "it is neither null nor a whole number from 1");
    return json_is_null(value) || not_yet(reading, name);
}

static bool read_cleanup_policy(struct reading *reading, const char *name, const json_t *value) {
    struct bytes text = { json_string_value(value), json_string_length(value) };
    if (bytes_equal(text, BYTES_LITERAL("compact")))
        return not_yet(reading, "cleanup_policy compact");
    return bytes_equal(text, BYTES_LITERAL("delete")) || bad(reading, name, "it is neither \"delete\" nor \"compact\"");
}

static const struct setting {
    const char *name;
    enum storage_setting bit;
    bool (*read)(struct reading *reading, const char *name, const json_t *value);
} SETTINGS[] = {
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

static const struct setting *find_setting(const char *name) {
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (strcmp(SETTINGS[i].name, name) == 0)
            return &SETTINGS[i];
    return NULL;
}

bool settings_read(const json_t *document, const struct storage *storage, struct storage_settings *settings,
                   unsigned *given, struct reply *reply) {
    struct reading reading = { storage, settings, reply };
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)document, name, value) {
        const struct setting *setting = find_setting(name);
        if (setting == NULL) {
            reply_problem(reply, PROBLEM_UNKNOWN_MEMBER, "there is no setting %s",
                          reply_quote(reply, bytes_text(name)));
            return false;
        }
        if (!setting->read(&reading, name, value))
            return false;
        *given |= setting->bit;
    }
    return true;
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
