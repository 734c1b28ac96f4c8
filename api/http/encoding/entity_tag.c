/* Entity tags. */
#include "api/http/encoding/entity_tag.h"

const char *entity_tag_of_coding(struct arena *arena, const char *tag, enum coding coding) {
    if (coding == CODING_NONE)
        return tag;
    return arena_printf(arena, "%.*s-%s\"", (int)(strlen(tag) - 1), tag, coding_name(coding));
}

/* The next tag of a list, quotes included, without its W/; a comma may stand between the quotes. */
static struct bytes cut_tag(struct bytes *rest) {
    while (rest->size > 0 && strchr(" \t,", rest->data[0]) != NULL)
        *rest = (struct bytes){ rest->data + 1, rest->size - 1 };
    if (rest->size > 2 && memcmp(rest->data, "W/\"", 3) == 0)
        *rest = (struct bytes){ rest->data + 2, rest->size - 2 };
    const char *end = rest->size > 1 && rest->data[0] == '"' ? memchr(rest->data + 1, '"', rest->size - 1) : NULL;
    if (end == NULL)
        return bytes_trim(bytes_cut(rest, ','));
    struct bytes tag = { rest->data, (size_t)(end - rest->data) + 1 };
    *rest = (struct bytes){ end + 1, rest->size - tag.size };
    return tag;
}

bool entity_tag_listed(struct bytes line, const char *tag) {
    while (line.size > 0) {
        struct bytes listed = cut_tag(&line);
        if (bytes_equal(listed, bytes_text(tag)) || bytes_equal(listed, BYTES_LITERAL("*")))
            return true;
    }
    return false;
}
