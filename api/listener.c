/* Listening sockets. */
#include "api/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, HOST_BYTES = 256, PORT_BYTES = 6 };

static const char UNIX_PREFIX[] = "unix:";

static bool is_unix(const char *text) { return strncmp(text, UNIX_PREFIX, sizeof UNIX_PREFIX - 1) == 0; }

/* "host:port" or "[v6]:port" into its parts. */
static bool split(const char *text, char host[HOST_BYTES], char port[PORT_BYTES]) {
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text)
        return false;
    size_t host_size = (size_t)(colon - text);
    size_t port_size = strlen(colon + 1);
    if (port_size == 0 || port_size >= PORT_BYTES || strspn(colon + 1, "0123456789") != port_size)
        return false;
    bool bracketed = text[0] == '[' && colon[-1] == ']';
    if (bracketed) {
        text++;
        host_size -= 2;
    } else if (memchr(text, ':', host_size) != NULL) {
        return false; /* an IPv6 address without its brackets */
    }
    if (host_size == 0 || host_size >= HOST_BYTES)
        return false;
    memcpy(host, text, host_size);
    host[host_size] = '\0';
    memcpy(port, colon + 1, port_size + 1);
    long number = 0;
    for (const char *digit = port; *digit != '\0'; digit++)
        number = number * 10 + (*digit - '0');
    return number <= 65535;
}

bool listener_parse(const char *text, char *ret_why, size_t why_bytes) {
    char host[HOST_BYTES];
    char port[PORT_BYTES];
    if (is_unix(text)) {
        size_t size = strlen(text) - (sizeof UNIX_PREFIX - 1);
        if (size > 0 && size < sizeof(((struct sockaddr_un *)0)->sun_path))
            return true;
        snprintf(ret_why, why_bytes, "--listen %s: the path must have 1 to 107 bytes", text);
        return false;
    }
    if (split(text, host, port))
        return true;
    snprintf(ret_why, why_bytes, "--listen %s is not HOST:PORT, [IPV6]:PORT or unix:/path", text);
    return false;
}

/* A socket file that is left over from a process that died refuses connections: then it may go. */
static void remove_stale(const struct sockaddr_un *address) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(fd);
}

static bool open_unix(const char *text, struct listener *listener, char *ret_why, size_t why_bytes) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = text + sizeof UNIX_PREFIX - 1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    remove_stale(&address);
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0 || bind(listener->fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener->fd, BACKLOG) != 0) {
        snprintf(ret_why, why_bytes, "cannot listen on %s: %s", text, strerror(errno));
        listener_close(listener);
        return false;
    }
    memcpy(listener->unix_path, path, strlen(path) + 1);
    snprintf(listener->url, sizeof listener->url, "%s", text);
    return true;
}

static bool is_loopback(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
    /* The analyzer does not know that getsockname fills it. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
    return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
}

static bool name_listener(struct listener *listener) {
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    char host[INET6_ADDRSTRLEN];
    char port[PORT_BYTES];
    if (getsockname(listener->fd, (struct sockaddr *)&address, &size) != 0 ||
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return false;
    const char *form = address.ss_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(listener->url, sizeof listener->url, form, host, port);
#pragma GCC diagnostic pop
    listener->on_loopback = is_loopback(&address);
    return true;
}

static bool bind_one(const struct addrinfo *address, struct listener *listener) {
    int yes = 1;
    listener->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0)
        return false;
    setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address->ai_family == AF_INET6)
        setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    return bind(listener->fd, address->ai_addr, address->ai_addrlen) == 0 && listen(listener->fd, BACKLOG) == 0 &&
           name_listener(listener);
}

static bool open_tcp(const char *text, struct listener *listener, char *ret_why, size_t why_bytes) {
    char host[HOST_BYTES];
    char port[PORT_BYTES];
    split(text, host, port);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0) {
        snprintf(ret_why, why_bytes, "cannot listen on %s: %s", text, gai_strerror(failure));
        return false;
    }
    bool bound = bind_one(found, listener);
    int cause = errno;
    freeaddrinfo(found);
    if (bound)
        return true;
    if (cause == EADDRINUSE)
        snprintf(ret_why, why_bytes, "%s is in use by another process: choose another with --listen HOST:PORT", text);
    else
        snprintf(ret_why, why_bytes, "cannot listen on %s: %s (choose another with --listen HOST:PORT)", text,
                 strerror(cause));
    listener_close(listener);
    return false;
}

bool listener_open(const char *text, struct listener *ret_listener, char *ret_why, size_t why_bytes) {
    struct listener listener = { .fd = -1 };
    if (!listener_parse(text, ret_why, why_bytes))
        return false;
    if (!(is_unix(text) ? open_unix(text, &listener, ret_why, why_bytes)
                        : open_tcp(text, &listener, ret_why, why_bytes)))
        return false;
    *ret_listener = listener;
    return true;
}

void listener_close(struct listener *listener) {
    if (listener->unix_path[0] != '\0')
        unlink(listener->unix_path);
    if (listener->fd >= 0)
        close(listener->fd);
    listener->unix_path[0] = '\0';
    listener->fd = -1;
}
