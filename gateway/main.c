/* The program: builds everything, serves until a signal comes, and takes everything down in order. The only file that
 * includes from all three layers. */
#include "api/server.h"
#include "base/budget.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/machine_memory.h"
#include "base/memory.h"
#include "gateway/options.h"
#include "gateway/read/hooks.h"
#include "gateway/read/polls.h"
#include "gateway/read/tail.h"
#include "gateway/read/waiters.h"
#include "gateway/read_failures.h"
#include "gateway/topics.h"
#include "gateway/version.h"
#include "storage/memory/memory.h"
#include "storage/rocksdb/rocksdb.h"

#include <assert.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    STOP_MS = 4000,           /* of the five seconds in which a stop must be over */
    LOG_STOP_MS = 400,        /* of the same, for whoever reads the log */
    FILES_RESERVED_MIN = 256, /* descriptors that are not for connections: tables, logs, listeners */
    FILES_RESERVED_MAX = 8192,
    WHY_BYTES = 512,
    MEMORY_PART = 4, /* of the machine's memory, by default; the rest is for storage and the system's cache */
    MEMORY_BYTES_MIN = 16 << 20,
    MEMORY_BYTES_DEFAULT_MIN = 64 << 20,
    TAIL_BYTES_DEFAULT_MAX = 32 << 20, /* more does not help: readers that are further behind share the block cache */
    MMAP_THRESHOLD_BYTES = 256 * 1024, /* larger bodies go back to the system as soon as they are freed */
};

struct program {
    struct options options;
    struct gateway gateway;
    struct budget budget;
    struct server_options server_options;
    struct server *server;
    struct log *log;
    uint64_t files_max;
};

/* Raises the limit on open files as far as it goes; the number of connections follows from it. */
static uint64_t raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

/* A limit that the budget could never grant would only look like one that may pass. */
static bool fits_budget(const struct program *program, const char *flag, uint64_t limit, uint64_t bytes,
                        enum budget_kind kind, char *ret_why, size_t why_bytes) {
    size_t max = program->budget.kinds[kind].max;
    if (bytes <= max)
        return true;
    snprintf(ret_why, why_bytes, "--%s %llu needs %llu bytes, and --memory-bytes %zu leaves %zu for that; raise it",
             flag, (unsigned long long)limit, (unsigned long long)bytes, program->budget.all.max, max);
    return false;
}

static bool set_budget(struct program *program, char *ret_why, size_t why_bytes) {
    const struct options *options = &program->options;
    uint64_t bytes = options->memory_bytes > 0 ? options->memory_bytes : machine_memory_bytes("") / MEMORY_PART;
    if (options->memory_bytes == 0 && bytes < MEMORY_BYTES_DEFAULT_MIN)
        bytes = MEMORY_BYTES_DEFAULT_MIN;
    if (bytes < MEMORY_BYTES_MIN) {
        snprintf(ret_why, why_bytes, "--memory-bytes %llu: expected at least %d", (unsigned long long)bytes,
                 MEMORY_BYTES_MIN);
        return false;
    }

    struct budget *budget = &program->budget;
    budget_init(budget, bytes);
    if (options->stream_bytes > 0)
        budget_cap(budget, BUDGET_STREAMS, options->stream_bytes);
    if (options->tail_bytes > 0)
        budget_cap(budget, BUDGET_TAIL, options->tail_bytes);
    else if (budget->kinds[BUDGET_TAIL].max > TAIL_BYTES_DEFAULT_MAX)
        budget_cap(budget, BUDGET_TAIL, TAIL_BYTES_DEFAULT_MAX);
    program->gateway.budget = budget;
    return fits_budget(program, "max-body-bytes", options->max_body_bytes, options->max_body_bytes, BUDGET_BODIES,
                       ret_why, why_bytes) &&
           fits_budget(program, "max-body-events", options->max_body_events,
                       options->max_body_events * sizeof(struct storage_record), BUDGET_PARSED, ret_why, why_bytes);
}

