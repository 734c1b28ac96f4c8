/* How long the encoders take for a page of 1,000 events, how small it gets, and how long it takes to decode it. */
#include "base/memory.h"
#include "tests/decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EVENTS = 1000, ROUNDS = 20 };

/* The same sequence in every run (a linear congruential generator with Knuth's constants). */
static uint32_t next_random(uint64_t *state, uint32_t below) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % below);
}

static void make_page(struct buffer *page) {
    static const char *const states[] = { "new", "paid", "sent", "returned" };
    uint64_t random = 1;
    buffer_append_text(page, "{\"events\":[");
    for (unsigned i = 0; i < EVENTS; i++) {
        buffer_printf(page, "%s{\"topic\":\"orders\",\"partition\":0,\"offset\":%u,\"timestamp\":%u%03u,",
                      i > 0 ? "," : "", i, 1764000000 + i / 30, i % 30 * 33);
        buffer_printf(page, "\"key\":\"c%" PRIu32 "\",\"value\":{\"order\":%" PRIu32 ",\"state\":\"%s\",",
                      next_random(&random, 5000), next_random(&random, 100000000), states[next_random(&random, 4)]);
        buffer_printf(
            page, "\"amount\":%" PRIu32 ".%02" PRIu32 ",\"items\":[{\"sku\":\"S-%06" PRIu32 "\",\"n\":%" PRIu32 "}]}}",
            next_random(&random, 500), next_random(&random, 100), next_random(&random, 1000000),
            1 + next_random(&random, 9));
    }
    buffer_append_text(page, "],\"next\":\"AbCdEf\",\"up_to_date\":false}\n");
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool measure(enum coding coding, struct bytes page) {
    autobuffer struct buffer encoded = { 0 };
    bool good = true;
    double began = now_ms();
    for (unsigned i = 0; i < ROUNDS; i++) {
        buffer_clear(&encoded);
        good = good && coder_encode(coding, CODER_FAST, page, &encoded);
    }
    double between = now_ms();
    for (unsigned i = 0; i < ROUNDS; i++)
        good = good && decode_body(coding, buffer_bytes(&encoded), NULL);
    printf("%s: %zu bytes of %zu, encoded in %.2f ms, decoded in %.2f ms of processor time\n", coding_name(coding),
           encoded.size, page.size, (between - began) / ROUNDS, (now_ms() - between) / ROUNDS);
    return good;
}

int main(void) {
    autobuffer struct buffer page = { 0 };
    make_page(&page);
    bool good = !page.failed && measure(CODING_GZIP, buffer_bytes(&page)) && measure(CODING_ZSTD, buffer_bytes(&page));
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
