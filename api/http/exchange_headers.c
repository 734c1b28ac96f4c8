/* The headers of a request: values without the white space around them, and the lines of a list as one. */
#include "api/http/exchange.h"

/* The lines of one header: counted first, then written one behind the other. */
struct gathering {
    struct bytes name;
    struct bytes first; /* the first that is not empty, or an empty one; none: there is no such header */
    size_t count;       /* of those that are not empty */
    size_t size;        /* of them, with a comma behind each */
    char *text;         /* where they go; NULL while they are counted */
};

/* 1.0 takes white space from the end of a value, 0.9 keeps it (RFC 9112 5.1: it is not part of the value). */
struct bytes request_header(const struct request *request, const char *name) {
    const struct exchange *exchange = request->server_side;
    return bytes_trim(bytes_text(MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name)));
}

void exchange_read_headers(struct exchange *exchange) {
    const struct request *request = &exchange->request;
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
}

static enum MHD_Result gather(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    struct gathering *gathering = context;
    struct bytes line = bytes_trim(bytes_text(value));
    (void)kind;
    if (!bytes_equal_fold(bytes_text(name), gathering->name) || !bytes_present(line))
        return MHD_YES;
    if (gathering->first.size == 0)
        gathering->first = line;
    if (line.size == 0)
        return MHD_YES;
    if (gathering->text != NULL) {
        memcpy(gathering->text + gathering->size, line.data, line.size);
        gathering->text[gathering->size + line.size] = ',';
    }
    gathering->count++;
    gathering->size += line.size + 1;
    return MHD_YES;
}

enum status request_header_list(struct request *request, const char *name, struct bytes *ret_list) {
    struct exchange *exchange = request->server_side;
    struct gathering gathering = { .name = bytes_text(name) };
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, gather, &gathering);
    if (gathering.count <= 1) {
        *ret_list = gathering.first;
        return STATUS_OK;
    }

    gathering.text = arena_alloc(&request->arena, gathering.size);
    if (gathering.text == NULL)
        return STATUS_NO_MEMORY;
    gathering.size = 0;
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, gather, &gathering);
    *ret_list = (struct bytes){ gathering.text, gathering.size - 1 };
    return STATUS_OK;
}
