/* Origins and host names. */
#include "api/http/guard/origin.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { SCHEME_BYTES_MAX = 32, PORT_MAX = 65535 };

static const char A_LIST[] = "this is a list: repeat the flag, once for each name";

/* scheme "://" [user "@"] host [":" port] rest */
struct parts {
    struct bytes scheme;
    struct bytes user; /* none: there is no `@` */
    struct bytes host;
    struct bytes port; /* none, or what follows the colon */
    struct bytes rest; /* path, query and fragment */
};

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static char lower(char byte) {
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte - 'A' + 'a');
    return byte;
}

static bool is_letter(char byte) { return lower(byte) >= 'a' && lower(byte) <= 'z'; }

static bool is_web(struct bytes scheme) {
    return bytes_equal_fold_text(scheme, "http") || bytes_equal_fold_text(scheme, "https");
}

/* RFC 3986 3.1. */
static bool is_scheme(struct bytes text) {
    if (text.size == 0 || text.size > SCHEME_BYTES_MAX || !is_letter(text.data[0]))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_letter(text.data[i]) && !is_digit(text.data[i]) && strchr("+-.", text.data[i]) == NULL)
            return false;
    return true;
}

/* Cuts "host:port" or "[v6]:port". */
static void split_host(struct bytes text, struct bytes *ret_host, struct bytes *ret_port) {
    const char *bracket = memrchr(text.data, ']', text.size);
    const char *colon = memrchr(text.data, ':', text.size);
    *ret_port = BYTES_NONE;
    if (colon != NULL && (bracket == NULL || colon > bracket)) {
        *ret_port = (struct bytes){ colon + 1, (size_t)(text.data + text.size - colon - 1) };
        text.size = (size_t)(colon - text.data);
    }
    *ret_host = text;
}

static bool split(struct bytes text, struct parts *ret_parts) {
    const char *colon = memmem(text.data, text.size, "://", 3);
    if (colon == NULL)
        return false;
    struct parts parts = { .scheme = { text.data, (size_t)(colon - text.data) }, .user = BYTES_NONE };

    struct bytes authority = { colon + 3, text.size - parts.scheme.size - 3 };
    size_t size = 0;
    while (size < authority.size && strchr("/?#\\", authority.data[size]) == NULL)
        size++;
    parts.rest = (struct bytes){ authority.data + size, authority.size - size };
    authority.size = size;

    const char *at = memrchr(authority.data, '@', authority.size);
    if (at != NULL) {
        parts.user = (struct bytes){ authority.data, (size_t)(at - authority.data) };
        authority = (struct bytes){ at + 1, authority.size - parts.user.size - 1 };
    }
    split_host(authority, &parts.host, &parts.port);
    *ret_parts = parts;
    return true;
}

/* The URL standard writes all of an address in hexadecimal; inet_ntop may end it with the form of IPv4. */
static void write_v6(const struct in6_addr *address, char ret_host[HOST_NAME_BYTES]) {
    char text[INET6_ADDRSTRLEN];
    const uint8_t *bytes = address->s6_addr;
    inet_ntop(AF_INET6, address, text, sizeof text);
    char *last = strrchr(text, ':');
    if (strchr(text, '.') != NULL && last != NULL)
        snprintf(ret_host, HOST_NAME_BYTES, "[%.*s:%x:%x]", (int)(last - text), text, bytes[12] << 8 | bytes[13],
                 bytes[14] << 8 | bytes[15]);
    else
        snprintf(ret_host, HOST_NAME_BYTES, "[%s]", text);
}

/* A name whose last label is a number is an address to a browser, which writes it as four numbers. */
static bool ends_with_number(const char *host) {
    const char *dot = strrchr(host, '.');
    const char *label = dot != NULL ? dot + 1 : host;
    return label[0] != '\0' && strspn(label, "0123456789") == strlen(label);
}

