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

bool exchange_read_headers(struct exchange *exchange) {
    const struct request *request = &exchange->request;
    if (!read_all(exchange))
        return false;

    struct exchange_headers headers = {
        .host = request_header(request, "Host"),
        .origin = request_header(request, "Origin"),
        .requested_headers = request_header(request, "Access-Control-Request-Headers"),
        .request_id = request_header(request, "Request-Id"),
        .expect = request_header(request, "Expect"),
        .transfer_encoding = request_header(request, "Transfer-Encoding"),
        .content_encoding = request_header(request, "Content-Encoding"),
        .content_length = request_header(request, "Content-Length"),
    };
    if (bytes_present(headers.content_length) &&
        !parse_number(headers.content_length, UINT64_MAX, &headers.declared_bytes))
        headers.declared_bytes = UINT64_MAX;
    exchange->headers = headers;
    return true;
}
