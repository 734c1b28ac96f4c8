/* Answers without a request. */
#include "api/raw_answer.h"

#include "api/request_id.h"

#include <sys/socket.h>

enum { METHOD_BYTES_MAX = 8 }; /* of those that are asked for, with the space behind: OPTIONS */

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

static void answer_and_end(int fd, enum problem_code code, enum problem_written written, const char *detail,
                           bool has_body) {
    const struct problem_kind *kind = problem_kind(code);
    autobuffer struct buffer body = { 0 };
    autobuffer struct buffer answer = { 0 };
    char id[REQUEST_ID_MADE_BYTES + 1];
    request_id_make(id);
    problem_write(&body, code, detail, written, BYTES_NONE);
    buffer_printf(&answer,
                  "HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
                  "Cache-Control: no-store\r\nRequest-Id: %s\r\n%sConnection: close\r\n\r\n",
                  kind->http_status, reason_of(kind->http_status), body.size, id,
                  kind->retryable ? "Retry-After: 1\r\n" : "");
    if (has_body)
        buffer_append_bytes(&answer, buffer_bytes(&body));
    if (!body.failed && !answer.failed)
        (void)send(fd, answer.data, answer.size, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_RDWR);
}

void raw_answer(int fd, enum problem_code code, enum problem_written written, const char *detail) {
    answer_and_end(fd, code, written, detail, true);
}

void raw_answer_unread(int fd, enum problem_code code, const char *detail) {
    char begin[METHOD_BYTES_MAX];
    ssize_t size = recv(fd, begin, sizeof begin, MSG_PEEK | MSG_DONTWAIT);
    struct bytes rest = { begin, size > 0 ? (size_t)size : 0 };
    struct bytes method = bytes_cut(&rest, ' ');
    bool head = bytes_equal(method, BYTES_LITERAL("HEAD"));
    bool read = head || bytes_equal(method, BYTES_LITERAL("GET")) || bytes_equal(method, BYTES_LITERAL("OPTIONS"));
    answer_and_end(fd, code, read ? PROBLEM_NO_WRITE : PROBLEM_WRITTEN_NOT, detail, !head);
}