/* NULL: *ret_host is as a browser writes it. Else says what is wrong (static). */
static const char *parse_host(struct bytes text, bool web, char ret_host[HOST_NAME_BYTES]) {
    unsigned char address[sizeof(struct in6_addr)];
    if (text.size == 0)
        return "the host is missing";
    if (text.size >= HOST_NAME_BYTES)
        return "the host is longer than 255 bytes";

    memset(ret_host, 0, HOST_NAME_BYTES);
    for (size_t i = 0; i < text.size; i++)
        ret_host[i] = lower(text.data[i]);
    if (text.data[0] == '[') {
        char inside[HOST_NAME_BYTES];
        snprintf(inside, sizeof inside, "%.*s", (int)text.size - 2, ret_host + 1);
        if (ret_host[text.size - 1] != ']' || inet_pton(AF_INET6, inside, address) != 1)
            return "an IPv6 host must be an address in brackets, for example [::1]";
        struct in6_addr v6;
        memcpy(&v6, address, sizeof v6);
        write_v6(&v6, ret_host);
        return NULL;
    }

    if (strchr(ret_host, '*') != NULL)
        return "a host name cannot contain *: give each name separately";
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if ((unsigned char)byte > 0x7e)
            return "browsers send this name in its ASCII form: write the one that starts with xn--";
        if (web ? !is_letter(byte) && !is_digit(byte) && strchr("-._", byte) == NULL
                : byte <= ' ' || strchr("\"<>[]\\^`{|}:", byte) != NULL)
            return "the host contains a character that is not allowed in a host name";
    }
    if (text.data[0] == '.' || strstr(ret_host, "..") != NULL)
        return "the host contains an empty label";
    if (web && ends_with_number(ret_host) && inet_pton(AF_INET, ret_host, address) != 1)
        return "an IPv4 address must be four decimal numbers, as browsers send it";
    return NULL;
}

/* NULL: the port is valid; *ret_port is 0 where it is the default of the scheme, or absent. */
static const char *parse_port(const struct parts *parts, unsigned *ret_port) {
    unsigned port = 0;
    for (size_t i = 0; i < parts->port.size; i++) {
        if (!is_digit(parts->port.data[i]) || port > PORT_MAX)
            return "the port must be a number from 1 to 65535";
        port = port * 10 + (unsigned)(parts->port.data[i] - '0');
    }
    if (port > PORT_MAX || (port == 0 && parts->port.size > 0))
        return "the port must be a number from 1 to 65535";
    bool is_default = (bytes_equal_fold_text(parts->scheme, "http") && port == 80) ||
                      (bytes_equal_fold_text(parts->scheme, "https") && port == 443);
    *ret_port = is_default ? 0 : port;
    return NULL;
}

/* Scheme, host and port as a browser writes them. NULL: valid. Else says what is wrong (static). */
static const char *assemble(const struct parts *parts, char ret_origin[ORIGIN_BYTES]) {
    char host[HOST_NAME_BYTES];
    char scheme[SCHEME_BYTES_MAX + 1] = "";
    unsigned port;
    if (!is_scheme(parts->scheme))
        return "the text before :// is not a valid scheme";
    for (size_t i = 0; i < parts->scheme.size; i++)
        scheme[i] = lower(parts->scheme.data[i]);
    const char *fault = parse_host(parts->host, is_web(parts->scheme), host);
    if (fault == NULL)
        fault = parse_port(parts, &port);
    if (fault != NULL)
        return fault;
    if (port > 0)
        snprintf(ret_origin, ORIGIN_BYTES, "%s://%s:%u", scheme, host, port);
    else
        snprintf(ret_origin, ORIGIN_BYTES, "%s://%s", scheme, host);
    return NULL;
}

static bool refuse(const char *fault, const char *instead, char *ret_why, size_t why_bytes) {
    if (instead != NULL)
        snprintf(ret_why, why_bytes, "%s; write %s", fault, instead);
    else
        snprintf(ret_why, why_bytes, "%s", fault);
    return false;
}

