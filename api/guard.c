/* The request guard. */
#include "api/guard.h"

#include <strings.h>

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

static bool is_named(const struct guard_header *header, const char *name) {
    return header->name.size == strlen(name) && strncasecmp(header->name.data, name, header->name.size) == 0;
}

/* host[:port] of RFC 3986, without looking closer: what can stand in one. Empty is allowed (RFC 9110 7.2). */
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

const char *guard_check(const struct guard_header *headers, size_t count, bool http_1_0) {
    unsigned hosts = 0;
    unsigned lengths = 0;
    unsigned encodings = 0;
    for (size_t i = 0; i < count; i++) {
        const struct guard_header *header = &headers[i];
        if (!is_token(header->name))
            return "a header's name is not a token";
        if (has_control_byte(header->value))
            return "a header's value holds a control byte";
        if (is_named(header, "Host")) {
            hosts++;
            if (!is_host(header->value))
                return "Host is not a host and a port";
        }
        if (is_named(header, "Content-Length")) {
            lengths++;
            if (!is_digits(header->value))
                return "Content-Length is not a number";
        }
        if (is_named(header, "Transfer-Encoding")) {
            encodings++;
            if (header->value.size != 7 || strncasecmp(header->value.data, "chunked", 7) != 0)
                return "Transfer-Encoding is not exactly chunked";
        }
    }
    if (hosts > 1)
        return "there is more than one Host";
    if (hosts == 0 && !http_1_0)
        return "there is no Host";
    if (lengths > 1)
        return "there is more than one Content-Length";
    if (encodings > 1)
        return "there is more than one Transfer-Encoding";
    if (encodings > 0 && (lengths > 0 || http_1_0))
        return lengths > 0 ? "there are both Content-Length and Transfer-Encoding"
                           : "HTTP/1.0 has no Transfer-Encoding";
    return NULL;
}

/* The next line without its end. A lone LF could end a line (RFC 9112 2.2 allows it), but who forwards it might not
 * think so: `ret_crlf` says whether both were there. */
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
        return "a header holds a NUL byte or a lone CR";
    if (line.data[0] == ' ' || line.data[0] == '\t')
        return "a header is folded over two lines";
    struct bytes value = line;
    struct bytes name = bytes_cut(&value, ':');
    if (name.size == line.size)
        return "a header has no colon";
    /* Space behind a value stays: libmicrohttpd 0.9 keeps it, and then stumbles over a number. */
    const char *end = value.data + value.size;
    value = bytes_trim(value);
    *ret_header = (struct guard_header){ name, { value.data, (size_t)(end - value.data) } };
    return NULL;
}

const char *guard_check_line(struct bytes method, struct bytes target, struct bytes version) {
    if (!is_token(method) || target.size == 0 || has_control_byte(target) ||
        memchr(target.data, ' ', target.size) != NULL || memchr(target.data, '\t', target.size) != NULL)
        return "the request line is not method, target and version";
    if (!bytes_equal(version, BYTES_LITERAL("HTTP/1.0")) && !bytes_equal(version, BYTES_LITERAL("HTTP/1.1")))
        return "this server speaks HTTP/1.1 and HTTP/1.0";
    return NULL;
}

static const char *check_request_line(struct bytes line, bool *ret_http_1_0) {
    struct bytes version = line;
    struct bytes method = bytes_cut(&version, ' ');
    struct bytes target = bytes_cut(&version, ' ');
    *ret_http_1_0 = bytes_equal(version, BYTES_LITERAL("HTTP/1.0"));
    return guard_check_line(method, target, version);
}

const char *guard_check_section(struct bytes section) {
    struct guard_header headers[GUARD_HEADERS_MAX];
    size_t count = 0;
    bool http_1_0 = false;
    bool crlf;
    struct bytes line = cut_line(&section, &crlf);
    while (line.size == 0 && crlf)
        line = cut_line(&section, &crlf); /* RFC 9112 2.2: empty lines before a request are skipped */
    const char *fault = check_request_line(line, &http_1_0);
    while (fault == NULL && crlf) {
        line = cut_line(&section, &crlf);
        if (line.size == 0)
            break;
        if (count == GUARD_HEADERS_MAX)
            return "there are more than 128 headers";
        fault = parse_line(line, &headers[count++]);
    }
    if (fault == NULL && !crlf)
        fault = "a line does not end with CR LF";
    return fault != NULL ? fault : guard_check(headers, count, http_1_0);
}
