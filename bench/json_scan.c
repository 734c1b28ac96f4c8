/* How long json_scan takes for an event of about 200 bytes, beside jansson's json_loadb on the same events. */
#include "base/clock.h"
#include "base/memory.h"
#include "gateway/json/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Many different events: a processor learns the branches of a single one by heart. */
enum { EVENTS = 20000, SCAN_ROUNDS = 50, JANSSON_ROUNDS = 5, TRIALS = 5, DEVICES = 4, PAGES = 5 };

struct events {
    struct buffer text;
    size_t begins[EVENTS + 1];
};

/* The same sequence in every run (a linear congruential generator with Knuth's constants). */
static uint32_t next_random(uint64_t *state, uint32_t below) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % below);
}

static void append_event(struct buffer *text, uint64_t *random) {
    static const char *const devices[DEVICES] = { "phone", "tablet", "desktop", "t\u00e9l\u00e9viseur" };
    static const char *const pages[PAGES] = { "/", "/basket", "/articles/how-to-read-a-log", "/search?q=\\\"log\\\"",
                                              "/account/orders" };
    buffer_printf(text,
                  "{\"type\":\"page_view\",\"user\":\"u-%06" PRIu32 "\",\"session\":\"%08" PRIx32 "%08" PRIx32 "\",",
                  next_random(random, 1000000), next_random(random, UINT32_MAX), next_random(random, UINT32_MAX));
    buffer_printf(text, "\"page\":\"%s\",\"device\":{\"kind\":\"%s\",\"width\":%" PRIu32 "},",
                  pages[next_random(random, PAGES)], devices[next_random(random, DEVICES)], next_random(random, 4000));
    buffer_printf(text, "\"scroll\":%" PRIu32 ".%" PRIu32 ",\"tags\":[\"a\",\"b%" PRIu32 "\"],\"new\":%s,\"ref\":null}",
                  next_random(random, 100), next_random(random, 1000), next_random(random, 30),
                  next_random(random, 2) == 0 ? "true" : "false");
}

static bool make_events(struct events *events) {
    uint64_t random = 1;
    for (size_t i = 0; i < EVENTS; i++) {
        events->begins[i] = events->text.size;
        append_event(&events->text, &random);
    }
    events->begins[EVENTS] = events->text.size;
    return !events->text.failed;
}

static bool scan_all(struct events *events) {
    for (size_t i = 0; i < EVENTS; i++) {
        size_t end;
        struct json_error error;
        if (!json_scan(events->text.data, events->begins[i + 1], events->begins[i], &end, &error) ||
            end != events->begins[i + 1])
            return false;
    }
    return true;
}

static bool load_all(struct events *events) {
    for (size_t i = 0; i < EVENTS; i++) {
        json_t *value = json_loadb(events->text.data + events->begins[i], events->begins[i + 1] - events->begins[i],
                                   JSON_DECODE_ANY, NULL);
        if (value == NULL)
            return false;
        json_decref(value);
    }
    return true;
}

/* Nanoseconds an event in the best of the trials; below 0: the pass failed. */
static double measure(bool (*pass)(struct events *), struct events *events, int rounds) {
    double best = -1;
    for (int trial = 0; trial < TRIALS; trial++) {
        int64_t begin_us = clock_monotonic_us();
        for (int round = 0; round < rounds; round++) {
            if (!pass(events))
                return -1;
        }
        double ns = (double)(clock_monotonic_us() - begin_us) * 1000 / rounds / EVENTS;
        if (best < 0 || ns < best)
            best = ns;
    }
    return best;
}

int main(void) {
    autofree struct events *events = mem_zero(1, sizeof *events);
    if (events == NULL || !make_events(events)) {
        fputs("no memory\n", stderr);
        return EXIT_FAILURE;
    }
    double bytes = (double)events->text.size / EVENTS;
    double scan_ns = measure(scan_all, events, SCAN_ROUNDS);
    double jansson_ns = measure(load_all, events, JANSSON_ROUNDS);
    buffer_finish(&events->text);
    if (scan_ns <= 0 || jansson_ns <= 0) {
        fputs("an event was refused\n", stderr);
        return EXIT_FAILURE;
    }
    printf("event     %7.1f bytes\n", bytes);
    printf("json_scan %7.1f ns an event, %6.0f MB/s\n", scan_ns, bytes * 1000 / scan_ns);
    printf("jansson   %7.1f ns an event, %6.0f MB/s\n", jansson_ns, bytes * 1000 / jansson_ns);
    printf("ratio     %7.1f\n", jansson_ns / scan_ns);
    return EXIT_SUCCESS;
}