static bool set_limits(struct program *program, char *ret_why, size_t why_bytes) {
    const struct options *options = &program->options;
    uint64_t reserved = program->files_max / 4;
    reserved = reserved < FILES_RESERVED_MIN ? FILES_RESERVED_MIN : reserved;
    reserved = reserved > FILES_RESERVED_MAX ? FILES_RESERVED_MAX : reserved;
    uint64_t possible = program->files_max > reserved ? program->files_max - reserved : 0;
    possible = possible > OPTION_CONNECTIONS_MAX ? OPTION_CONNECTIONS_MAX : possible;
    uint64_t connections = options->max_connections > 0 ? options->max_connections : possible;
    if (connections > possible || connections == 0) {
        snprintf(ret_why, why_bytes, "--max-connections %llu: the limit of %llu open files allows at most %llu",
                 (unsigned long long)connections, (unsigned long long)program->files_max, (unsigned long long)possible);
        return false;
    }

    uint64_t per_address = options->max_connections_per_address > 0 ? options->max_connections_per_address
                                                                    : connections;
    program->gateway.auto_create = options->auto_create;
    program->gateway.limits = (struct limits){ .body_bytes_max = options->max_body_bytes,
                                               .body_events_max = options->max_body_events,
                                               .connections_max = (unsigned)connections,
                                               .connections_per_address_max = (unsigned)per_address,
                                               .header_timeout_ms = (int64_t)options->header_timeout_ms,
                                               .body_timeout_ms = (int64_t)options->body_timeout_ms,
                                               .idle_timeout_ms = (int64_t)options->idle_timeout_ms,
                                               .stall_timeout_ms = (int64_t)options->stall_timeout_ms,
                                               .request_timeout_ms = (int64_t)options->request_timeout_ms };
    return true;
}

/* An origin or host that can never match is refused here: later, every page would get a 403 and no log line say why. */
static bool set_callers(struct program *program, char *ret_why, size_t why_bytes) {
    static_assert((int)OPTION_LIST_MAX <= (int)CALLERS_NAMES_MAX, "every name has its place");
    const struct option_list *origins = &program->options.cors_origins;
    const struct option_list *hosts = &program->options.hosts;
    struct callers *callers = &program->server_options.callers;
    char fault[WHY_BYTES / 2];
    for (size_t i = 0; i < origins->count; i++) {
        if (!callers_add_origin(callers, origins->items[i], fault, sizeof fault)) {
            snprintf(ret_why, why_bytes, "--cors-origin %.200s: %s", origins->items[i], fault);
            return false;
        }
    }

    for (size_t i = 0; i < hosts->count; i++) {
        if (!callers_add_host(callers, hosts->items[i], fault, sizeof fault)) {
            snprintf(ret_why, why_bytes, "--host %.200s: %s", hosts->items[i], fault);
            return false;
        }
    }

    return true;
}

static bool set_server_options(struct program *program, char *ret_why, size_t why_bytes) {
    const struct options *options = &program->options;
    struct server_options *server = &program->server_options;
    if (options->listen.count > SERVER_LISTENERS_MAX) {
        snprintf(ret_why, why_bytes, "--listen is given more than %d times", SERVER_LISTENERS_MAX);
        return false;
    }

    for (size_t i = 0; i < options->listen.count; i++) {
        if (!listener_parse(options->listen.items[i], ret_why, why_bytes))
            return false;
        server->listen[server->listen_count++] = options->listen.items[i];
    }

    if (!set_callers(program, ret_why, why_bytes))
        return false;

    server->threads = (unsigned)options->threads;
    /* A person at a terminal wants to see what goes wrong, not each request of the page that is open. */
    server->access_log = options->access_log != OPTION_UNSET ? options->access_log == OPTION_ON
                                                             : !isatty(STDERR_FILENO);
    server->static_files = options->static_files;
    server->data = options->data;
    server->hub = (struct hub_options){ .heartbeat_ms = (int64_t)options->heartbeat_ms,
                                        .first_heartbeat_ms = (int64_t)options->first_heartbeat_ms,
                                        .stall_ms = (int64_t)options->stall_timeout_ms,
                                        .slow_window_ms = (int64_t)options->slow_window_ms,
                                        .budget = &program->budget };
    return true;
}

