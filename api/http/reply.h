/* The answer to a request. Zero-initialised; built by a handler, sent by its exchange. */
#ifndef TAILRACE_API_HTTP_REPLY_H
#define TAILRACE_API_HTTP_REPLY_H

#include "api/http/encoding/coding.h"
#include "api/http/problem.h"
#include "base/arena.h"

#include <jansson.h>

struct carried;
struct pieces;
struct taken_socket;

enum { REPLY_HEADERS_MAX = 16 };

#define REPLY_MEMORY_USED "answers in progress use all the memory reserved for them; retry later"

struct reply_header {
    const char *name;  /* static */
    const char *value; /* static, or in the arena */
};

/* Somebody else who sends the body of an answer, in the arena of the request. `begin` must not block; the socket is its own
 * from then on, and the request ends when it returns. */
struct takeover {
    void (*begin)(void *context, const struct taken_socket *socket);
    void *context;
};

struct reply {
    struct arena *arena;
    unsigned http_status;
    const char *content_type; /* static; NULL: no body */
    struct buffer body;
    struct budget_share share; /* the capacity of a large body, out of the budget of the server */
    struct reply_header headers[REPLY_HEADERS_MAX];
    size_t header_count;
    const char *cache_control; /* static; NULL: no-store */
    const char *tag;         /* of a 200: a strong entity tag in quotes, for the body without a coding; in the arena */
    enum coding coding;      /* of the body as it is sent */
    struct carried *carried; /* instead of a body: a document that the program contains */
    struct pieces *pieces;   /* instead of a body: one that is made while it is sent; in the state of the request */
    struct takeover *takeover; /* instead of a body, whose length nobody knows: who sends it; in the arena */
    bool has_file;             /* instead of a body: file_bytes of a file, whose descriptor is owned */
    int file_fd;
    uint64_t file_bytes;
    bool breaks_off;                    /* the connection ends behind the body, which so never looks whole */
    const struct problem_kind *problem; /* what the body says, if that is a problem; static */
    bool failed;                        /* out of memory for a part of it: a 503 is sent instead */
    bool close;                         /* the connection, after this */
    bool write;                         /* the request writes: its problems say whether it was written */
    bool written;                       /* the write has succeeded: a later problem cannot say that it has not */
};

/* Copies the value. NULL: the caller had no memory for it, and the reply has failed. */
void reply_header(struct reply *reply, const char *name, const char *value);
void reply_header_bytes(struct reply *reply, const char *name, struct bytes value);

/* Adds a header of the request to those that the answer depends on (Vary). */
void reply_vary(struct reply *reply, const char *header);

/* Sets the tag of a 200, which is copied. The exchange sends it, or a 304 if the client already has that body. */
void reply_tag(struct reply *reply, const char *tag);

/* Replaces a reply that ran out of memory by a problem that says so. */
void reply_no_memory(struct reply *reply);

/* Makes room for a body of so many bytes. False: no memory, or the budget refuses it, and the reply says so. */
bool reply_reserve(struct reply *reply, size_t bytes);

/* Counts the body as it is, in place of what was reserved, unless it is small. False: the budget refuses it. */
bool reply_count_body(struct reply *reply);

/* A JSON document; takes the reference. NULL (no memory for it) becomes a 503. */
void reply_json_take(struct reply *reply, unsigned http_status, json_t *document);

/* Appends to an array of such a document; takes the reference of the item. Without memory for it or its place the array is
 * freed, and *list is NULL from then on, as json_array() may have left it: what is packed with it is NULL, too. */
void reply_list_add(json_t **list, json_t *item);

/* 200 with the content of a file; takes the descriptor. The type is static. */
void reply_file(struct reply *reply, int fd, uint64_t bytes, const char *content_type);

/* 200 with a document that the program contains. The type is static. */
void reply_carried(struct reply *reply, struct carried *document, const char *content_type);

/* The size of the body, of whatever kind it is; 0 for a takeover. */
uint64_t reply_body_bytes(const struct reply *reply);

/* Closes the file, unless a response owns it. */
void reply_drop_file(struct reply *reply);

/* An empty answer. */
void reply_empty(struct reply *reply, unsigned http_status);

/* A problem; the detail is for people. */
void reply_problem(struct reply *reply, enum problem_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with more members: `more` is JSON ("\"errors\":[…]"), and may have failed. */
void reply_problem_with(struct reply *reply, enum problem_code code, const struct buffer *more, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The problem that stands for a failure of the domain. */
void reply_status(struct reply *reply, enum status status, const char *detail);

/* 200 with the headers of a live stream, which nothing on the way may keep or change, and which is the last answer of its
 * connection. The type is static. */
void reply_live(struct reply *reply, const char *content_type);

/* What a stream is told that cannot be served now, in place of a problem that may pass: 200, why, when to reconnect, and a
 * connection that breaks off. An EventSource never reconnects after another status. */
void reply_reconnect(struct reply *reply, const char *why);

/* At most 80 bytes of a text, safe for a detail: `?` for each that is not printable ASCII. */
const char *reply_quote(struct reply *reply, struct bytes text);

#endif
