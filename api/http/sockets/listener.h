/* Listening sockets: addresses as an operator writes them, bound. */
#ifndef TAILRACE_API_HTTP_SOCKETS_LISTENER_H
#define TAILRACE_API_HTTP_SOCKETS_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

enum { LISTENER_TEXT_BYTES = 160 };

struct listener {
    int fd;
    bool on_loopback;
    bool is_exposed;                       /* other machines may reach it */
    char url[LISTENER_TEXT_BYTES];         /* "http://127.0.0.1:8080", with the port that it was given; "unix:/path" */
    char browser_url[LISTENER_TEXT_BYTES]; /* the same as a browser on this machine can open it; "": none can */
    char unix_path[108];                   /* to be unlinked at the end, or "" */
};

/* Opens "HOST:PORT", "[v6]:PORT" (port 0: a free one), "PORT" on 127.0.0.1, ":PORT" on 0.0.0.0, or "unix:/path". A Unix
 * socket that no process listens on any more is replaced. False: `ret_why` says why not, in words for an operator. */
bool listener_open(const char *text, struct listener *ret_listener, char *ret_why, size_t why_bytes);

/* Checks the form alone. */
bool listener_parse(const char *text, char *ret_why, size_t why_bytes);

/* Closes and unlinks; fine when it was never opened (fd -1). */
void listener_close(struct listener *listener);

#endif