static struct storage_tuning storage_defaults(void) {
    struct rocksdb_storage_options rocksdb = rocksdb_storage_defaults();
    return (struct storage_tuning){ .column_families = rocksdb.column_families,
                                    .read_threads = rocksdb.read_threads,
                                    .queue_bytes = rocksdb.queue_bytes_max,
                                    .write_buffer_bytes = rocksdb.write_buffer_bytes,
                                    .block_cache_bytes = rocksdb.block_cache_bytes,
                                    .min_free_bytes = rocksdb.free_bytes_min };
}

static enum status open_storage(struct program *program, char *ret_why, size_t why_bytes) {
    const struct options *options = &program->options;
    struct storage_hooks hooks = gateway_hooks(&program->gateway);
    if (strcmp(options->engine, "memory") == 0)
        return memory_storage_open(&hooks, &program->gateway.storage);
    struct rocksdb_storage_options rocksdb = { .directory = options->data,
                                               .column_families = (unsigned)options->storage.column_families,
                                               .read_threads = (unsigned)options->storage.read_threads,
                                               .queue_bytes_max = options->storage.queue_bytes,
                                               .write_buffer_bytes = options->storage.write_buffer_bytes,
                                               .table_bytes = rocksdb_storage_defaults().table_bytes,
                                               .block_cache_bytes = options->storage.block_cache_bytes,
                                               .free_bytes_min = options->storage.min_free_bytes };
    return rocksdb_storage_open(&rocksdb, &hooks, &program->gateway.storage, ret_why, why_bytes);
}

static void take_down(struct program *program) {
    if (program->gateway.storage != NULL)
        program->gateway.storage->ops->close(program->gateway.storage);
    server_destroy(program->server);
    tail_destroy(program->gateway.tail);
    polls_destroy(program->gateway.polls);
    waiters_destroy(program->gateway.waiters);
    topics_destroy(program->gateway.topics);
    read_failures_destroy(program->gateway.failures);
}

/* Listens first: a busy port is reported before a store is opened that another process may have open. */
static bool build(struct program *program, char *ret_why, size_t why_bytes) {
    program->log = log_create(STDERR_FILENO);
    if (program->log == NULL) {
        snprintf(ret_why, why_bytes, "cannot start the log: out of memory or threads");
        return false;
    }

    program->server_options.log = program->log;
    program->server = server_bind(&program->gateway, &program->server_options, ret_why, why_bytes);
    if (program->server == NULL)
        return false;

    program->gateway.failures = read_failures_create(program->log);
    program->gateway.tail = tail_create(program->budget.kinds[BUDGET_TAIL].max);
    if (program->gateway.failures == NULL || program->gateway.tail == NULL ||
        topics_create(&program->gateway.topics) != STATUS_OK ||
        waiters_create(&program->gateway.waiters) != STATUS_OK ||
        polls_create(&program->gateway, &program->gateway.polls) != STATUS_OK) {
        snprintf(ret_why, why_bytes, "out of memory or threads");
        return false;
    }

    char detail[WHY_BYTES] = "";
    enum status s = open_storage(program, detail, sizeof detail);
    if (s != STATUS_OK) {
        snprintf(ret_why, why_bytes, "--data %s: %.400s", program->options.data,
                 s == STATUS_LOCKED  ? "in use by another process: choose another with --data DIR"
                 : detail[0] != '\0' ? detail
                                     : status_name(s));
        return false;
    }
    if (!topics_whole(program->gateway.topics)) {
        snprintf(ret_why, why_bytes, "out of memory for the topics");
        return false;
    }

    waiters_attach(program->gateway.waiters, program->gateway.storage);
    snprintf(ret_why, why_bytes, "cannot start the server: out of memory, threads or file descriptors");
    return server_start(program->server);
}

/* At once: what failed may be what the log needs. */
static void log_failure(const char *why) {
    autobuffer struct buffer line = { 0 };
    log_value(&line, bytes_text(why));
    log_error(NULL, "start", "reason=%.*s", (int)line.size, line.data);
}

/* Standard output is for programs, one line an address. At a terminal, people get the address to open. */
static void print_addresses(const struct program *program) {
    const struct server *server = program->server;
    for (size_t i = 0; i < server_listener_count(server); i++)
        printf("listening %s\n", server_listener(server, i)->url);
    fflush(stdout);
    for (size_t i = 0; i < server_listener_count(server) && isatty(STDERR_FILENO); i++) {
        const char *url = server_listener(server, i)->browser_url;
        if (url[0] != '\0') {
            fprintf(stderr, "open %s in a browser\n", url);
            break;
        }
    }
}

