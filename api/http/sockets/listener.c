/* Listening sockets. */
#include "api/http/sockets/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, HOST_BYTES = 256, PORT_BYTES = 6, PORT_MAX = 65535 };

static const char DIGITS[] = "0123456789";

static const char UNIX_PREFIX[] = "unix:";

static bool is_unix(const char *text) { return strncmp(text, UNIX_PREFIX, sizeof UNIX_PREFIX - 1) == 0; }

/* "8080", or what follows the colon. NULL: it is a port number. Else says what is wrong (static). */
static const char *parse_port(const char *text, char ret_port[PORT_BYTES]) {
    size_t size = strlen(text);
    long number = 0;
    if (size == 0)
        return "the port is missing";
    if (size >= PORT_BYTES || strspn(text, DIGITS) != size)
        return "the port must be a number from 0 to 65535";
    for (const char *digit = text; *digit != '\0'; digit++)
        number = number * 10 + (*digit - '0');
    if (number > PORT_MAX)
        return "the port must be a number from 0 to 65535";
    memcpy(ret_port, text, size + 1);
    return NULL;
}

/* A port alone listens on this machine only, because the server does not authenticate clients. With a colon before it,
 * it means all addresses, as with most servers. */
static const char *split(const char *text, char ret_host[HOST_BYTES], char ret_port[PORT_BYTES]) {
    const char *colon = strrchr(text, ':');
    const char *host = text;
    size_t host_size = colon != NULL ? (size_t)(colon - text) : 0;
    if (strstr(text, "://") != NULL)
        return "an address has no scheme and no path";
    if (colon == NULL && (text[0] == '\0' || strspn(text, DIGITS) != strlen(text)))
        return "the port is missing";

    const char *fault = parse_port(colon != NULL ? colon + 1 : text, ret_port);
    if (colon == NULL) {
        host = "127.0.0.1";
        host_size = strlen(host);
    } else if (host_size == 0) {
        host = "0.0.0.0";
        host_size = strlen(host);
    } else if (host[0] == '[' && colon[-1] == ']') {
        host++;
        host_size -= 2;
    } else if (memchr(host, ':', host_size) != NULL) {
        return "an IPv6 address must be in brackets";
    }
    if (fault == NULL && (host_size == 0 || host_size >= HOST_BYTES))
        fault = "the host must have 1 to 255 bytes";
    if (fault != NULL)
        return fault;

    memcpy(ret_host, host, host_size);
    ret_host[host_size] = '\0';
    return NULL;
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
    const char *fault = split(text, host, port);
    if (fault == NULL)
        return true;
    snprintf(ret_why, why_bytes, "--listen %.280s: %s; expected PORT, HOST:PORT, [IPV6]:PORT or unix:/PATH", text,
             fault);
    return false;
}

/* The socket file of a process that died refuses connections: then it is removed. */
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

static void write_url(char url[LISTENER_TEXT_BYTES], const char *host, const char *port) {
    bool v6 = strchr(host, ':') != NULL;
    snprintf(url, LISTENER_TEXT_BYTES, "http://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
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

    write_url(listener->url, host, port);
    /* Not every system can connect to "all addresses". */
    const char *reached = strcmp(host, "0.0.0.0") == 0 ? "127.0.0.1" : strcmp(host, "::") == 0 ? "::1" : host;
    write_url(listener->browser_url, reached, port);
    listener->on_loopback = is_loopback(&address);
    listener->is_exposed = !listener->on_loopback;
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
