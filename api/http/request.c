/* The parts of a request: target, query, numbers. */
#include "api/http/request.h"

#include <strings.h>

const char *method_name(enum method method) {
    switch (method) {
    case METHOD_GET: return "GET";
    case METHOD_PUT: return "PUT";
    case METHOD_POST: return "POST";
    case METHOD_PATCH: return "PATCH";
    case METHOD_DELETE: return "DELETE";
    case METHOD_OPTIONS: return "OPTIONS";
    }
    return "?";
}

unsigned method_by_name(const char *name) {
    if (strcmp(name, "HEAD") == 0)
        return METHOD_GET;
    for (unsigned known = METHOD_GET; known <= METHOD_OPTIONS; known <<= 1)
        if (strcmp(name, method_name(known)) == 0)
            return known;
    return 0;
}

void request_wait(struct request *request, request_handler then) {
    handoff_arm(&request->handoff);
    request->then = then;
}

void request_yield(struct request *request, request_handler then) {
    request->then = then;
    request->yields = true;
}

void request_go_on(struct request *request) { request->then = NULL; }

bool request_is_ready(const struct request *request) {
    return atomic_load_explicit(&request->handoff.met, memory_order_acquire);
}

void request_ready(void *context) {
    struct request *request = context;
    if (handoff_meet(&request->handoff))
        request->resume(request);
}

bool request_tell_hang_up(struct request *request, uint64_t ticket) { return request->tell(request, ticket); }

struct storage_op request_op(struct request *request) {
    return (struct storage_op){ .done = request_ready, .context = request };
}

