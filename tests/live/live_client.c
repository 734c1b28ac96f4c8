/* The load client: opens readers, lets them run under one epoll, and prints what they got as lines of JSON:
 * {"open":N,…} when all are open, {"complete":N,…} when all have what they expect, and last the result. Exit status: 0
 * all is well, 1 something is missing or wrong, 2 it was called wrongly. */
#include "base/clock.h"
#include "base/memory.h"
#include "tests/live/reader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CHUNK_BYTES = 256 << 10, OPENING_MAX = 100, EPOLL_EVENTS = 256, TICK_MS = 10 };

struct live_client {
    struct client_options options;
    struct readers_common common;
    struct reader *readers;
    int64_t began_ms;
    int64_t complete_ms; /* 0: not yet */
    bool reported_open;
    bool reported_complete;
    bool input_ended;
};

struct totals {
    int64_t opened;
    int64_t opening;
    int64_t complete;
    int64_t finished; /* closed by the server */
    int64_t faulty;
    uint64_t events;
    uint64_t events_min;
    uint64_t events_max;
    uint64_t bytes;
    uint64_t gaps;
    uint64_t ends;
    uint64_t cuts;
    uint64_t connections;
    uint64_t comments;
    uint64_t ids_alone;
    uint64_t retries;
    int64_t first_event_ms;
    int64_t last_event_ms;
    int64_t closed_after_ms_max;
    const char *fault;
};

static void add(struct totals *totals, const struct reader *reader) {
    totals->opened += reader->opened;
    totals->opening += reader->connections > 0 && !reader->opened && reader->state != READER_FAULTY;
    totals->complete += reader->complete;
    totals->finished += reader->state == READER_FINISHED;
    totals->faulty += reader->state == READER_FAULTY;
    totals->events += reader->events;
    totals->events_min = reader->events < totals->events_min ? reader->events : totals->events_min;
    totals->events_max = reader->events > totals->events_max ? reader->events : totals->events_max;
    totals->bytes += reader->bytes;
    totals->gaps += reader->gaps;
    totals->ends += reader->ends;
    totals->cuts += reader->cuts;
    totals->connections += reader->connections;
    totals->comments += reader->parser.comments;
    totals->ids_alone += reader->parser.ids_alone;
    totals->retries += reader->parser.retries;
    if (reader->events > 0 && (totals->first_event_ms == 0 || reader->first_event_ms < totals->first_event_ms))
        totals->first_event_ms = reader->first_event_ms;
    if (reader->last_event_ms > totals->last_event_ms)
        totals->last_event_ms = reader->last_event_ms;
    if (reader->state == READER_FINISHED && reader->closed_ms - reader->opened_ms > totals->closed_after_ms_max)
        totals->closed_after_ms_max = reader->closed_ms - reader->opened_ms;
    if (totals->fault == NULL && reader->fault[0] != '\0')
        totals->fault = reader->fault;
}

static struct totals count(const struct live_client *client) {
    struct totals totals = { .events_min = UINT64_MAX };
    for (int64_t i = 0; i < client->options.readers; i++)
        add(&totals, &client->readers[i]);
    return totals;
}

/* Text, escaped for the inside of a JSON string. */
static void print_escaped(const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ')
            printf("\\u%04x", (unsigned char)*text);
        else
            putchar(*text);
    }
}

static void print_result(const struct live_client *client, const struct totals *totals) {
    double listened = (double)(totals->last_event_ms - totals->first_event_ms) / 1000;
    printf("{\"readers\":%lld,\"opened\":%lld,\"complete\":%lld,\"faulty\":%lld,\"closed\":%lld,",
           (long long)client->options.readers, (long long)totals->opened, (long long)totals->complete,
           (long long)totals->faulty, (long long)totals->finished);
    printf("\"events\":%llu,\"events_min\":%llu,\"events_max\":%llu,\"bytes\":%llu,",
           (unsigned long long)totals->events, (unsigned long long)totals->events_min,
           (unsigned long long)totals->events_max, (unsigned long long)totals->bytes);
    printf("\"gaps\":%llu,\"ends\":%llu,\"cuts\":%llu,\"connections\":%llu,\"comments\":%llu,\"ids_alone\":%llu,"
           "\"retries\":%llu,",
           (unsigned long long)totals->gaps, (unsigned long long)totals->ends, (unsigned long long)totals->cuts,
           (unsigned long long)totals->connections, (unsigned long long)totals->comments,
           (unsigned long long)totals->ids_alone, (unsigned long long)totals->retries);
    printf("\"seconds\":%.3f,\"listened_s\":%.3f,\"deliveries_per_s\":%.0f,\"closed_after_ms\":%lld,\"fault\":\"",
           (double)(clock_monotonic_ms() - client->began_ms) / 1000, listened,
           listened > 0 ? (double)totals->events / listened : 0, (long long)totals->closed_after_ms_max);
    print_escaped(totals->fault != NULL ? totals->fault : "");
    printf("\"}\n");
}

