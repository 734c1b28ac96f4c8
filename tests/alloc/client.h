/* A small HTTP client that trusts nothing: a connection each, whole answers or none. */
#ifndef TAILRACE_TESTS_ALLOC_CLIENT_H
#define TAILRACE_TESTS_ALLOC_CLIENT_H

#include "base/buffer.h"

#include <sys/types.h>

struct call {
    const char *method;
    const char *target;
    const char *type;    /* of the body; NULL: no header */
    const char *headers; /* more of them, each with its CR LF; NULL: none */
    struct bytes body;   /* none: no body */
};

struct answer {
    unsigned status; /* 0: the connection ended, or stood still, before there was a whole answer */
    bool timed_out;
    struct bytes head; /* in `text`, as the body */
    struct bytes body;
    struct buffer text;
};

/* A connection with its request sent; -1: the other side would not have it. */
int client_send(uint16_t port, const struct call *call, bool keep_alive);

/* Sends one more request on it. */
bool client_send_on(int fd, const struct call *call, bool keep_alive);

/* Reads one answer; `answer` is cleared before. With `head_only` it ends where the head does, and what came behind that is
 * the body. */
void client_receive(int fd, bool head_only, struct answer *answer);

/* Reads some more bytes: 0 at the end, or a negative number when nothing came in a long time. */
ssize_t client_read(int fd, void *data, size_t size);

/* Both, and the connection's end. */
void client_exchange(uint16_t port, const struct call *call, struct answer *answer);

/* The value of a header, none when it is not there. */
struct bytes client_header(const struct answer *answer, const char *name);

void answer_finish(struct answer *answer);
#define autoanswer __attribute__((cleanup(answer_finish)))

#endif
