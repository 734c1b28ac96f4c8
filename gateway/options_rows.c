/* Flags and environment variables: one row each. */
#include "gateway/options_rows.h"

#define PLACE(member) offsetof(struct options, member)
#define TIB (UINT64_C(1) << 40)
#define HOUR_MS 3600000

/* clang-format off */
const struct option_row OPTION_ROWS[OPTION_ROW_COUNT] = {
    { "Addresses and callers", "listen", "ADDRESS", OPTION_LIST, PLACE(listen), 0, 0, "127.0.0.1:8080",
      "where to listen; repeatable:\n"
      "  8080             this machine only (127.0.0.1)\n"
      "  :8080            all IPv4 addresses, the same as 0.0.0.0:8080: everyone who can reach this machine\n"
      "  HOST:PORT        one address or host name; port 0 takes a free port\n"
      "  [IPV6]:PORT      one IPv6 address, or all with [::]\n"
      "  unix:/PATH       a Unix socket" },
    { NULL, "cors-origin", "ORIGIN", OPTION_LIST, PLACE(cors_origins), 0, 0, NULL,
      "allow pages of this origin (https://shop.example) to call, or of all with *; repeatable.\n"
      "Pages on localhost, 127.0.0.1 and [::1] are always allowed" },
    { NULL, "host", "NAME", OPTION_LIST, PLACE(hosts), 0, 0, NULL,
      "a host name of this server, for example behind a proxy: it is accepted in Host, and its\n"
      "pages (http and https, any port) may call; repeatable" },
    { NULL, "static", "DIR", OPTION_TEXT, PLACE(static_files), 0, 0, NULL,
      "serve the files of this directory below /, where the API has no path" },

    { "Data", "data", "DIR", OPTION_TEXT, PLACE(data), 0, 0, "./tailrace-data",
      "directory of the stored events; used by one process at a time" },
    { NULL, "engine", "NAME", OPTION_TEXT, PLACE(engine), 0, 0, "rocksdb",
      "rocksdb, or memory (everything is lost at a restart)" },
    { NULL, "auto-create", NULL, OPTION_SWITCH, PLACE(auto_create), 0, 0, NULL,
      "create a topic when the first event is posted to it" },

    { "Limits", "max-body-bytes", "BYTES", OPTION_BYTES, PLACE(max_body_bytes), 1, 1u << 30, "16MiB",
      "largest request body" },
    { NULL, "max-body-events", "N", OPTION_NUMBER, PLACE(max_body_events), 1, 10000000, "100000",
      "most events in one request" },
    { NULL, "memory-bytes", "BYTES", OPTION_BYTES, PLACE(memory_bytes), 0, TIB, "0",
      "memory for all that clients send and have not been answered, or read and have not taken: bodies\n"
      "and their events, pages, text of streams, newest events; storage has its own. Beyond it requests\n"
      "are refused. At least 16MiB; 0: a quarter of the machine's memory, or of the control group's limit" },
    { NULL, "max-connections", "N", OPTION_NUMBER, PLACE(max_connections), 0, OPTION_CONNECTIONS_MAX, "0",
      "most connections at a time; 0: as many as the limit on open files allows" },
    { NULL, "max-connections-per-address", "N", OPTION_NUMBER, PLACE(max_connections_per_address), 0,
      OPTION_CONNECTIONS_MAX, "0",
      "most connections from one client address; 0: no limit of its own" },

    { "Time limits", "header-timeout-ms", "MS", OPTION_NUMBER, PLACE(header_timeout_ms), 10, HOUR_MS, "10000",
      "how long the headers of a request may take to arrive" },
    { NULL, "body-timeout-ms", "MS", OPTION_NUMBER, PLACE(body_timeout_ms), 10, HOUR_MS, "60000",
      "how long its body may take to arrive" },
    { NULL, "idle-timeout-ms", "MS", OPTION_NUMBER, PLACE(idle_timeout_ms), 10, HOUR_MS, "60000",
      "how long a connection may stay open between two requests" },
    { NULL, "request-timeout-ms", "MS", OPTION_NUMBER, PLACE(request_timeout_ms), 10, HOUR_MS, "30000",
      "how long a request may queue before it starts" },

    { "Live streams", "heartbeat-ms", "MS", OPTION_NUMBER, PLACE(heartbeat_ms), 10, HOUR_MS, "15000",
      "how often a stream without events sends a heartbeat" },
    { NULL, "first-heartbeat-ms", "MS", OPTION_NUMBER, PLACE(first_heartbeat_ms), 10, HOUR_MS, "4000",
      "how often it sends one in its first minute" },
    { NULL, "stall-timeout-ms", "MS", OPTION_NUMBER, PLACE(stall_timeout_ms), 1000, HOUR_MS, "15000",
      "close a connection whose client takes nothing of its answer for this long" },
    { NULL, "slow-window-ms", "MS", OPTION_NUMBER, PLACE(slow_window_ms), 1000, HOUR_MS, "60000",
      "close a stream that is behind and whose client reads less than 1 KiB/s over this long" },
    { NULL, "stream-bytes", "BYTES", OPTION_BYTES, PLACE(stream_bytes), 0, TIB, "0",
      "of --memory-bytes, for text that slow streams have not read; beyond it the slowest are closed;\n"
      "0: a quarter" },
    { NULL, "tail-bytes", "BYTES", OPTION_BYTES, PLACE(tail_bytes), 0, TIB, "0",
      "of --memory-bytes, for the newest events of topics that are followed live; 0: a sixteenth, at\n"
      "most 32MiB" },

    { "Storage (RocksDB)", "column-families", "N", OPTION_NUMBER, PLACE(storage.column_families), 1, 1024, NULL,
      "column families that partitions are spread over; fixed when the data directory is created" },
    { NULL, "write-buffer-bytes", "BYTES", OPTION_BYTES, PLACE(storage.write_buffer_bytes), 1 << 20, TIB, NULL,
      "memory for events that are not in table files yet" },
    { NULL, "block-cache-bytes", "BYTES", OPTION_BYTES, PLACE(storage.block_cache_bytes), 1 << 20, TIB, NULL,
      "memory for blocks read from table files" },
    { NULL, "queue-bytes", "BYTES", OPTION_BYTES, PLACE(storage.queue_bytes), 1 << 20, TIB, NULL,
      "memory for events that wait to be written" },
    { NULL, "min-free-bytes", "BYTES", OPTION_BYTES, PLACE(storage.min_free_bytes), 0, UINT64_MAX, NULL,
      "free disk space below which writes are refused" },
    { NULL, "read-threads", "N", OPTION_NUMBER, PLACE(storage.read_threads), 1, 64, NULL,
      "threads that read from storage" },

    { "Process", "threads", "N", OPTION_NUMBER, PLACE(threads), 2, 64, "2",
      "threads that serve requests" },
    { NULL, "access-log", "on|off", OPTION_ON_OFF, PLACE(access_log), 0, 0, NULL,
      "log every request, or only those that fail in the server\n"
      "(default: off when standard error is a terminal, else on)" },

    { "Information: print and exit", "check-config", NULL, OPTION_SWITCH, PLACE(check_config), 0, 0, NULL,
      "check the flags and the environment, start nothing" },
    { NULL, "routes", NULL, OPTION_SWITCH, PLACE(routes), 0, 0, NULL, "methods, paths and query parameters of the API" },
    { NULL, "problems", NULL, OPTION_SWITCH, PLACE(problems), 0, 0, NULL, "status and code of every error of the API" },
    { NULL, "version", NULL, OPTION_SWITCH, PLACE(version), 0, 0, NULL, "versions of the program and its libraries" },
    { NULL, "help", NULL, OPTION_SWITCH, PLACE(help), 0, 0, NULL, "this text" },
};
/* clang-format on */

const struct option_renaming OPTION_RENAMINGS[OPTION_RENAMING_COUNT] = {
    { "families", "column-families" },
    { "readers", "read-threads" },
    { "max-inflight-bytes", "memory-bytes" },
};
