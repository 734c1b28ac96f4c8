/* What an operator sets: flags, environment variables, defaults. */
#ifndef TAILRACE_GATEWAY_OPTIONS_H
#define TAILRACE_GATEWAY_OPTIONS_H

#include "gateway/limits.h"

#include <stdbool.h>
#include <stdio.h>

/* A choice that may be left to the program. */
enum option_choice { OPTION_UNSET, OPTION_OFF, OPTION_ON };

enum { OPTION_LIST_MAX = 32, OPTION_TEXT_BYTES_MAX = 4096, OPTION_CONNECTIONS_MAX = 1000000 };

struct option_list {
    const char *items[OPTION_LIST_MAX]; /* into argv, or into `copies` */
    size_t count;
};

/* How the engine on disk runs. */
struct storage_tuning {
    uint64_t column_families;
    uint64_t read_threads;
    uint64_t queue_bytes;
    uint64_t write_buffer_bytes;
    uint64_t block_cache_bytes;
    uint64_t min_free_bytes;
};

struct options {
    struct option_list listen;
    struct option_list cors_origins;
    struct option_list hosts;
    const char *data;
    const char *engine;       /* "rocksdb" or "memory" */
    const char *static_files; /* NULL: none */
    struct storage_tuning storage;
    uint64_t threads;
    uint64_t max_body_bytes;
    uint64_t max_body_events;
    uint64_t memory_bytes;                /* 0: a share of the machine */
    uint64_t max_connections;             /* 0: what the file limit allows */
    uint64_t max_connections_per_address; /* 0: as many as in all */
    uint64_t header_timeout_ms;
    uint64_t body_timeout_ms;
    uint64_t idle_timeout_ms;
    uint64_t request_timeout_ms;
    uint64_t heartbeat_ms;
    uint64_t first_heartbeat_ms;
    uint64_t stall_timeout_ms;
    uint64_t slow_window_ms;
    uint64_t stream_bytes; /* 0: a share of memory_bytes, as the next one */
    uint64_t tail_bytes;
    bool auto_create;
    enum option_choice access_log;
    bool check_config;
    bool help;
    bool version;
    bool routes;
    bool problems;
    bool serve;                         /* the command was given */
    char copies[OPTION_TEXT_BYTES_MAX]; /* of environment variables that are lists */
    size_t copies_used;
};

/* Reads the environment, then the command line, which wins. `defaults` are the engine's; all others are in the table
 * of flags. False: `ret_why` is a sentence for people. `argv` and `environment` are borrowed by the options. */
bool options_read(int argc, char **argv, char **environment, const struct storage_tuning *defaults,
                  struct options *ret_options, char *ret_why, size_t why_bytes);

/* Explains every flag, by group, with its default. */
void options_help(FILE *out, const struct storage_tuning *defaults);

#endif
