/* Names and settings of topics. */
#include "gateway/settings.h"

#include "gateway/limits.h"

static bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '_' || byte == '-';
}

bool name_prefix_check(struct bytes prefix) {
    if (prefix.size > STORAGE_TOPIC_NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < prefix.size; i++)
        if (!is_name_byte(prefix.data[i]))
            return false;
    return true;
}

enum name_fault name_check(struct bytes name) {
    if (name.size == 0 || !name_prefix_check(name))
        return NAME_INVALID;
    if (bytes_equal(name, BYTES_LITERAL(".")) || bytes_equal(name, BYTES_LITERAL("..")))
        return NAME_INVALID;
    return name.size >= 2 && name.data[0] == '_' && name.data[1] == '_' ? NAME_RESERVED : NAME_GOOD;
}

struct storage_settings settings_defaults(const struct storage *storage) {
    return (struct storage_settings){ .partitions = 1,
                                      .max_event_bytes = LIMIT_EVENT_BYTES_DEFAULT,
                                      .ack = storage_strongest_ack(storage->capabilities),
                                      .cleanup_policy = STORAGE_CLEANUP_DELETE,
                                      .dedupe_ms = 0,
                                      .retention_ms = STORAGE_FOR_EVER,
                                      .retention_bytes = STORAGE_FOR_EVER };
}

bool settings_ack_supported(const struct storage *storage, enum storage_ack ack) {
    return storage_can_ack(storage->capabilities, ack);
}

bool settings_ack_parse(struct bytes text, enum storage_ack *ret_ack) {
    for (enum storage_ack ack = STORAGE_ACK_NONE; ack <= STORAGE_ACK_REPLICATED; ack++) {
        if (bytes_equal(text, bytes_text(storage_ack_name(ack)))) {
            *ret_ack = ack;
            return true;
        }
    }
    return false;
}
