/* Headers as readers of a request see them: without the white space around a value, and lists as one. */
#include "api/exchange.h"

/* The lines of one header. */
struct gathering {
    struct bytes name;
    struct arena *arena;
    struct bytes list; /* what they say together; none before the first */
    bool failed;
};

/* 1.0 takes white space from the end of a value, 0.9 keeps it (RFC 9112 5.1: it is not part of the value). */
struct bytes request_header(const struct request *request, const char *name) {
    const struct exchange *exchange = request->server_side;
    return bytes_trim(bytes_text(MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name)));
}

static struct bytes join(struct arena *arena, struct bytes list, struct bytes more) {
    char *text = arena_alloc(arena, list.size + 1 + more.size);
    if (text == NULL)
        return BYTES_NONE;
    memcpy(text, list.data, list.size);
    text[list.size] = ',';
    memcpy(text + list.size + 1, more.data, more.size);
    return (struct bytes){ text, list.size + 1 + more.size };
}

static enum MHD_Result gather(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    struct gathering *gathering = context;
    struct bytes more = bytes_trim(bytes_text(value));
    (void)kind;
    if (!bytes_equal_fold(bytes_text(name), gathering->name) || !bytes_present(more))
        return MHD_YES;
    if (gathering->list.size == 0) {
        gathering->list = more;
    } else if (more.size > 0) {
        gathering->list = join(gathering->arena, gathering->list, more);
        gathering->failed = !bytes_present(gathering->list);
    }
    return gathering->failed ? MHD_NO : MHD_YES;
}

enum status request_header_list(struct request *request, const char *name, struct bytes *ret_list) {
    struct exchange *exchange = request->server_side;
    struct gathering gathering = { .name = bytes_text(name), .arena = &request->arena };
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, gather, &gathering);
    if (gathering.failed)
        return STATUS_NO_MEMORY;
    *ret_list = gathering.list;
    return STATUS_OK;
}
