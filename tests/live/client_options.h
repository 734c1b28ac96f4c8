/* What the load client is asked to do: its flags. */
#ifndef TAILRACE_TESTS_LIVE_CLIENT_OPTIONS_H
#define TAILRACE_TESTS_LIVE_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum stream_format { STREAM_SSE, STREAM_NDJSON };

enum { PACE_FULL = -1, PACE_NOTHING = 0 };

struct client_options {
    const char *host; /* an IPv4 address of this machine */
    const char *port;
    const char *path; /* with its query */
    enum stream_format format;
    int64_t readers;
    int64_t expect;         /* events of each reader; 0: done when all are open */
    int64_t cuts;           /* of each reader, spread over what it expects */
    int64_t pace;           /* bytes a second once it is open, or PACE_… */
    int64_t receive_buffer; /* bytes of SO_RCVBUF; 0: the system's */
    int64_t seconds;        /* at most */
    int64_t linger_ms;      /* listens on when all is there: nothing may come twice */
    int64_t seed;
    bool whole;  /* each partition begins with offset 0 */
    bool resume; /* connects again when the server closes */
    bool hold;   /* done when standard input ends, or a stream */
};

/* False: `ret_why` says what is wrong, static or in argv. */
bool client_options_read(int argc, char **argv, struct client_options *ret_options, const char **ret_why);

void client_options_help(FILE *out);

#endif
