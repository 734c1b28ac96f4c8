/* api/guard, api/guard_padding and api/callers: what is checked before anything else is done. The input is what a
 * client sends first.
 *
 * The end of the headers is found where it is, no sooner and no later. What the guard lets through, a lenient reader
 * understands as a strict one does, and it has one framing. A host that is let through without being named is this
 * machine or an address. What is seen of a request that is refused is the same however its bytes come. */
#include "api/http/guard/callers.h"
#include "api/http/guard/guard_padding.h"
#include "api/http/sockets/raw_request.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

static struct bytes trim(struct bytes text, const char *space) {
    while (text.size > 0 && strchr(space, text.data[0]) != NULL)
        text = (struct bytes){ text.data + 1, text.size - 1 };
    while (text.size > 0 && strchr(space, text.data[text.size - 1]) != NULL)
        text.size--;
    return text;
}

static void append_lower(struct buffer *list, struct bytes text) {
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        buffer_append_u8(list, (uint8_t)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte));
    }
}

/* "name:value" and an LF, the name in small letters. */
static void append_header(struct buffer *list, struct bytes name, struct bytes value) {
    append_lower(list, name);
    buffer_append_u8(list, ':');
    buffer_append_bytes(list, value);
    buffer_append_u8(list, '\n');
}

/* Lines end with LF or CR LF; a name ends at the colon; spaces and tabs around a value are none of it. */
static size_t read_strictly(struct bytes section, struct bytes *ret_request_line, struct buffer *list) {
    struct bytes rest = section;
    struct bytes request_line = { "", 0 };
    while (rest.size > 0) {
        struct bytes value = bytes_cut(&rest, '\n');
        if (value.size > 0 && value.data[value.size - 1] == '\r')
            value.size--;
        if (request_line.size == 0) {
            request_line = value;
            continue;
        }
        if (value.size == 0)
            break;
        struct bytes name = bytes_cut(&value, ':');
        append_header(list, name, trim(value, " \t"));
    }

    *ret_request_line = request_line;
    return section.size - rest.size;
}

/* Takes what a careless server takes: a lone CR or a NUL ends a line, a line that begins with white space goes on with
 * the one before it, there may be any control byte around names and values, and a line without a name ends it all. */
static size_t read_leniently(struct bytes section, struct buffer *list) {
    static const char SPACE[] = " \t\v\f";
    size_t at = 0;
    bool request_line = true;
    while (at < section.size) {
        size_t begin = at;
        while (at < section.size && strchr("\r\n", section.data[at]) == NULL)
            at++;
        struct bytes value = { section.data + begin, at - begin };
        at += at + 1 < section.size && section.data[at] == '\r' && section.data[at + 1] == '\n' ? 2 : 1;
        if (value.size == 0 && !request_line)
            break;
        bool goes_on = value.size > 0 && strchr(SPACE, value.data[0]) != NULL;
        if (goes_on && list->size > 0)
            list->size--; /* the LF */
        if (value.size > 0 && !request_line) {
            struct bytes name = trim(bytes_cut(&value, ':'), SPACE);
            if (name.size == 0)
                break;
            append_header(list, name, trim(value, SPACE));
        }
        request_line = request_line && value.size == 0;
    }

    return at < section.size ? at : section.size;
}

/* How many headers of the list have this name; the value of the last. */
static unsigned count_headers(struct bytes list, const char *name, struct bytes *ret_value) {
    unsigned count = 0;
    while (list.size > 0) {
        struct bytes value = bytes_cut(&list, '\n');
        if (!bytes_equal(bytes_cut(&value, ':'), bytes_text(name)))
            continue;
        *ret_value = value;
        count++;
    }
    return count;
}

/* One length or one coding, and one host to whom it goes. */
static void check_framing(struct bytes list, bool http_1_0, struct bytes *ret_host) {
    struct bytes length = BYTES_NONE;
    struct bytes coding = BYTES_NONE;
    unsigned lengths = count_headers(list, "content-length", &length);
    unsigned codings = count_headers(list, "transfer-encoding", &coding);
    unsigned hosts = count_headers(list, "host", ret_host);
    fuzz_check(lengths + codings <= 1 && hosts <= 1 && (hosts == 1 || http_1_0) && (codings == 0 || !http_1_0));
    fuzz_check(codings == 0 || (coding.size == 7 && strncasecmp(coding.data, "chunked", 7) == 0));
    fuzz_check(lengths == 0 || (length.size > 0 && length.size <= 19));
    for (size_t i = 0; i < length.size; i++)
        fuzz_check(length.data[i] >= '0' && length.data[i] <= '9');
}

/* The same headers, as libmicrohttpd hands them to the second check. */
static void check_reparsed(struct bytes list, bool http_1_0) {
    struct guard_header headers[LIMIT_REQUEST_HEADERS];
    size_t count = 0;
    while (list.size > 0) {
        fuzz_check(count < LIMIT_REQUEST_HEADERS);
        struct bytes value = bytes_cut(&list, '\n');
        struct bytes name = bytes_cut(&value, ':');
        headers[count++] = (struct guard_header){ name, value };
    }
    fuzz_check(guard_check(headers, count, http_1_0) == NULL);
}

