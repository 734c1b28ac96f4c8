/* The answer to a request. Zero-initialised; built by a handler, sent by server.c. */
#ifndef TAILRACE_API_HTTP_REPLY_H
#define TAILRACE_API_HTTP_REPLY_H

#include "api/http/encoding/coding.h"
#include "api/http/problem.h"
#include "base/arena.h"

#include <jansson.h>

struct carried;

enum { REPLY_HEADERS_MAX = 16 };

struct reply_header {
    const char *name;  /* static */
    const char *value; /* static, or in the arena */
};

/* How a socket changes hands for the body of an answer: once the headers are with the kernel, `begin` is called with the
 * descriptor, and nobody else uses it until `end` is called, from any thread; then the connection ends. */
struct takeover {
    void (*begin)(void *context, int fd); /* must not block */
    void *context;

    /* Set before `begin`. The takeover may be gone when it returns. */
    void (*end)(struct takeover *takeover);
    void *server_side;
};

struct reply {
    struct arena *arena;
    unsigned http_status;
    const char *content_type; /* static; NULL: no body */
    struct buffer body;
    struct reply_header headers[REPLY_HEADERS_MAX];
    size_t header_count;
    const char *cache_control; /* static; NULL: no-store */
    const char *tag;         /* of a 200: a strong entity tag in quotes, for the body without a coding; in the arena */
    enum coding coding;      /* of the body as it is sent */
    struct carried *carried; /* instead of a body: a document of the program's own */
    struct takeover *takeover; /* instead of a body: what follows the headers is sent by another; in the arena */
    bool has_file;             /* instead of a body: a file of so many bytes, from its descriptor, which is owned */
    int file_fd;
    uint64_t file_bytes;
    bool failed; /* there was no memory for all of it: a 503 is sent in its place */
    bool close;  /* the connection, after this */
    bool write;  /* the request writes: its problems say what became of it */
    bool done;   /* the write is there: a problem after it cannot say that it is not */
};

/* The value is copied; NULL: there was no memory to make it. */
void reply_header(struct reply *reply, const char *name, const char *value);
void reply_header_bytes(struct reply *reply, const char *name, struct bytes value);

/* Adds to what the answer depends on (Vary). */
void reply_vary(struct reply *reply, const char *header);

/* The tag of a 200, which is copied: the exchange sends it, and 304 where the client has it already. */
void reply_tag(struct reply *reply, const char *tag);

/* Forgets all of a reply that there was no memory for, and says so. */
void reply_no_memory(struct reply *reply);

/* 200 or another, with a document; takes the reference. NULL becomes a 503: there was no memory. */
void reply_json_take(struct reply *reply, unsigned http_status, json_t *document);

/* 200 with the content of a file; takes the descriptor. The type is static. */
void reply_file(struct reply *reply, int fd, uint64_t bytes, const char *content_type);

/* 200 with a document of the program's own. The type is static. */
void reply_carried(struct reply *reply, struct carried *document, const char *content_type);

/* How many bytes the body has now, whichever it is; of a stream none. */
uint64_t reply_body_bytes(const struct reply *reply);

/* Closes the file, if there is one that no response has taken. */
void reply_drop_file(struct reply *reply);

/* An empty answer. */
void reply_empty(struct reply *reply, unsigned http_status);

/* A problem with a detail for people. */
void reply_problem(struct reply *reply, enum problem_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with more members: `more` is JSON ("\"errors\":[…]"), and may have failed. */
void reply_problem_with(struct reply *reply, enum problem_code code, const struct buffer *more, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The problem that a failed operation is. */
void reply_status(struct reply *reply, enum status status, const char *detail);

/* Text of any bytes made fit to stand in a detail: at most 80 of them, what is not printable ASCII as `?`. */
const char *reply_quote(struct reply *reply, struct bytes text);

#endif
