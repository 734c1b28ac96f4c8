/* A socket that somebody else takes over from libmicrohttpd. */
#ifndef TAILRACE_API_HTTP_SOCKETS_TAKEN_SOCKET_H
#define TAILRACE_API_HTTP_SOCKETS_TAKEN_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>

/* What an open socket counts for: one connection in all, and one of its address. */
struct connection_place {
    struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
    bool has_address;        /* not a Unix socket */
};

/* The headers of an answer are with the kernel, and its body is still to be sent. */
struct taken_socket {
    int fd;                        /* owned */
    bool chunked;                  /* the body is in the chunked coding; else it ends with the connection */
    struct connection_place place; /* to be given back: connections_leave */
};

#endif
