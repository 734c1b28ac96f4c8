/* The headers of an exchange, read from libmicrohttpd once. */
#include "api/http/exchange.h"

struct reading {
    struct guard_header *headers;
    size_t capacity;
    size_t count;
};

static enum MHD_Result take(void *context, enum MHD_ValueKind kind, const char *name, size_t name_bytes,
                            const char *value, size_t value_bytes) {
    struct reading *reading = context;
    (void)kind;
    if (reading->count == reading->capacity)
        return MHD_NO;
    reading->headers[reading->count++] = (struct guard_header){ { name, name_bytes }, { value, value_bytes } };
    return MHD_YES;
}

static bool read_all(struct exchange *exchange) {
    struct request *request = &exchange->request;
    int count = MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, NULL, NULL);
    struct reading reading = { .capacity = count > 0 ? (size_t)count : 0 };
    reading.headers = arena_array(&request->arena, reading.capacity + 1, sizeof *reading.headers);
    if (reading.headers == NULL)
        return false;

    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, take, &reading);
    request->headers = reading.headers;
    request->header_count = reading.count;
    return true;
}

/* Of several headers of a name the first counts, as for request_header. */
static void find_own(const struct request *request, struct exchange_headers *headers) {
    const struct {
        struct bytes name;
        struct bytes *value;
    } own[] = {
        { BYTES_LITERAL("Host"), &headers->host },
        { BYTES_LITERAL("Origin"), &headers->origin },
        { BYTES_LITERAL("Access-Control-Request-Headers"), &headers->requested_headers },
        { BYTES_LITERAL("Request-Id"), &headers->request_id },
        { BYTES_LITERAL("Expect"), &headers->expect },
        { BYTES_LITERAL("Transfer-Encoding"), &headers->transfer_encoding },
        { BYTES_LITERAL("Content-Encoding"), &headers->content_encoding },
        { BYTES_LITERAL("Content-Length"), &headers->content_length },
    };
    for (size_t i = 0; i < request->header_count; i++)
        for (size_t j = 0; j < sizeof own / sizeof own[0]; j++)
            if (!bytes_present(*own[j].value) && bytes_equal_fold(request->headers[i].name, own[j].name))
                *own[j].value = bytes_trim(request->headers[i].value);
}

bool exchange_read_headers(struct exchange *exchange) {
    struct exchange_headers *headers = &exchange->headers;
    if (!read_all(exchange))
        return false;

    find_own(&exchange->request, headers);
    if (bytes_present(headers->content_length) &&
        !parse_number(headers->content_length, UINT64_MAX, &headers->declared_bytes))
        headers->declared_bytes = UINT64_MAX;
    return true;
}
