/* Bodies and answers with a Content-Encoding, made and read by the coders themselves: this thread's allocations are spared. */
#include "tests/alloc/encoded.h"

#include "tests/alloc/catalog.h"
#include "tests/alloc/faults.h"
#include "tests/decode.h"

#include <stdio.h>
#include <stdlib.h>

enum { TARGET_BYTES = 128 };

static const struct right GOOD = { .status = 200 };
static const char *const ENCODED_HEADERS[CODINGS] = { "", "Content-Encoding: gzip\r\n", "Content-Encoding: zstd\r\n" };
static const char *const ACCEPT_HEADERS[CODINGS] = { "", "Accept-Encoding: gzip\r\n", "Accept-Encoding: zstd\r\n" };

/* ---- bodies ---- */

static bool post_cut_short(struct run *run, const struct ledger *ledger, enum coding coding) {
    autobuffer struct buffer body = { 0 };
    autoanswer struct answer answer = { 0 };
    char target[TARGET_BYTES];
    snprintf(target, sizeof target, "/topics/%s/events", ledger->topic);
    if (!coder_encode(coding, CODER_FAST, BYTES_LITERAL("[1,2,3]"), &body))
        return run_wrong(run, "no memory");
    struct call call = {
        .method = "POST", .target = target, .headers = ENCODED_HEADERS[coding], .body = { body.data, body.size - 1 }
    };
    return call_retry(run, &call, &(struct right){ 400, 0, "invalid_encoding" }, &answer);
}

static bool refuse_unknown(struct run *run) {
    autoanswer struct answer answer = { 0 };
    struct call call = {
        .method = "PUT", .target = "/topics/never", .headers = "Content-Encoding: br\r\n", .body = BYTES_LITERAL("{}")
    };
    return call_retry(run, &call, &(struct right){ 415, 0, "unsupported_encoding" }, &answer) &&
           (client_header(&answer, "Accept-Encoding").size > 0 || run_wrong(run, "a 415 without Accept-Encoding"));
}

bool encoded_write_gzip(struct run *run, struct ledger *ledger) {
    return ledger_post(run, ledger, POST_GZIP) && post_cut_short(run, ledger, CODING_GZIP) &&
           ledger_read_json(run, ledger, "");
}

bool encoded_write_zstd(struct run *run, struct ledger *ledger) {
    return ledger_post(run, ledger, POST_ZSTD) && post_cut_short(run, ledger, CODING_ZSTD) && refuse_unknown(run) &&
           ledger_read_json(run, ledger, "");
}

/* ---- answers ---- */

/* Takes the chunks of a body apart (RFC 9112 7.1). */
static bool join_chunks(struct bytes body, struct buffer *joined) {
    for (;;) {
        char digits[16] = "";
        struct bytes line = bytes_cut(&body, '\n');
        memcpy(digits, line.data, line.size < sizeof digits ? line.size : sizeof digits - 1);
        char *end = digits;
        size_t size = strtoul(digits, &end, 16);
        if (end == digits || size > body.size || body.size - size < 2)
            return false;
        buffer_append(joined, body.data, size);
        body = (struct bytes){ body.data + size + 2, body.size - size - 2 };
        if (size == 0)
            return body.size == 0;
    }
}

/* The body as it was before it was encoded and sent. */
static bool read_body(struct run *run, const struct answer *answer, enum coding wanted, struct buffer *text) {
    autobuffer struct buffer joined = { 0 };
    struct bytes body = answer->body;
    struct bytes named = client_header(answer, "Content-Encoding");
    enum coding coding = CODING_NONE;
    if (bytes_present(client_header(answer, "Transfer-Encoding"))) {
        if (!join_chunks(body, &joined))
            return run_wrong(run, "chunks that do not end");
        body = buffer_bytes(&joined);
    }
    if (bytes_present(named) && !coding_by_name(named, &coding))
        return run_wrong(run, "an answer in a coding that nobody knows");
    if (coding != wanted && (coding != CODING_NONE || faults_failed() == 0))
        return run_wrong(run, "an answer in %s, not in %s", coding_name(coding), coding_name(wanted));
    if (coding == CODING_NONE)
        buffer_append_bytes(text, body);
    else if (!decode_body(coding, body, text))
        return run_wrong(run, "an answer that is no %s", coding_name(coding));
    return true;
}

static bool compare(struct run *run, const char *target, enum coding coding, struct bytes plain) {
    autoanswer struct answer answer = { 0 };
    autobuffer struct buffer text = { 0 };
    struct call call = { .method = "GET", .target = target, .headers = ACCEPT_HEADERS[coding] };
    if (!call_retry(run, &call, &GOOD, &answer) || !read_body(run, &answer, coding, &text))
        return false;
    return bytes_equal(buffer_bytes(&text), plain) ||
           run_wrong(run, "%s in %s is another text than without", target, coding_name(coding));
}

static bool read_everywhere(struct run *run, const char *target) {
    autoanswer struct answer plain = { 0 };
    struct call call = { .method = "GET", .target = target };
    return call_retry(run, &call, &GOOD, &plain) && compare(run, target, CODING_GZIP, plain.body) &&
           compare(run, target, CODING_ZSTD, plain.body);
}

/* A file has its tag, and is not sent again to a client that has it. */
static bool call_again(struct run *run) {
    autoanswer struct answer answer = { 0 };
    autoanswer struct answer again = { 0 };
    char headers[2 * TARGET_BYTES];
    struct call call = { .method = "GET", .target = "/README.md", .headers = ACCEPT_HEADERS[CODING_GZIP] };
    if (!call_retry(run, &call, &GOOD, &answer))
        return false;

    struct bytes tag = client_header(&answer, "ETag");
    snprintf(headers, sizeof headers, "%sIf-None-Match: %.*s\r\n", ACCEPT_HEADERS[CODING_GZIP], (int)tag.size,
             tag.data != NULL ? tag.data : "");
    call.headers = headers;

    /* One of the two may have had no memory for its coding, or for decoding: then it is sent again. */
    return call_retry(run, &call, &(struct right){ 304, 200, NULL }, &again) &&
           (again.status == 304 || faults_failed() > 0 || run_wrong(run, "a file that is known was sent again"));
}

bool encoded_read_events(struct run *run, struct ledger *ledger) {
    char page[TARGET_BYTES];
    snprintf(page, sizeof page, "/topics/%s/events", ledger->topic);
    return read_everywhere(run, page);
}

bool encoded_read_page(struct run *run, struct ledger *ledger) {
    (void)ledger;
    return read_everywhere(run, "/");
}

bool encoded_read_file(struct run *run, struct ledger *ledger) {
    (void)ledger;
    return read_everywhere(run, "/README.md") && call_again(run);
}
