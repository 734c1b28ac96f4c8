/* Origins and hosts. */
#include "api/http/guard/callers.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <strings.h>

enum verdict { REFUSED, ALLOWED_BY_WILDCARD, ALLOWED_BY_NAME };

bool callers_add_origin(struct callers *callers, const char *text, char *ret_why, size_t why_bytes) {
    assert(callers->origin_count < CALLERS_NAMES_MAX);
    if (bytes_equal(bytes_trim(bytes_text(text)), BYTES_LITERAL("*"))) {
        callers->any_origin = true;
        return true;
    }
    if (!origin_parse(bytes_text(text), callers->origins[callers->origin_count], ret_why, why_bytes))
        return false;
    callers->origin_count++;
    return true;
}

bool callers_add_host(struct callers *callers, const char *text, char *ret_why, size_t why_bytes) {
    assert(callers->host_count < CALLERS_NAMES_MAX);
    if (!origin_parse_host(bytes_text(text), callers->hosts[callers->host_count], ret_why, why_bytes))
        return false;
    callers->host_count++;
    return true;
}

/* "name:8080" without its port; "[::1]:8080" gives "[::1]". A text of another form stays as it is, and matches
 * nothing. */
static struct bytes without_port(struct bytes host) {
    const char *colon = memrchr(host.data, ':', host.size);
    const char *bracket = memrchr(host.data, ']', host.size);
    if (colon == NULL || (bracket != NULL && bracket > colon))
        return host;
    for (const char *digit = colon + 1; digit < host.data + host.size; digit++)
        if (*digit < '0' || *digit > '9')
            return host;
    return (struct bytes){ host.data, (size_t)(colon - host.data) };
}

static bool is_named(const struct callers *callers, struct bytes name) {
    for (size_t i = 0; i < callers->host_count; i++)
        if (bytes_equal_fold_text(name, callers->hosts[i]))
            return true;
    return false;
}

/* The host of "http://host:port" or "https://host:port"; none for any other origin. */
static struct bytes web_host(struct bytes origin) {
    static const struct bytes schemes[] = { BYTES_LITERAL("http://"), BYTES_LITERAL("https://") };
    for (size_t i = 0; i < 2; i++) {
        size_t size = schemes[i].size;
        if (origin.size > size && strncasecmp(origin.data, schemes[i].data, size) == 0)
            return without_port((struct bytes){ origin.data + size, origin.size - size });
    }
    return BYTES_NONE;
}

/* The answer repeats it, also where nothing has checked its bytes. */
static bool is_visible(struct bytes text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '!' || text.data[i] > '~')
            return false;
    return text.size > 0;
}

static enum verdict check_origin(const struct callers *callers, struct bytes origin) {
    struct bytes host = web_host(origin);
    if (bytes_present(host) && (bytes_equal_fold_text(host, "localhost") || bytes_equal_fold_text(host, "127.0.0.1") ||
                                bytes_equal_fold_text(host, "[::1]") || is_named(callers, host)))
        return ALLOWED_BY_NAME;
    for (size_t i = 0; i < callers->origin_count; i++)
        if (bytes_equal_fold_text(origin, callers->origins[i]))
            return ALLOWED_BY_NAME;
    return callers->any_origin && is_visible(origin) ? ALLOWED_BY_WILDCARD : REFUSED;
}

bool callers_origin_allowed(const struct callers *callers, struct bytes origin) {
    return check_origin(callers, origin) != REFUSED;
}

static bool is_address(struct bytes name) {
    char text[HOST_NAME_BYTES];
    unsigned char address[sizeof(struct in6_addr)];
    if (name.size >= sizeof text)
        return false;

    bool bracketed = name.size >= 2 && name.data[0] == '[' && name.data[name.size - 1] == ']';
    size_t skip = bracketed ? 1 : 0;
    memcpy(text, name.data + skip, name.size - 2 * skip);
    text[name.size - 2 * skip] = '\0';
    return inet_pton(bracketed ? AF_INET6 : AF_INET, text, address) == 1;
}

/* RFC 6761 6.3: the name and all below it are this machine; a browser asks no name server for them. */
static bool is_localhost(struct bytes name) {
    static const struct bytes parent = BYTES_LITERAL(".localhost");
    if (name.size > 0 && name.data[name.size - 1] == '.')
        name.size--;
    if (name.size <= parent.size)
        return bytes_equal_fold_text(name, "localhost");
    return strncasecmp(name.data + name.size - parent.size, parent.data, parent.size) == 0;
}

bool callers_host_allowed(const struct callers *callers, struct bytes host) {
    struct bytes name = without_port(host);
    return is_localhost(name) || is_address(name) || is_named(callers, name);
}

size_t callers_headers(const struct callers *callers, struct bytes origin, struct bytes request_headers,
                       const char *methods, struct callers_header ret_headers[CALLERS_HEADERS_MAX]) {
    enum verdict verdict = bytes_present(origin) ? check_origin(callers, origin) : REFUSED;
    size_t count = 0;
    ret_headers[count++] = (struct callers_header){ "Vary", BYTES_LITERAL("Origin") };
    if (verdict == REFUSED)
        return count;

    ret_headers[count++] = (struct callers_header){ "Access-Control-Allow-Origin", origin };
    if (verdict == ALLOWED_BY_NAME)
        ret_headers[count++] = (struct callers_header){ "Access-Control-Allow-Credentials", BYTES_LITERAL("true") };
    ret_headers[count++] = (struct callers_header){ "Access-Control-Expose-Headers",
                                                    BYTES_LITERAL("Next-Cursor, Link, Retry-After, Request-Id") };
    ret_headers[count++] = (struct callers_header){ "Access-Control-Allow-Methods", bytes_text(methods) };
    ret_headers[count++] = (struct callers_header){ "Access-Control-Max-Age", BYTES_LITERAL("86400") };
    if (bytes_present(request_headers))
        ret_headers[count++] = (struct callers_header){ "Access-Control-Allow-Headers", request_headers };
    return count;
}
