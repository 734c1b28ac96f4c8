/* Origins and hosts. */
#include "api/callers.h"

#include <arpa/inet.h>
#include <strings.h>

enum { HOST_BYTES_MAX = 255 };

static bool equal_fold(struct bytes text, const char *other) {
    return text.size == strlen(other) && strncasecmp(text.data, other, text.size) == 0;
}

/* "name:8080" without its port; "[::1]:8080" gives "[::1]". What has no such form stays as it is, and matches
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

static bool is_this_machine(struct bytes name) {
    return equal_fold(name, "localhost") || equal_fold(name, "127.0.0.1") || equal_fold(name, "[::1]");
}

bool callers_origin_allowed(const struct callers *callers, struct bytes origin) {
    static const struct bytes schemes[] = { BYTES_LITERAL("http://"), BYTES_LITERAL("https://") };
    for (size_t i = 0; i < callers->origin_count; i++)
        if (strcmp(callers->origins[i], "*") == 0 || equal_fold(origin, callers->origins[i]))
            return true;
    for (size_t i = 0; i < 2; i++) {
        size_t size = schemes[i].size;
        if (origin.size > size && strncasecmp(origin.data, schemes[i].data, size) == 0)
            return is_this_machine(without_port((struct bytes){ origin.data + size, origin.size - size }));
    }
    return false;
}

static bool is_address(struct bytes name) {
    char text[HOST_BYTES_MAX + 1];
    unsigned char address[sizeof(struct in6_addr)];
    if (name.size > HOST_BYTES_MAX)
        return false;
    bool bracketed = name.size >= 2 && name.data[0] == '[' && name.data[name.size - 1] == ']';
    size_t skip = bracketed ? 1 : 0;
    memcpy(text, name.data + skip, name.size - 2 * skip);
    text[name.size - 2 * skip] = '\0';
    return inet_pton(bracketed ? AF_INET6 : AF_INET, text, address) == 1;
}

bool callers_host_allowed(const struct callers *callers, struct bytes host) {
    struct bytes name = without_port(host);
    if (equal_fold(name, "localhost") || is_address(name))
        return true;
    for (size_t i = 0; i < callers->host_count; i++)
        if (equal_fold(name, callers->hosts[i]))
            return true;
    return false;
}

void callers_reply_headers(struct reply *reply, struct bytes origin, struct bytes request_headers,
                           const char *methods) {
    reply_header(reply, "Vary", "Origin");
    if (!bytes_present(origin))
        return;
    reply_header_bytes(reply, "Access-Control-Allow-Origin", origin);
    reply_header(reply, "Access-Control-Expose-Headers", "Next-Cursor, Link, Retry-After, Request-Id");
    reply_header(reply, "Access-Control-Allow-Methods", methods);
    reply_header(reply, "Access-Control-Max-Age", "86400");
    if (bytes_present(request_headers))
        reply_header_bytes(reply, "Access-Control-Allow-Headers", request_headers);
}
