/* Reads the bytes of a request before anything else has parsed it. */
#include "api/http/sockets/raw_request.h"

/* The value, if an answer may repeat it: nothing has checked these bytes. */
static struct bytes visible(struct bytes value) {
    value = bytes_trim(value);
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < ' ' || value.data[i] > '~')
            return BYTES_NONE;
    return value.size > 0 ? value : BYTES_NONE;
}

static struct bytes without_cr(struct bytes line) {
    bool cr = line.size > 0 && line.data[line.size - 1] == '\r';
    return (struct bytes){ line.data, line.size - (cr ? 1 : 0) };
}

static void read_method(struct raw_request *request, struct bytes line) {
    struct bytes method = bytes_cut(&line, ' ');
    if (line.size == 0)
        return; /* without a space behind, it may be incomplete */
    request->head = bytes_equal(method, BYTES_LITERAL("HEAD"));
    request->gets = bytes_equal(method, BYTES_LITERAL("GET"));
    request->reads = request->head || request->gets || bytes_equal(method, BYTES_LITERAL("OPTIONS"));

    struct bytes target = bytes_cut(&line, ' ');
    struct bytes path = bytes_cut(&target, '?');
    request->probes = (request->gets || request->head) &&
                      (bytes_equal(path, BYTES_LITERAL("/livez")) || bytes_equal(path, BYTES_LITERAL("/readyz")) ||
                       bytes_equal(path, BYTES_LITERAL("/metrics")));
}

/* Whether an Accept header has this media type; parameters and wildcards of it are not looked at. */
static bool accepts(struct bytes value, struct bytes type) {
    while (value.size > 0)
        if (bytes_begin_fold(bytes_trim(bytes_cut(&value, ',')), type))
            return true;
    return false;
}

static void read_line(struct raw_request *request, struct bytes line) {
    line = without_cr(line);
    if (line.size == 0) {
        request->ended = request->begun; /* empty lines in front of a request end nothing */
        return;
    }
    if (!request->begun) {
        request->begun = true;
        read_method(request, line);
        return;
    }

    struct bytes value = line;
    struct bytes name = bytes_cut(&value, ':');
    if (bytes_equal_fold_text(name, "Origin") && !bytes_present(request->origin))
        request->origin = visible(value);
    else if (bytes_equal_fold_text(name, "Access-Control-Request-Headers"))
        request->request_headers = visible(value);
    else if (bytes_equal_fold_text(name, "Accept") && request->gets)
        request->streams = request->streams || accepts(value, BYTES_LITERAL("text/event-stream"));
}

size_t raw_request_read(struct raw_request *request, struct bytes seen) {
    struct bytes rest = seen;
    request->origin = BYTES_NONE; /* the bytes of the call before are gone */
    request->request_headers = BYTES_NONE;

    while (!request->ended && memchr(rest.data, '\n', rest.size) != NULL) {
        struct bytes line = bytes_cut(&rest, '\n');
        if (!request->in_long_line)
            read_line(request, line);
        request->in_long_line = false;
    }

    if (!request->begun && rest.size > 0)
        read_method(request, without_cr(rest));
    request->begun = request->begun || rest.size > RAW_REQUEST_LINE_BYTES_MAX;
    request->in_long_line = request->in_long_line || rest.size > RAW_REQUEST_LINE_BYTES_MAX;
    return request->in_long_line && !request->ended ? seen.size : seen.size - rest.size;
}