/* Once, when `count` and those that failed are all of them. */
static void report(const struct live_client *client, const struct totals *totals, const char *what, int64_t count,
                   bool *reported) {
    if (*reported || count + totals->faulty < client->options.readers)
        return;
    *reported = true;
    printf("{\"%s\":%lld,\"seconds\":%.3f}\n", what, (long long)count,
           (double)(clock_monotonic_ms() - client->began_ms) / 1000);
    fflush(stdout);
}

/* Whether there is nothing left to wait for. */
static bool done(struct live_client *client, const struct totals *totals, int64_t now_ms) {
    const struct client_options *options = &client->options;
    if (now_ms - client->began_ms > options->seconds * 1000 || client->input_ended)
        return true;
    if (totals->faulty + totals->finished == options->readers)
        return true;
    int64_t there = options->expect > 0 ? totals->complete : totals->opened;
    if (options->hold || there + totals->faulty < options->readers)
        return false;
    if (client->complete_ms == 0)
        client->complete_ms = now_ms;
    return now_ms - client->complete_ms >= (options->expect > 0 ? options->linger_ms : 0);
}

static void open_some(struct live_client *client, const struct totals *totals) {
    int64_t room = OPENING_MAX - totals->opening;
    for (int64_t i = 0; i < client->options.readers && room > 0; i++) {
        struct reader *reader = &client->readers[i];
        if (reader->connections == 0) {
            reader_connect(reader);
            room--;
        }
    }
}

static void read_input(struct live_client *client) {
    char bytes[64];
    if (read(STDIN_FILENO, bytes, sizeof bytes) <= 0)
        client->input_ended = true;
}

static void run(struct live_client *client) {
    struct epoll_event events[EPOLL_EVENTS];
    int64_t ticked_ms = 0;
    for (;;) {
        int64_t now = clock_monotonic_ms();
        if (now - ticked_ms >= TICK_MS) {
            ticked_ms = now;
            struct totals totals = count(client);
            open_some(client, &totals);
            report(client, &totals, "open", totals.opened, &client->reported_open);
            report(client, &totals, "complete", totals.complete, &client->reported_complete);
            if (done(client, &totals, now))
                return;
            for (int64_t i = 0; i < client->options.readers; i++) {
                if (client->readers[i].connections > 0)
                    reader_on_tick(&client->readers[i], now);
            }
        }
        int found = epoll_wait(client->common.epoll, events, EPOLL_EVENTS, TICK_MS);
        for (int i = 0; i < found; i++) {
            if (events[i].data.ptr == NULL)
                read_input(client);
            else
                reader_on_readable(events[i].data.ptr);
        }
    }
}

/* Each reader needs a descriptor: the soft limit becomes the hard one. */
static void raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool set_up(struct live_client *client) {
    struct readers_common *common = &client->common;
    char *end;
    long port = strtol(client->options.port, &end, 10);
    common->address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (*end != '\0' || port < 1 || port > 65535 ||
        inet_pton(AF_INET, client->options.host, &common->address.sin_addr) != 1)
        return false;

    common->options = &client->options;
    common->random = (uint64_t)client->options.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    common->chunk_bytes = CHUNK_BYTES;
    common->chunk = mem_alloc(CHUNK_BYTES);
    common->epoll = epoll_create1(EPOLL_CLOEXEC);
    client->readers = mem_zero((size_t)client->options.readers, sizeof *client->readers);
    if (common->chunk == NULL || client->readers == NULL || common->epoll < 0)
        return false;

    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    if (client->options.hold && epoll_ctl(common->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
        return false;

    for (int64_t i = 0; i < client->options.readers; i++)
        reader_init(&client->readers[i], common);

    client->began_ms = clock_monotonic_ms();
    return true;
}

static void take_down(struct live_client *client) {
    for (int64_t i = 0; client->readers != NULL && i < client->options.readers; i++)
        reader_finish(&client->readers[i]);
    if (client->common.epoll >= 0)
        close(client->common.epoll);
    topic_names_finish(&client->common.names);
    mem_free(client->common.chunk);
    mem_free(client->readers);
}

int main(int argc, char **argv) {
    struct live_client client = { .common = { .epoll = -1 } };
    const char *why;
    if (!client_options_read(argc, argv, &client.options, &why)) {
        fprintf(stderr, "live_client: %s\n", why);
        client_options_help(stderr);
        return 2;
    }

    raise_file_limit();
    bool ready = set_up(&client);
    struct totals totals = { 0 };
    if (ready) {
        run(&client);
        totals = count(&client);
        print_result(&client, &totals);
    } else {
        fprintf(stderr, "live_client: cannot begin: %s\n", strerror(errno));
    }

    bool lacking = client.options.expect > 0 && totals.complete < client.options.readers;
    take_down(&client);
    return ready && totals.faulty == 0 && !lacking ? 0 : 1;
}
