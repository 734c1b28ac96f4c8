/* Sockets, requests as text, answers cut apart. */
#include "tests/alloc/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 20, READ_BYTES = 64 * 1024 };

static int connect_to(uint16_t port) {
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;

    close(fd);
    return -1;
}

bool client_send_on(int fd, const struct call *call, bool keep_alive) {
    autobuffer struct buffer text = { 0 };
    buffer_printf(&text, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", call->method, call->target,
                  keep_alive ? "" : "Connection: close\r\n");
    if (call->type != NULL)
        buffer_printf(&text, "Content-Type: %s\r\n", call->type);
    if (call->headers != NULL)
        buffer_append_text(&text, call->headers);
    if (bytes_present(call->body))
        buffer_printf(&text, "Content-Length: %zu\r\n", call->body.size);
    buffer_append_text(&text, "\r\n");
    buffer_append_bytes(&text, call->body);

    for (size_t sent = 0; sent < text.size;) {
        ssize_t size = send(fd, text.data + sent, text.size - sent, MSG_NOSIGNAL);
        if (size <= 0)
            return false;
        sent += (size_t)size;
    }

    return true;
}

/* A server that answers before it has all of a request closes: its answer is read all the same. */
int client_send(uint16_t port, const struct call *call, bool keep_alive) {
    int fd = connect_to(port);
    if (fd >= 0)
        client_send_on(fd, call, keep_alive);
    return fd;
}

ssize_t client_read(int fd, void *data, size_t size) {
    ssize_t got = recv(fd, data, size, 0);
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return 0; /* reset is an end, too */
    return got;
}

struct bytes client_header(const struct answer *answer, const char *name) {
    struct bytes rest = answer->head;
    size_t size = strlen(name);
    while (rest.size > 0) {
        struct bytes line = bytes_cut(&rest, '\n');
        if (line.size > size && strncasecmp(line.data, name, size) == 0 && line.data[size] == ':') {
            struct bytes value = { line.data + size + 1, line.size - size - 1 };
            value.size -= value.size > 0 && value.data[value.size - 1] == '\r';
            return bytes_trim(value);
        }
    }
    return BYTES_NONE;
}

/* Where the head ends, behind its empty line; 0: it is not there. */
static size_t head_bytes(const struct buffer *text) {
    const char *end = text->size > 0 ? memmem(text->data, text->size, "\r\n\r\n", 4) : NULL;
    return end != NULL ? (size_t)(end - text->data) + 4 : 0;
}

/* How many bytes of body belong to the head; SIZE_MAX: as many as come until the end. */
static size_t body_bytes(const struct answer *answer, unsigned status) {
    struct bytes length = client_header(answer, "Content-Length");
    if (status == 204 || status == 304)
        return 0;
    return bytes_present(length) ? strtoul(length.data, NULL, 10) : SIZE_MAX;
}

/* Looks at what has come; true: it is a whole answer. */
static bool take_apart(struct answer *answer, bool head_only, bool at_end) {
    size_t head = head_bytes(&answer->text);
    if (head == 0 || answer->text.size < sizeof "HTTP/1.1 200")
        return false;
    answer->head = (struct bytes){ answer->text.data, head };
    unsigned status = (unsigned)strtoul(answer->text.data + sizeof "HTTP/1.1", NULL, 10);
    size_t come = answer->text.size - head;
    size_t wanted = head_only ? come : body_bytes(answer, status);
    if (wanted == SIZE_MAX ? !at_end : come < wanted)
        return false;
    answer->body = (struct bytes){ answer->text.data + head, wanted == SIZE_MAX ? come : wanted };
    answer->status = status;
    return true;
}

void client_receive(int fd, bool head_only, struct answer *answer) {
    buffer_clear(&answer->text);
    answer->status = 0;
    answer->head = answer->body = BYTES_NONE;
    answer->timed_out = false;

    for (ssize_t size = 1; size > 0 && !take_apart(answer, head_only, false);) {
        if (!buffer_reserve(&answer->text, READ_BYTES))
            return;
        size = client_read(fd, answer->text.data + answer->text.size, READ_BYTES);
        answer->text.size += size > 0 ? (size_t)size : 0;
        answer->timed_out = size < 0;
        if (size == 0)
            take_apart(answer, head_only, true);
    }
}

/* The end of the connection is waited for: then the server has done with the request. */
static void wait_for_end(int fd, struct answer *answer) {
    char rest[64];
    ssize_t size = client_read(fd, rest, sizeof rest);
    if (size == 0)
        return;
    answer->status = 0;
    answer->timed_out = size < 0;
}

void client_exchange(uint16_t port, const struct call *call, struct answer *answer) {
    int fd = client_send(port, call, false);
    answer->status = 0;
    if (fd < 0)
        return;
    client_receive(fd, false, answer);
    if (answer->status != 0)
        wait_for_end(fd, answer);
    close(fd);
}

void answer_finish(struct answer *answer) { buffer_finish(&answer->text); }
