/* Media types of bodies. */
#include "api/http/media_type.h"

const char MEDIA_IS_FORM[] =
    "the body looks like a form (name=value), not JSON; send JSON, with Content-Type: application/json";

enum media_kind media_kind_of(struct bytes content_type) {
    static const struct {
        struct bytes type;
        enum media_kind kind;
    } whole[] = {
        { BYTES_LITERAL("application/x-ndjson"), MEDIA_NDJSON },
        { BYTES_LITERAL("application/ndjson"), MEDIA_NDJSON },
        { BYTES_LITERAL("application/jsonl"), MEDIA_NDJSON },
        { BYTES_LITERAL("application/x-jsonlines"), MEDIA_NDJSON },
        { BYTES_LITERAL("application/vnd.tailrace.events+json"), MEDIA_ENVELOPES },
    };
    struct bytes type = bytes_trim(bytes_cut(&content_type, ';'));
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (bytes_equal_fold(type, whole[i].type))
            return whole[i].kind;
    if (bytes_begin_fold(type, BYTES_LITERAL("multipart/")))
        return MEDIA_MULTIPART;
    return bytes_begin_fold(type, BYTES_LITERAL("application/cloudevents")) ? MEDIA_CLOUD_EVENTS : MEDIA_JSON;
}

/* The bytes of field names: letters, digits, what a form leaves unescaped (URL Standard 1.3), the escapes themselves, and
 * the brackets and dots of frameworks. */
static bool is_field_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("*-._+%[]$", byte) != NULL);
}

bool media_looks_like_form(struct bytes text) {
    size_t size = 0;
    while (size < text.size && is_field_byte(text.data[size]))
        size++;
    return size > 0 && size < text.size && text.data[size] == '=';
}