/* "shop.example/cart" has no scheme: most likely https is meant. */
static bool refuse_without_scheme(struct bytes text, char *ret_why, size_t why_bytes) {
    char guess[ORIGIN_BYTES];
    char instead[ORIGIN_BYTES];
    struct parts parts;
    while (text.size > 0 && text.data[0] == '/')
        text = (struct bytes){ text.data + 1, text.size - 1 };

    int size = snprintf(guess, sizeof guess, "https://%.*s", (int)text.size, text.data);
    bool good = size > 0 && (size_t)size < sizeof guess && split(bytes_text(guess), &parts) &&
                !(bytes_present(parts.port) && parts.port.size == 0) && assemble(&parts, instead) == NULL;
    return refuse("the scheme is missing", good ? instead : "SCHEME://HOST, for example https://shop.example", ret_why,
                  why_bytes);
}

/* Finds what a URL has beyond an origin. NULL: nothing. */
static const char *check_surplus(const struct parts *parts) {
    if (bytes_present(parts->user))
        return "an origin contains no user name";
    if (parts->rest.size == 0 || bytes_equal(parts->rest, BYTES_LITERAL("/")))
        return NULL;
    switch (parts->rest.data[0]) {
    case '?': return "an origin contains no query";
    case '#': return "an origin contains no fragment";
    default: return "an origin contains no path";
    }
}

bool origin_parse(struct bytes text, char ret_origin[ORIGIN_BYTES], char *ret_why, size_t why_bytes) {
    struct parts parts;
    char origin[ORIGIN_BYTES];
    text = bytes_trim(text);
    if (text.size == 0)
        return refuse("the value is empty", "SCHEME://HOST, for example https://shop.example", ret_why, why_bytes);
    if (bytes_equal_fold_text(text, "null"))
        return refuse(
            "any site can send this origin from a sandboxed frame: serve the page over HTTP and name its origin, "
            "or allow all origins with *",
            NULL, ret_why, why_bytes);
    if (memchr(text.data, ',', text.size) != NULL)
        return refuse(A_LIST, NULL, ret_why, why_bytes);

    if (!split(text, &parts))
        return refuse_without_scheme(text, ret_why, why_bytes);
    if (bytes_equal_fold_text(parts.scheme, "file"))
        return refuse("a page opened from a file sends the origin null: serve it over HTTP and name its origin", NULL,
                      ret_why, why_bytes);
    bool socket = bytes_equal_fold_text(parts.scheme, "ws") || bytes_equal_fold_text(parts.scheme, "wss");
    if (socket)
        parts.scheme = parts.scheme.size == 2 ? BYTES_LITERAL("http") : BYTES_LITERAL("https");

    const char *fault = assemble(&parts, origin);
    if (fault != NULL)
        return refuse(fault, NULL, ret_why, why_bytes);
    const char *surplus = socket ? "an origin has the scheme of the page, also for a WebSocket" : check_surplus(&parts);
    if (surplus != NULL)
        return refuse(surplus, origin, ret_why, why_bytes);
    memcpy(ret_origin, origin, sizeof origin);
    return true;
}

bool origin_parse_host(struct bytes text, char ret_host[HOST_NAME_BYTES], char *ret_why, size_t why_bytes) {
    char host[HOST_NAME_BYTES];
    struct in6_addr v6;
    struct parts parts = { .user = BYTES_NONE, .rest = BYTES_NONE };
    text = bytes_trim(text);
    if (memchr(text.data, ',', text.size) != NULL)
        return refuse(A_LIST, NULL, ret_why, why_bytes);

    bool surplus = split(text, &parts);
    if (!surplus && text.size < sizeof host) {
        snprintf(host, sizeof host, "%.*s", (int)text.size, text.data);
        if (inet_pton(AF_INET6, host, &v6) == 1) {
            write_v6(&v6, host);
            return refuse("an IPv6 address must be in brackets", host, ret_why, why_bytes);
        }
    }
    if (!surplus) {
        split_host(text, &parts.host, &parts.port);
        surplus = bytes_present(parts.port);
    }

    const char *fault = parse_host(parts.host, true, host);
    if (fault != NULL)
        return refuse(fault, NULL, ret_why, why_bytes);
    if (surplus)
        return refuse("a host name contains no scheme, port or path", host, ret_why, why_bytes);
    memcpy(ret_host, host, sizeof host);
    return true;
}
