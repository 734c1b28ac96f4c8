/* api/raw_request: the same is seen however the bytes come. */
#include "api/http/sockets/raw_request.h"
#include "tests/unit/unit.h"

static const char TEXT[] = "\r\nPOST /topics HTTP/1.1\r\nHost: a\r\norigin:\thttps://a.example \r\n"
                           "Origin: https://b.example\r\n\r\nOrigin: https://c.example\r\n\r\n";

/* All of a text at once. */
static struct raw_request read_text(const char *text) {
    struct raw_request request = { 0 };
    raw_request_read(&request, bytes_text(text));
    return request;
}

START_TEST(at_once) {
    struct raw_request request = read_text(TEXT);
    unit_assert_bytes(request.origin, "https://a.example");
    ck_assert(request.begun && request.ended && !request.reads && !request.head);
    ck_assert(!bytes_present(request.request_headers));
}
END_TEST

/* As the accept thread does: what is not done with comes again, with more behind it. */
START_TEST(in_pieces) {
    for (size_t step = 1; step < sizeof TEXT; step++) {
        struct raw_request request = { 0 };
        size_t begin = 0;
        for (size_t end = step; !bytes_present(request.origin); end += step) {
            end = end < sizeof TEXT - 1 ? end : sizeof TEXT - 1;
            autofree char *exact = unit_exact(TEXT + begin, end - begin);
            size_t used = raw_request_read(&request, (struct bytes){ exact, end - begin });
            ck_assert_uint_le(used, end - begin);
            begin += used;
            if (bytes_present(request.origin))
                unit_assert_bytes(request.origin, "https://a.example");
            else
                ck_assert_msg(!request.ended && end < sizeof TEXT - 1, "steps of %zu pass over it", step);
        }
        ck_assert(request.begun && !request.reads);
    }
}
END_TEST

START_TEST(long_lines_are_passed_over) {
    static char text[3 * RAW_REQUEST_LINE_BYTES_MAX];
    static const char behind[] = "Origin: https://b.example\nOrigin: https://a.example\n";
    struct raw_request request = { 0 };
    memset(text, 'a', sizeof text);
    memcpy(text, "HEAD ", 5);
    ck_assert_uint_eq(raw_request_read(&request, (struct bytes){ text, RAW_REQUEST_LINE_BYTES_MAX }), 0);
    ck_assert_uint_eq(raw_request_read(&request, (struct bytes){ text, sizeof text }), sizeof text);
    ck_assert(request.in_long_line && request.head && request.reads);
    ck_assert_uint_eq(raw_request_read(&request, (struct bytes){ text, 1 }), 1);
    ck_assert_uint_eq(raw_request_read(&request, bytes_text(behind)), sizeof behind - 1);
    unit_assert_bytes(request.origin, "https://a.example"); /* the first was the end of the long line */
}
END_TEST

START_TEST(methods) {
    ck_assert(read_text("GET / HTTP/1.1\r\n").reads && read_text("OPTIONS * HTTP/1.1\r\n").reads);
    ck_assert(read_text("GET /").reads && read_text("HEAD / HTTP/1.0\n").head);
    ck_assert(!read_text("get / HTTP/1.1\r\n").reads && !read_text("GET\r\n\r\n").reads && !read_text("GETS /").reads);
    ck_assert(!read_text("GET \r\n").reads && !read_text("GET \r").reads);
    ck_assert(!read_text("").begun && !read_text("\r\n\r\n").ended);
}
END_TEST

START_TEST(what_may_be_sent_back) {
    struct raw_request request = read_text("GET / HTTP/1.1\nAccess-Control-Request-Headers: a, b \nOrigin: b\x7f\n");
    unit_assert_bytes(request.request_headers, "a, b");
    ck_assert(!bytes_present(request.origin));
    ck_assert(!bytes_present(read_text("GET / HTTP/1.1\nOrigin: a\rb\n").origin));
    ck_assert(!bytes_present(read_text("GET / HTTP/1.1\nOrigin: \xc3\xbc\n").origin));
    ck_assert(!bytes_present(read_text("GET / HTTP/1.1\nOrigin:\n").origin));
    ck_assert(!bytes_present(read_text("GET / HTTP/1.1\nOrigin : a\n").origin));
}
END_TEST

/* What is let in, and told something of its own, when the server is full. */
START_TEST(probes_and_streams) {
    ck_assert(read_text("GET /livez HTTP/1.1\r\n").probes);
    ck_assert(read_text("HEAD /readyz?a=b HTTP/1.1\r\n").probes);
    ck_assert(read_text("GET /metrics HTTP/1.1\r\n").probes);
    ck_assert(!read_text("POST /livez HTTP/1.1\r\n").probes);
    ck_assert(!read_text("GET /livez/more HTTP/1.1\r\n").probes);
    ck_assert(!read_text("GET /topics/livez HTTP/1.1\r\n").probes);
    ck_assert(read_text("GET / HTTP/1.1\r\naccept: text/html, Text/Event-Stream;q=1\r\n").streams);
    ck_assert(read_text("GET / HTTP/1.1\r\nAccept: a/b\r\nAccept: text/event-stream\r\n\r\n").streams);
    ck_assert(!read_text("GET / HTTP/1.1\r\nAccept: */*\r\n\r\n").streams);
    ck_assert(!read_text("HEAD / HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n").streams);
    ck_assert(!read_text("POST / HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n").streams);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        at_once, in_pieces, long_lines_are_passed_over, probes_and_streams, methods, what_may_be_sent_back, NULL
    };
    return unit_run("raw_request", tests);
}