void *request_state(struct request *request, size_t size, void (*finish)(void *state)) {
    void *state = arena_array(&request->arena, 1, size);
    if (state == NULL) {
        reply_no_memory(&request->reply);
        return NULL;
    }
    if (request->state_finish != NULL)
        request->state_finish(request->state);
    request->state = state;
    request->state_finish = finish;
    return state;
}

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The byte that a %XX means; -1: malformed. */
static int decode_percent(struct bytes text, size_t at) {
    if (text.size - at < 3)
        return -1;
    int high = hex_digit(text.data[at + 1]);
    int low = hex_digit(text.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static enum status malformed(const char *why, const char **ret_why) {
    *ret_why = why;
    return STATUS_INVALID;
}

/* Decodes %XX, and `+` if it means a space. */
static enum status decode(struct arena *arena, struct bytes text, bool plus_is_space, struct bytes *ret_decoded,
                          const char **ret_why) {
#ifdef SABOTEUR_OVERFLOW /* it forgets the room for the NUL */
    char *decoded = arena_alloc(arena, text.size);
#else
    char *decoded = arena_copy(arena, text.data, text.size);
#endif
    if (decoded == NULL)
        return STATUS_NO_MEMORY;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (byte == '%') {
            int value = decode_percent(text, i);
            if (value < 0)
                return malformed("% must be followed by two hexadecimal digits", ret_why);
            byte = (char)value;
            i += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        decoded[size++] = byte;
    }
    decoded[size] = '\0';
    *ret_decoded = (struct bytes){ decoded, size };
    return STATUS_OK;
}

/* The empty segment behind a slash at the end is one, and so is that of "/": see route_find. */
static enum status parse_segments(struct request *request, struct bytes path, const char **ret_why) {
    struct bytes rest = { path.data + 1, path.size - 1 };
    for (bool more = true; more;) {
        more = rest.size > 0 && memchr(rest.data, '/', rest.size) != NULL;
        if (request->segment_count == REQUEST_SEGMENTS_MAX) {
            request->segment_count = 0; /* no route is that deep: 404 */
            return STATUS_OK;
        }
        struct bytes segment = bytes_cut(&rest, '/');
        enum status s = decode(&request->arena, segment, false, &request->segments[request->segment_count++], ret_why);
        if (s != STATUS_OK)
            return s;
    }
    return STATUS_OK;
}

/* `_=` is ignored, however often it comes: HTTP libraries add it so that no cache answers. */
static enum status parse_parameter(struct request *request, struct bytes text, const char **ret_why) {
    struct request_param param = { .value = text };
    struct bytes name = bytes_cut(&param.value, '=');
    enum status s = decode(&request->arena, name, true, &param.name, ret_why);
    if (s != STATUS_OK || bytes_equal(param.name, BYTES_LITERAL("_")))
        return s;
    if (request->query_count == LIMIT_QUERY_PARAMETERS)
        return malformed("there are more than 32 query parameters", ret_why);
    s = decode(&request->arena, param.value, true, &param.value, ret_why);
    if (s == STATUS_OK)
        request->query[request->query_count++] = param;
    return s;
}

static enum status parse_query(struct request *request, struct bytes query, const char **ret_why) {
    while (query.size > 0) {
        struct bytes text = bytes_cut(&query, '&');
        enum status s = text.size > 0 ? parse_parameter(request, text, ret_why) : STATUS_OK;
        if (s != STATUS_OK)
            return s;
    }
    return STATUS_OK;
}

/* RFC 9112 3.2.2: a server must take the absolute form too. */
static struct bytes skip_authority(struct bytes target) {
    static const struct bytes schemes[] = { BYTES_LITERAL("http://"), BYTES_LITERAL("https://") };
    for (size_t i = 0; i < 2; i++) {
        if (target.size < schemes[i].size || strncasecmp(target.data, schemes[i].data, schemes[i].size) != 0)
            continue;
        const char *host = target.data + schemes[i].size;
        size_t host_size = strcspn(host, "/?");
        return host[host_size] == '\0' ? BYTES_LITERAL("/") : bytes_text(host + host_size);
    }
    return target;
}

enum status request_parse_target(struct request *request, const char *target, const char **ret_why) {
    struct bytes rest = skip_authority(bytes_text(target));
    struct bytes path = bytes_cut(&rest, '?');
    request->path = path;
    if (bytes_equal(path, BYTES_LITERAL("*")))
        return STATUS_OK; /* of OPTIONS; any other method finds no route */
    if (path.size == 0 || path.data[0] != '/')
        return malformed("the path must start with /", ret_why);
    enum status s = parse_segments(request, path, ret_why);
    return s == STATUS_OK ? parse_query(request, rest, ret_why) : s;
}

struct bytes request_path_param(const struct request *request, const char *name) {
    for (size_t i = 0; i < REQUEST_PATH_PARAMS_MAX; i++)
        if (bytes_equal(request->path_params[i].name, bytes_text(name)))
            return request->path_params[i].value;
    return BYTES_NONE;
}

struct bytes request_query(const struct request *request, const char *name) {
    for (size_t i = 0; i < request->query_count; i++)
        if (bytes_equal(request->query[i].name, bytes_text(name)))
            return request->query[i].value;
    return BYTES_NONE;
}

bool parse_number(struct bytes text, uint64_t max, uint64_t *ret_number) {
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (number > (max - digit) / 10 || digit > max)
            return false;
        number = number * 10 + digit;
    }
    if (text.size == 0)
        return false;
    *ret_number = number;
    return true;
}

bool request_query_number(const struct request *request, const char *name, uint64_t min, uint64_t max,
                          uint64_t *ret_value, struct reply *reply) {
    struct bytes text = request_query(request, name);
    if (!bytes_present(text))
        return true;
    uint64_t value;
    if (parse_number(text, max, &value) && value >= min) {
        *ret_value = value;
        return true;
    }
    reply_problem(reply, PROBLEM_BAD_PARAMETER, "%s=%s: expected a whole number from %llu to %llu", name,
                  reply_quote(reply, text), (unsigned long long)min, (unsigned long long)max);
    return false;
}

bool request_query_bool(const struct request *request, const char *name, bool *ret_value, struct reply *reply) {
    struct bytes text = request_query(request, name);
    if (!bytes_present(text))
        return true;
    bool yes = bytes_equal(text, BYTES_LITERAL("true"));
    if (!yes && !bytes_equal(text, BYTES_LITERAL("false"))) {
        reply_problem(reply, PROBLEM_BAD_PARAMETER, "%s=%s: expected true or false", name, reply_quote(reply, text));
        return false;
    }
    *ret_value = yes;
    return true;
}
