/* A request is sent, its head checked, and its body fed to the parser; cuts are made in the middle of what comes. */
#include "tests/live/reader.h"

#include "base/clock.h"
#include "tests/live/reader_body.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_BYTES_MAX = 16384, RECONNECT_MS = 20, CUTTING_READ_BYTES = 1500 };

void reader_init(struct reader *reader, struct readers_common *common) {
    *reader = (struct reader){ .common = common, .fd = -1 };
    reader_body_init(reader);
}

static void close_socket(struct reader *reader) {
    if (reader->fd >= 0)
        close(reader->fd); /* leaves the epoll set by that */
    reader->fd = -1;
}

void reader_finish(struct reader *reader) {
    close_socket(reader);
    buffer_finish(&reader->head);
    buffer_finish(&reader->line);
    sse_parser_finish(&reader->parser);
    order_finish(&reader->order);
}

void reader_fault(struct reader *reader, const char *format, ...) {
    if (reader->fault[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(reader->fault, sizeof reader->fault, format, arguments);
        va_end(arguments);
    }
    close_socket(reader);
    reader->state = READER_FAULTY;
}

static void send_request(struct reader *reader) {
    autobuffer struct buffer request = { 0 };
    const struct client_options *options = reader->common->options;
    buffer_printf(&request, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n", options->path,
                  options->format == STREAM_SSE ? "text/event-stream" : "application/x-ndjson");
    if (reader->parser.position.size > 0) {
        buffer_append_text(&request, "Last-Event-ID: ");
        buffer_append_bytes(&request, buffer_bytes(&reader->parser.position));
        buffer_append_text(&request, "\r\n");
    }

    buffer_append_text(&request, "\r\n");
    /* The first bytes of a connection: its buffer has room for all of them. */
    if (request.failed || send(reader->fd, request.data, request.size, MSG_NOSIGNAL) != (ssize_t)request.size)
        reader_fault(reader, "the request cannot be sent: %s", strerror(errno));
}

static bool open_socket(struct reader *reader) {
    const struct readers_common *common = reader->common;
    reader->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (reader->fd < 0)
        return false;
    int size = (int)common->options->receive_buffer;
    if (size > 0 && setsockopt(reader->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) != 0)
        return false;
    /* Blocking on loop-back: it returns as soon as the server's queue of connections has room. */
    return connect(reader->fd, (const struct sockaddr *)&common->address, sizeof common->address) == 0;
}

void reader_connect(struct reader *reader) {
    buffer_clear(&reader->head);
    buffer_clear(&reader->line);
    reader->chunks = (struct chunks){ 0 };
    sse_parser_restart(&reader->parser);
    reader->opened_ms = 0;
    reader->connections++;
    if (!open_socket(reader)) {
        reader_fault(reader, "cannot connect: %s", strerror(errno));
        return;
    }

    reader->state = READER_HEAD;
    send_request(reader);
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = reader };
    if (reader->fd >= 0 && epoll_ctl(reader->common->epoll, EPOLL_CTL_ADD, reader->fd, &event) != 0)
        reader_fault(reader, "epoll: %s", strerror(errno));
}

static void reconnect_later(struct reader *reader) {
    close_socket(reader);
    reader->state = READER_CLOSED;
    reader->connect_at_ms = clock_monotonic_ms() + RECONNECT_MS;
}

static void on_closed(struct reader *reader) {
    if (reader->state == READER_HEAD) {
        reader_fault(reader, "closed after %zu bytes of the response's head", reader->head.size);
        return;
    }
    reader->closed_ms = clock_monotonic_ms();
    if (reader->common->options->resume) {
        reconnect_later(reader);
        return;
    }
    close_socket(reader);
    reader->state = READER_FINISHED;
}