static void warn_if_exposed(const struct program *program) {
    autobuffer struct buffer addresses = { 0 };
    for (size_t i = 0; i < server_listener_count(program->server); i++) {
        const struct listener *listener = server_listener(program->server, i);
        if (listener->is_exposed)
            buffer_printf(&addresses, "%s%s", addresses.size > 0 ? ", " : "", listener->url);
    }
    if (addresses.size > 0 && !addresses.failed)
        log_warning(program->log, "listen",
                    "reason=\"no authentication: whoever can reach %.*s can read, write and delete everything; "
                    "--listen 127.0.0.1:PORT serves this machine only\"",
                    (int)addresses.size, addresses.data);
}

/* Blocked in every thread, because all are started later; taken by the main thread alone. */
static void block_signals(sigset_t *ret_signals) {
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write that meets a limit fails like one on a full disk */
}

static int serve(struct program *program) {
    char why[WHY_BYTES] = "";
    sigset_t signals;
    int number;
    block_signals(&signals);
    if (!build(program, why, sizeof why)) {
        log_failure(why);
        take_down(program);
        log_destroy(program->log, LOG_STOP_MS);
        return EXIT_FAILED;
    }

    print_addresses(program);
    log_info(program->log, "start", "version=%s commit=%s topics=%zu connections_max=%u", version_text(),
             version_commit(), topics_count(program->gateway.topics), program->gateway.limits.connections_max);
    warn_if_exposed(program);

    while (sigwait(&signals, &number) != 0)
        continue;

    log_info(program->log, "stop", "signal=%d", number);
    if (!server_stop(program->server, clock_monotonic_ms() + STOP_MS)) {
        log_error(program->log, "stop", "reason=\"requests still wait for storage\"");
        log_flush(program->log, LOG_STOP_MS);
        _exit(EXIT_FAILED);
    }

    take_down(program);
    log_info(program->log, "end", "%s", "");
    log_destroy(program->log, LOG_STOP_MS);
    return EXIT_GOOD;
}

static void print_version(void) {
    printf("tailrace %s (commit %s)\n", version_text(), version_commit());
    server_print_versions(stdout);
    printf(", rocksdb %s\n", rocksdb_storage_library_version());
}

/* Prints what --help and the like ask for, instead of serving. The exit status; -1: serve. */
static int print_information(const struct options *options, const struct storage_tuning *defaults) {
    if (options->help)
        options_help(stdout, defaults);
    else if (options->version)
        print_version();
    else if (options->routes)
        server_print_routes(stdout);
    else if (options->problems)
        server_print_problems(stdout);
    else if (!options->serve && !options->check_config)
        return fputs("tailrace: the command is missing; use tailrace serve [FLAGS], or tailrace --help\n", stderr),
               EXIT_USAGE;
    else
        return -1;
    return EXIT_GOOD;
}

/* A program that is started with one of them closed would open its first file under that number, and log into it. */
static void hold_standard_descriptors(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            return;
}

int main(int argc, char **argv) {
    char why[WHY_BYTES] = "";
    hold_standard_descriptors();
    autofree struct program *program = mem_zero(1, sizeof *program);
    const struct storage_tuning defaults = storage_defaults();
    mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
    if (program == NULL || !options_read(argc, argv, environ, &defaults, &program->options, why, sizeof why)) {
        fprintf(stderr, "tailrace: %s\n", program != NULL ? why : "out of memory");
        return EXIT_USAGE;
    }

    int printed = print_information(&program->options, &defaults);
    if (printed >= 0)
        return printed;

    program->files_max = raise_file_limit();
    if (!set_budget(program, why, sizeof why) || !set_limits(program, why, sizeof why) ||
        !set_server_options(program, why, sizeof why)) {
        fprintf(stderr, "tailrace: %s\n", why);
        return EXIT_USAGE;
    }
    if (program->options.check_config)
        return puts("the settings are valid"), EXIT_GOOD;
    return serve(program);
}