/* Digits, dots and brackets are an address, and all else ends with the name of this machine. */
static void check_host(struct bytes host) {
    static const char LOCAL[] = "localhost";
    const struct callers none = { 0 };
    autofree char *exact = fuzz_exact(host);
    if (!callers_host_allowed(&none, (struct bytes){ exact, host.size }))
        return;

    struct bytes name = host;
    while (name.size > 0 && name.data[name.size - 1] >= '0' && name.data[name.size - 1] <= '9')
        name.size--;

    name = name.size > 0 && name.data[name.size - 1] == ':' ? (struct bytes){ name.data, name.size - 1 } : host;
    if (name.size > 0 && name.data[name.size - 1] == '.')
        name.size--;
    size_t size = sizeof LOCAL - 1;
    if (name.size >= size && strncasecmp(name.data + name.size - size, LOCAL, size) == 0) {
        fuzz_check(name.size == size || name.data[name.size - size - 1] == '.');
        return;
    }

    for (size_t i = 0; i < host.size; i++)
        fuzz_check(host.data[i] != '\0' && strchr("0123456789abcdefABCDEF.:[]", host.data[i]) != NULL);
}

static bool ends_with(struct bytes text, const char *end) {
    size_t size = strlen(end);
    return text.size >= size && memcmp(text.data + text.size - size, end, size) == 0;
}

/* It begins with a request line, before which there may be empty ones, and ends where a strict reader sees its end. */
static void check_section(struct bytes section) {
    autobuffer struct buffer list = { 0 };
    struct bytes request_line;
    fuzz_check(read_strictly(section, &request_line, &list) == section.size && request_line.size > 0);
    fuzz_check(section.data[section.size - 1] == '\n' && guard_section_bytes(section) == section.size);
    fuzz_check(guard_section_bytes((struct bytes){ section.data, section.size - 1 }) == 0);
}

/* What is put in front of libmicrohttpd's own headers says the same as they do to who passes over white space. */
static void check_padding(struct bytes section, struct bytes list) {
    static const char *const names[GUARD_PADDED_EXPECT] = { "content-length", "transfer-encoding" };
    struct guard_padding padding = guard_padding_of(section);
    for (unsigned i = 0; i < GUARD_PADDED_EXPECT; i++) {
        struct bytes value = BYTES_NONE;
        unsigned count = count_headers(list, names[i], &value);
        struct bytes put = bytes_text(padding.values[i]);
        fuzz_check(put.size == 0 || (padding.any && count == 1 && bytes_equal(put, value)));
    }
}

static void check_passed(struct bytes section) {
    autobuffer struct buffer strict = { 0 };
    autobuffer struct buffer lenient = { 0 };
    struct bytes request_line;
    read_strictly(section, &request_line, &strict);
    fuzz_check(read_leniently(section, &lenient) == section.size);
    fuzz_check(bytes_equal(buffer_bytes(&strict), buffer_bytes(&lenient)));
    bool http_1_0 = ends_with(request_line, " HTTP/1.0");
    fuzz_check(http_1_0 || ends_with(request_line, " HTTP/1.1"));
    struct bytes host = BYTES_NONE;
    check_framing(buffer_bytes(&strict), http_1_0, &host);
    check_reparsed(buffer_bytes(&strict), http_1_0);
    check_padding(section, buffer_bytes(&strict));
    if (bytes_present(host))
        check_host(host);
}

/* Reads it in pieces, as the accept thread does, until the origin is there or the headers end. */
static struct bytes read_in_pieces(struct bytes seen, size_t step, struct raw_request *request) {
    size_t begin = 0;
    for (size_t end = 0; end < seen.size && !request->ended;) {
        end = step < seen.size - end ? end + step : seen.size;
        autofree char *exact = fuzz_exact((struct bytes){ seen.data + begin, end - begin });
        size_t used = raw_request_read(request, (struct bytes){ exact, end - begin });
        fuzz_check(used <= end - begin && end - begin - used <= RAW_REQUEST_LINE_BYTES_MAX);
        if (bytes_present(request->origin))
            return (struct bytes){ seen.data + begin + (request->origin.data - exact), request->origin.size };
        begin += used;
    }
    return BYTES_NONE;
}

static void check_raw(struct bytes seen) {
    struct raw_request at_once = { 0 };
    raw_request_read(&at_once, seen);
    for (size_t i = 0; i < at_once.origin.size; i++)
        fuzz_check(at_once.origin.data[i] >= ' ' && at_once.origin.data[i] <= '~');
    for (size_t step = 1; step < 20 && seen.size <= RAW_REQUEST_LINE_BYTES_MAX; step += 6) {
        struct raw_request request = { 0 };
        fuzz_check(fuzz_same(read_in_pieces(seen, step, &request), at_once.origin));
        fuzz_check(request.head == at_once.head && request.reads == at_once.reads);
        fuzz_check(request.ended == at_once.ended || bytes_present(at_once.origin));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autofree char *seen = fuzz_exact(fuzz_input_of(data, size).left);
    size_t end = guard_section_bytes((struct bytes){ seen, size });
    fuzz_check(end <= size);
    check_raw((struct bytes){ seen, size });
    autofree char *exact = fuzz_exact((struct bytes){ seen, end });
    struct bytes section = { exact, end };
    if (end == 0)
        return 0;

    check_section(section);
    const char *fault = guard_check_section(section);
    fuzz_check(fault == NULL || fault[0] != '\0');
    if (fault == NULL)
        check_passed(section);
    return 0;
}