/* Opened: the position is fixed, so that what is published from now on must come. Then the pace begins. */
static void check_opened(struct reader *reader) {
    const struct client_options *options = reader->common->options;
    bool fixed = options->format == STREAM_NDJSON || reader->parser.position.size > 0;
    if (reader->opened_ms > 0 || reader->state != READER_STREAM || !fixed)
        return;
    reader->opened = true;
    reader->opened_ms = clock_monotonic_ms();
    struct epoll_event event = { .events = EPOLLRDHUP, .data.ptr = reader };
    if (options->pace != PACE_FULL)
        (void)epoll_ctl(reader->common->epoll, EPOLL_CTL_MOD, reader->fd, &event);
}

/* What is due after `cut_bytes` more bytes is cut in the middle of them. */
static void take_body(struct reader *reader, struct bytes bytes) {
    const struct client_options *options = reader->common->options;
    bool due = options->cuts > 0 && reader->cuts < (uint64_t)options->cuts && reader->events >= reader->next_cut;
    if (due && bytes.size >= reader->cut_bytes) {
        bytes.size = reader->cut_bytes;
        reader_body_take(reader, bytes);
        if (reader->state != READER_STREAM)
            return;
        reader->cuts++;
        reader_body_plan_cut(reader);
        reconnect_later(reader);
        return;
    }

    if (due)
        reader->cut_bytes -= bytes.size;
    reader_body_take(reader, bytes);
    check_opened(reader);
}

static void take_head(struct reader *reader, struct bytes bytes) {
    buffer_append_bytes(&reader->head, bytes);
    struct buffer *head = &reader->head;
    const char *end = head->failed ? NULL : memmem(head->data, head->size, "\r\n\r\n", 4);
    if (end == NULL) {
        if (head->failed || head->size > HEAD_BYTES_MAX)
            reader_fault(reader, "no end of the response's head in %zu bytes", head->size);
        return;
    }

    size_t head_bytes = (size_t)(end - head->data) + 4;
    if (!reader_body_head(reader, (struct bytes){ head->data, head_bytes }))
        return;

    reader->state = READER_STREAM;
    check_opened(reader);
    if (head->size > head_bytes)
        take_body(reader, (struct bytes){ head->data + head_bytes, head->size - head_bytes });
}

static void read_some(struct reader *reader, size_t bytes_max) {
    struct readers_common *common = reader->common;
    size_t wanted = bytes_max < common->chunk_bytes ? bytes_max : common->chunk_bytes;
    ssize_t got = recv(reader->fd, common->chunk, wanted, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        on_closed(reader);
        return;
    }

    reader->bytes += (uint64_t)got;
    struct bytes bytes = { common->chunk, (size_t)got };
    if (reader->state == READER_HEAD)
        take_head(reader, bytes);
    else
        take_body(reader, bytes);
}

void reader_on_readable(struct reader *reader) {
    if (reader->state != READER_HEAD && reader->state != READER_STREAM)
        return; /* an event of the same round, of the connection that is closed by now */
    if (reader->opened_ms > 0 && reader->common->options->pace != PACE_FULL)
        on_closed(reader); /* only then is a paced one woken: the bytes that it has not taken do not matter */
    else if (reader->cuts < (uint64_t)reader->common->options->cuts)
        read_some(reader, CUTTING_READ_BYTES); /* little at a time, so that no read holds two cuts */
    else
        read_some(reader, SIZE_MAX);
}

void reader_on_tick(struct reader *reader, int64_t now_ms) {
    if (reader->state == READER_CLOSED && now_ms >= reader->connect_at_ms)
        reader_connect(reader);
    int64_t pace = reader->common->options->pace;
    if (reader->state != READER_STREAM || reader->opened_ms == 0 || pace <= PACE_NOTHING)
        return;
    uint64_t allowed = (uint64_t)(pace * (now_ms - reader->opened_ms) / 1000);
    uint64_t before = reader->bytes;
    if (allowed > reader->paced_bytes) {
        read_some(reader, allowed - reader->paced_bytes);
        reader->paced_bytes += reader->bytes - before;
    }
}
