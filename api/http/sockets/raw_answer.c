/* Answers without a request. */
#include "api/http/sockets/raw_answer.h"

#include "api/http/reconnect.h"
#include "api/http/request_id.h"

#include <sys/socket.h>

static const char *reason_of(unsigned http_status) {
    switch (http_status) {
    case 400: return "Bad Request";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Error";
    }
}

static void write_callers_headers(struct buffer *answer, const struct callers *callers,
                                  const struct raw_request *request) {
    struct callers_header headers[CALLERS_HEADERS_MAX];
    size_t count = callers_headers(callers, request->origin, request->request_headers, CALLERS_METHODS, headers);
    for (size_t i = 0; i < count; i++)
        buffer_printf(answer, "%s: %.*s\r\n", headers[i].name, (int)headers[i].value.size, headers[i].value.data);
}

/* The socket is shut down behind it. */
static void write_answer(int fd, const struct buffer *answer) {
    if (!answer->failed)
        (void)send(fd, answer->data, answer->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_RDWR);
}

void raw_answer(int fd, const struct callers *callers, const struct raw_request *request, enum problem_code code,
                const char *detail) {
    const struct problem_kind *kind = problem_kind(code);
    autobuffer struct buffer body = { 0 };
    autobuffer struct buffer answer = { 0 };
    char id[REQUEST_ID_MADE_BYTES + 1];
    request_id_make(id);

    problem_write(&body, code, detail, request->reads ? PROBLEM_NO_WRITE : PROBLEM_WRITTEN_NOT, BYTES_NONE);
    buffer_printf(&answer,
                  "HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
                  "Cache-Control: no-store\r\nRequest-Id: %s\r\n%s",
                  kind->http_status, reason_of(kind->http_status), body.size, id,
                  kind->retryable ? "Retry-After: 1\r\n" : "");
    write_callers_headers(&answer, callers, request);
    buffer_append_text(&answer, "Connection: close\r\n\r\n");
    if (!request->head)
        buffer_append_bytes(&answer, buffer_bytes(&body));

    answer.failed = answer.failed || body.failed;
    write_answer(fd, &answer);
}

void raw_reconnect(int fd, const struct callers *callers, const struct raw_request *request, const char *why) {
    autobuffer struct buffer answer = { 0 };
    char id[REQUEST_ID_MADE_BYTES + 1];
    request_id_make(id);
    buffer_printf(&answer,
                  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nRequest-Id: %s\r\n",
                  id);
    write_callers_headers(&answer, callers, request);
    buffer_append_text(&answer, "Connection: close\r\n\r\n");
    reconnect_append(&answer, why);
    write_answer(fd, &answer);
}
