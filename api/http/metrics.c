/* The counters. */
#include "api/http/metrics.h"

#include "base/budget.h"
#include "base/log.h"
#include "gateway/read_failures.h"
#include "gateway/topics.h"

static const unsigned STATUSES[METRICS_STATUSES - 1] = { 200, 201, 202, 204, 206, 302, 304, 308, 400, 403,
                                                         404, 405, 408, 409, 410, 411, 412, 413, 414, 415,
                                                         416, 422, 429, 431, 500, 501, 503, 505, 507 };

static void add(atomic_uint_least64_t *counter, uint64_t more) {
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_least64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static unsigned status_column(unsigned http_status) {
    unsigned column = 0;
    while (column < METRICS_STATUSES - 1 && STATUSES[column] != http_status)
        column++;
    return column;
}

/* The table of routes comes first, then one row a method. */
static unsigned row_of(const struct metrics *metrics, const struct route *route, unsigned method) {
    if (route != NULL)
        return route_index(metrics->routes, route);
    unsigned row = ROUTES_MAX;
    for (unsigned known = METHOD_GET; known <= METHOD_OPTIONS && known != method; known <<= 1)
        row++;
    return row;
}

void metrics_request(struct metrics *metrics, const struct route *route, unsigned method, unsigned http_status) {
    add(&metrics->requests[row_of(metrics, route, method)][status_column(http_status)], 1);
}

void metrics_connection_opened(struct metrics *metrics) { add(&metrics->connections_opened, 1); }

void metrics_connection_closed(struct metrics *metrics) { add(&metrics->connections_closed, 1); }

void metrics_events_in(struct metrics *metrics, uint64_t events, uint64_t body_bytes) {
    add(&metrics->events_in, events);
    add(&metrics->bytes_in, body_bytes);
}

void metrics_events_out(struct metrics *metrics, uint64_t events, uint64_t text_bytes) {
    add(&metrics->events_out, events);
    add(&metrics->bytes_out, text_bytes);
}

void metrics_decoded(struct metrics *metrics, enum coding coding) { add(&metrics->decoded[coding], 1); }

void metrics_encoded(struct metrics *metrics, enum coding coding) { add(&metrics->encoded[coding], 1); }

void metrics_stream_opened(struct metrics *metrics) { add(&metrics->streams_opened, 1); }

void metrics_stream_closed(struct metrics *metrics) { add(&metrics->streams_closed, 1); }

void metrics_cut(struct metrics *metrics, enum metrics_cut reason) { add(&metrics->cuts[reason], 1); }

void metrics_slowest_lag(struct metrics *metrics, uint64_t bytes) {
    atomic_store_explicit(&metrics->slowest_lag, bytes, memory_order_relaxed);
}

/* ---- as text ---- */

static void head(struct buffer *text, const char *name, const char *type, const char *help) {
    buffer_printf(text, "# HELP tailrace_%s %s\n# TYPE tailrace_%s %s\n", name, help, name, type);
}

static void single(struct buffer *text, const char *name, const char *type, const char *help, uint64_t value) {
    head(text, name, type, help);
    buffer_printf(text, "tailrace_%s %llu\n", name, (unsigned long long)value);
}

static void write_row(struct buffer *text, const char *route, const char *method,
                      const atomic_uint_least64_t counters[METRICS_STATUSES]) {
    for (unsigned column = 0; column < METRICS_STATUSES; column++) {
        uint64_t count = get(&counters[column]);
        if (count == 0)
            continue;
        buffer_printf(text, "tailrace_http_requests_total{route=\"%s\",method=\"%s\",status=\"", route, method);
        if (column < METRICS_STATUSES - 1)
            buffer_append_udecimal(text, STATUSES[column]);
        else
            buffer_append_text(text, "other");
        buffer_printf(text, "\"} %llu\n", (unsigned long long)count);
    }
}

static void write_requests(struct buffer *text, const struct metrics *metrics) {
    head(text, "http_requests_total", "counter",
         "Requests answered, by route, method (HEAD counts as GET) and status.");
    const struct route_table *routes = metrics->routes;
    for (const struct route *route = routes->rows; route->pattern != NULL; route++)
        write_row(text, route->pattern, method_name(route->method), metrics->requests[route_index(routes, route)]);
    write_row(text, routes->files->pattern, "GET", metrics->requests[route_index(routes, routes->files)]);
    for (unsigned row = 0; row < METRICS_METHODS; row++)
        write_row(text, "none", row < METRICS_METHODS - 1 ? method_name(METHOD_GET << row) : "other",
                  metrics->requests[ROUTES_MAX + row]);
}

static void write_codings(struct buffer *text, const char *name, const char *help,
                          const atomic_uint_least64_t counters[CODINGS]) {
    head(text, name, "counter", help);
    for (unsigned coding = CODING_NONE + 1; coding < CODINGS; coding++)
        buffer_printf(text, "tailrace_%s{encoding=\"%s\"} %llu\n", name, coding_name((enum coding)coding),
                      (unsigned long long)get(&counters[coding]));
}

static const char *cut_name(enum metrics_cut reason) {
    switch (reason) {
    case METRICS_CUT_SLOW_NONE: return "slow_none";
    case METRICS_CUT_SLOW_RATE: return "slow_rate";
    case METRICS_CUT_MEMORY: return "memory";
    case METRICS_CUT_STOPPING: return "stopping";
    case METRICS_CUT_ERROR: return "error";
    }
    return "?";
}

/* A thing may be opened and closed between both reads. */
static uint64_t open_now(const atomic_uint_least64_t *opened, const atomic_uint_least64_t *closed) {
    uint64_t first = get(opened);
    uint64_t second = get(closed);
    return first > second ? first - second : 0;
}

static void write_streams(struct buffer *text, const struct metrics *metrics) {
    single(text, "streams_opened_total", "counter", "Live streams opened.", get(&metrics->streams_opened));
    single(text, "streams_open", "gauge", "Open live streams.",
           open_now(&metrics->streams_opened, &metrics->streams_closed));
    single(text, "stream_lag_max_bytes", "gauge",
           "Bytes of text that the client of the slowest live stream has not read yet.", get(&metrics->slowest_lag));
    head(text, "stream_cuts_total", "counter", "Live streams closed by the server, by reason.");
    for (unsigned reason = 0; reason < METRICS_CUTS; reason++)
        buffer_printf(text, "tailrace_stream_cuts_total{reason=\"%s\"} %llu\n", cut_name(reason),
                      (unsigned long long)get(&metrics->cuts[reason]));
}

/* Microseconds as seconds, exactly and whatever the locale. */
static void append_seconds(struct buffer *text, uint64_t us) {
    buffer_printf(text, "%llu.%06llu", (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
}

static void write_histogram(struct buffer *text, const char *name, const char *help,
                            const struct histogram_values *values) {
    uint64_t count = 0;
    head(text, name, "histogram", help);
    for (unsigned i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        count += values->counts[i];
        buffer_printf(text, "tailrace_%s_bucket{le=\"", name);
        if (i < HISTOGRAM_BOUNDS)
            append_seconds(text, histogram_bounds_us[i]);
        else
            buffer_append_text(text, "+Inf");
        buffer_printf(text, "\"} %llu\n", (unsigned long long)count);
    }
    buffer_printf(text, "tailrace_%s_sum ", name);
    append_seconds(text, values->sum_us);
    buffer_printf(text, "\ntailrace_%s_count %llu\n", name, (unsigned long long)count);
}

static void write_counters(struct buffer *text, const struct budget *budget, const char *name, const char *type,
                           const char *help, uint64_t (*value)(const struct budget_counter *counter)) {
    head(text, name, type, help);
    for (unsigned kind = 0; kind < BUDGET_KINDS; kind++)
        buffer_printf(text, "tailrace_%s{kind=\"%s\"} %llu\n", name, budget_kind_name((enum budget_kind)kind),
                      (unsigned long long)value(&budget->kinds[kind]));
}

static uint64_t memory_used(const struct budget_counter *counter) {
    return atomic_load_explicit(&counter->used, memory_order_relaxed);
}

static uint64_t memory_max(const struct budget_counter *counter) { return counter->max; }

static uint64_t memory_refused(const struct budget_counter *counter) { return get(&counter->refused); }

static void write_memory(struct buffer *text, const struct budget *budget) {
    if (budget == NULL)
        return;
    write_counters(text, budget, "memory_bytes", "gauge", "Memory that clients make the server hold, by kind.",
                   memory_used);
    write_counters(text, budget, "memory_kind_limit_bytes", "gauge", "The most of each kind.", memory_max);
    write_counters(text, budget, "memory_refusals_total", "counter",
                   "Requests for more of a kind that were refused because of the limit of the kind.", memory_refused);
    single(text, "memory_limit_bytes", "gauge", "The most of all kinds together (--memory-bytes).", budget->all.max);
    single(text, "memory_limit_refusals_total", "counter",
           "Requests for more that were refused because of the limit of all kinds together.",
           memory_refused(&budget->all));
}

void metrics_write(const struct metrics *metrics, struct gateway *gateway, struct buffer *text) {
    struct storage_stats storage;
    gateway_stats(gateway, &storage);
    write_requests(text, metrics);
    single(text, "events_in_total", "counter", "Events written.", get(&metrics->events_in));
    single(text, "event_bytes_in_total", "counter", "Bytes of the request bodies with these events, decoded.",
           get(&metrics->bytes_in));
    single(text, "events_out_total", "counter", "Events sent, counted for each reader.", get(&metrics->events_out));
    single(text, "event_bytes_out_total", "counter", "Bytes of their text, before compression.",
           get(&metrics->bytes_out));
    write_codings(text, "http_bodies_decoded_total", "Request bodies received with this Content-Encoding.",
                  metrics->decoded);
    write_codings(text, "http_answers_encoded_total", "Answers sent with this Content-Encoding.", metrics->encoded);
    write_streams(text, metrics);
    single(text, "connections_open", "gauge", "Open connections, including streams.",
           open_now(&metrics->connections_opened, &metrics->connections_closed));
    write_memory(text, gateway->budget);
    single(text, "topics", "gauge", "Topics.", topics_count(gateway->topics));
    single(text, "read_failures_total", "counter", "Reads of what is stored that have failed.",
           read_failures_count(gateway->failures));
    single(text, "log_lines_dropped_total", "counter",
           "Lines of the server's log that were dropped because standard error did not take them.",
           log_dropped(metrics->log));
    single(text, "storage_queue_bytes", "gauge", "Bytes of requests that are queued for writing or being written.",
           storage.queued_bytes);
    write_histogram(text, "storage_commit_seconds",
                    "Duration of event writes, each for one or more requests, until readers see the events.",
                    &storage.commits);
    write_histogram(text, "storage_fsync_seconds", "Duration of writes that end with an fsync.", &storage.fsyncs);
}
