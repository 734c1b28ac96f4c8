/* The request guard. */
#include "api/http/guard/guard.h"

/* RFC 9110 5.6.2. */
static bool is_token(struct bytes text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                            (byte >= 'a' && byte <= 'z');
        if (!alphanumeric && (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return text.size > 0;
}

static bool has_control_byte(struct bytes text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return true;
    }
    return false;
}

/* Only characters that can stand in host[:port] of RFC 3986. Empty is allowed (RFC 9110 7.2). */
static bool is_host(struct bytes text) {
    for (size_t i = 0; i < text.size; i++)
        if (!is_token((struct bytes){ text.data + i, 1 }) && strchr(":[]();,=", text.data[i]) == NULL)
            return false;
    return true;
}

static bool is_digits(struct bytes text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size > 0 && text.size <= 19;
}

/* Headers that a request may have once. If two differ, another server may take the other one. */
static const struct {
    const char *name;
    const char *fault;
} SINGLE[] = {
    { "Host", "Host is given more than once" },
    { "Content-Length", "Content-Length is given more than once" },
    { "Transfer-Encoding", "Transfer-Encoding is given more than once" },
    { "Content-Type", "Content-Type is given more than once" },
    { "Content-Encoding", "Content-Encoding is given more than once" },
    { "Origin", "Origin is given more than once" },
    { "Last-Event-ID", "Last-Event-ID is given more than once" },
};
enum { HOST, CONTENT_LENGTH, TRANSFER_ENCODING, SINGLE_COUNT = sizeof SINGLE / sizeof SINGLE[0] };

const char GUARD_UNKNOWN_CODING[] = "only Transfer-Encoding: chunked is supported; send that, or a Content-Length";

/* Only `chunked` alone says where the body ends. Another valid list of codings is answered 501 (RFC 9112 6.1), anything
 * else 400 (6.3: `chunked` stands at the end, once). */
static const char *check_coding(struct bytes list) {
    static const char NOT_CHUNKED[] = "Transfer-Encoding must be chunked";
    static const struct bytes chunked = BYTES_LITERAL("chunked");
    if (bytes_equal_fold(list, chunked))
        return NULL;

    for (bool more = true; more;) {
        more = list.size > 0 && memchr(list.data, ',', list.size) != NULL;
        struct bytes coding = bytes_trim(bytes_cut(&list, ','));
        struct bytes parameters = coding;
        struct bytes name = bytes_trim(bytes_cut(&parameters, ';'));
        bool is_chunked = bytes_equal_fold(name, chunked);
        if (!is_token(name) || (is_chunked && (more || coding.size != name.size)))
            return NOT_CHUNKED;
    }
    return GUARD_UNKNOWN_CODING;
}

static const char *check_value(unsigned which, struct bytes value) {
    if (which == HOST && !is_host(value))
        return "Host must be a host name and an optional port";
    if (which == CONTENT_LENGTH && !is_digits(value))
        return "Content-Length must be a number";
    return which == TRANSFER_ENCODING ? check_coding(value) : NULL;
}

static const char *check_header(const struct guard_header *header, bool seen[SINGLE_COUNT]) {
    struct bytes value = bytes_trim(header->value); /* RFC 9112 5.1: white space around it is not part of it */
    if (!is_token(header->name))
        return "a header name contains a character that is not allowed there";
    if (has_control_byte(value))
        return "a header value contains a control character";
    for (unsigned i = 0; i < SINGLE_COUNT; i++) {
        if (!bytes_equal_fold_text(header->name, SINGLE[i].name))
            continue;
        if (seen[i])
            return SINGLE[i].fault;
        seen[i] = true;
        return check_value(i, value);
    }
    return NULL;
}

const char *guard_check(const struct guard_header *headers, size_t count, bool http_1_0) {
    bool seen[SINGLE_COUNT] = { false };
    const char *unknown_coding = NULL; /* the mildest fault: any other takes precedence */
    for (size_t i = 0; i < count; i++) {
        const char *fault = check_header(&headers[i], seen);
        if (fault != NULL && fault != GUARD_UNKNOWN_CODING)
            return fault;
        if (fault != NULL)
            unknown_coding = fault;
    }

    if (!seen[HOST] && !http_1_0)
        return "the Host header is missing";
    if (seen[TRANSFER_ENCODING] && seen[CONTENT_LENGTH])
        return "Content-Length and Transfer-Encoding cannot be combined";
    if (seen[TRANSFER_ENCODING] && http_1_0)
        return "Transfer-Encoding is not allowed in HTTP/1.0";
    return unknown_coding;
}

enum problem_code guard_problem(const char *fault) {
    return fault == GUARD_UNKNOWN_CODING ? PROBLEM_UNSUPPORTED_TRANSFER_ENCODING : PROBLEM_BAD_HEADERS;
}

/* Cuts the next line, without its end. A lone LF may end a line (RFC 9112 2.2), but a proxy in between might not agree:
 * `ret_crlf` says whether the line ended with both. */
static struct bytes cut_line(struct bytes *section, bool *ret_crlf) {
    size_t before = section->size;
    struct bytes line = bytes_cut(section, '\n');
    bool lf = before - section->size > line.size;
    *ret_crlf = lf && line.size > 0 && line.data[line.size - 1] == '\r';
    if (*ret_crlf)
        line.size--;
    return line;
}

static const char *parse_line(struct bytes line, struct guard_header *ret_header) {
    if (memchr(line.data, '\0', line.size) != NULL || memchr(line.data, '\r', line.size) != NULL)
        return "a header contains a NUL byte, or a CR without LF";
    if (line.data[0] == ' ' || line.data[0] == '\t')
        return "a header continues on a second line; send it in one";
    struct bytes value = line;
    struct bytes name = bytes_cut(&value, ':');
    if (name.size == line.size)
        return "a header line has no colon";
    *ret_header = (struct guard_header){ name, value };
    return NULL;
}

const char *guard_check_line(struct bytes method, struct bytes target, struct bytes version) {
    if (!is_token(method) || target.size == 0 || has_control_byte(target) ||
        memchr(target.data, ' ', target.size) != NULL || memchr(target.data, '\t', target.size) != NULL)
        return "the request line must be a method, a target and a version";
    if (!bytes_equal(version, BYTES_LITERAL("HTTP/1.0")) && !bytes_equal(version, BYTES_LITERAL("HTTP/1.1")))
        return "unsupported protocol version; use HTTP/1.1 or HTTP/1.0";
    return NULL;
}

static const char *check_request_line(struct bytes line, bool *ret_http_1_0) {
    struct bytes version = line;
    struct bytes method = bytes_cut(&version, ' ');
    struct bytes target = bytes_cut(&version, ' ');
    *ret_http_1_0 = bytes_equal(version, BYTES_LITERAL("HTTP/1.0"));
    return guard_check_line(method, target, version);
}

size_t guard_section_bytes(struct bytes seen) {
    bool begun = false; /* empty lines in front of the request line end nothing */
    struct bytes rest = seen;
    while (memchr(rest.data, '\n', rest.size) != NULL) {
        bool crlf;
        bool empty = cut_line(&rest, &crlf).size == 0;
        if (empty && begun)
            return seen.size - rest.size;
        begun = begun || !empty;
    }
    return 0;
}

const char *guard_check_section(struct bytes section) {
    struct guard_header headers[LIMIT_REQUEST_HEADERS];
    size_t count = 0;
    bool http_1_0 = false;
    bool crlf;
    struct bytes line = cut_line(&section, &crlf);
    if (line.size == 0 && crlf)
        line = cut_line(&section, &crlf); /* RFC 9112 2.2 forgives one; libmicrohttpd 1.0 hangs up at a second */
    if (line.size == 0 && crlf)
        return "more than one empty line stands before the request line";

    const char *fault = check_request_line(line, &http_1_0);
    while (fault == NULL && crlf) {
        line = cut_line(&section, &crlf);
        if (line.size == 0)
            break;
        if (count == LIMIT_REQUEST_HEADERS)
            return "a request can have at most " LIMIT_TEXT(LIMIT_REQUEST_HEADERS) " headers";
        fault = parse_line(line, &headers[count++]);
    }
    if (fault == NULL && !crlf)
        fault = "a line of the headers does not end with CR LF";
    return fault != NULL ? fault : guard_check(headers, count, http_1_0);
}
