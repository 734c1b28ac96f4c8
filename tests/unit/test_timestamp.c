/* gateway/timestamp: digits and RFC 3339, checked against the C library where it can say the same. */
#include "gateway/timestamp.h"
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

START_TEST(accepted) {
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        { "100000000000", 100000000000 },
        { "000100000000000", 100000000000 },
        { "1763805600123", 1763805600123 },
        { "253402300799999", TIMESTAMP_MS_MAX },
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.001Z", 1 },
        { "1970-01-01T01:00:00+01:00", 0 },
        { "1969-12-31T23:30:00-00:30", 0 },
        { "2000-02-29T12:00:00Z", 951825600000 },
        { "2024-02-29T00:00:00z", 1709164800000 },
        { "2026-11-22T10:00:00Z", 1795341600000 },
        { "2026-11-22t10:00:00Z", 1795341600000 },
        { "2026-11-22 10:00:00Z", 1795341600000 },
        { "2026-11-22T10:00:00.5Z", 1795341600500 },
        { "2026-11-22T10:00:00.123999999+01:00", 1795338000123 },
        { "2026-11-22T10:00:00.123 01:00", 1795338000123 },
        { "2026-11-22T10:00:00-23:59", 1795427940000 },
        { "2026-11-22T10:00:00-00:00", 1795341600000 },
        { "2016-12-31T23:59:60Z", 1483228800000 },
        { "2016-12-31T23:59:60.25Z", 1483228800250 },
        { "2017-01-01T00:59:60+01:00", 1483228800000 },
        { "2016-12-31T18:29:60.999-05:30", 1483228800999 },
        { "9999-12-31T23:59:59.999Z", TIMESTAMP_MS_MAX },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = -1;
        ck_assert_msg(timestamp_parse(bytes_text(cases[i].text), &ms) == TIMESTAMP_GOOD, "%s", cases[i].text);
        ck_assert_msg(ms == cases[i].ms, "%s: got %" PRId64, cases[i].text, ms);
    }
}
END_TEST

START_TEST(refused) {
    static const char *const texts[] = {
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "12a",
        " 12",
        "12 ",
        "0x10",
        "253402300800000",
        "99999999999999999999",
        "earliest",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-11-22T10:00Z",
        "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00:00,5Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:60:00Z",
        "2026-11-22T10:00:61Z",
        "2026-11-22T10:00:60Z",
        "2026-11-22T10:59:60Z",
        "2026-11-22T23:58:60Z",
        "2026-11-22T23:59:60+01:00",
        "2026-11-22T22:59:60.5+00:30",
        "2026-11-22T23:59:60-00:01",
        "2026-13-22T10:00:00Z",
        "2026-00-22T10:00:00Z",
        "2026-11-31T10:00:00Z",
        "2026-11-00T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "2100-02-29T10:00:00Z",
        "2026-11-22T10:00:00+24:00",
        "2026-11-22T10:00:00+01:60",
        "2026-11-22T10:00:00+0100",
        "2026-11-22T10:00:00+01",
        "2026-11-22T10:00:00Z ",
        "2026-11-22T10:00:00ZZ",
        "2026-11-22X10:00:00Z",
        "2026/11/22T10:00:00Z",
        "02026-11-22T10:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "2026-1-22T10:00:00Z",
        "2026-11-22T1:00:00Z",
        "2026-11--2T10:00:00Z",
        "\xef\xbc\x91",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t ms = 42;
        ck_assert_msg(timestamp_parse(bytes_text(texts[i]), &ms) == TIMESTAMP_MALFORMED, "<%s>: %" PRId64, texts[i],
                      ms);
        ck_assert_int_eq(ms, 42);
    }

    int64_t ms;
    ck_assert_int_eq(timestamp_parse((struct bytes){ "12\0", 3 }, &ms), TIMESTAMP_MALFORMED);
    ck_assert_int_eq(timestamp_parse((struct bytes){ "2026-11-22T10:00:00\0", 20 }, &ms), TIMESTAMP_MALFORMED);
}
END_TEST

START_TEST(seconds_are_no_milliseconds) {
    static const char *const texts[] = { "0", "5", "00012", "1795645230", "99999999999", "000099999999999" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t ms = 42;
        ck_assert_msg(timestamp_parse(bytes_text(texts[i]), &ms) == TIMESTAMP_IN_SECONDS, "<%s>", texts[i]);
        ck_assert_int_eq(ms, 42);
    }
}
END_TEST

START_TEST(every_day_is_the_c_librarys) {
    for (int64_t second = 0; second <= TIMESTAMP_MS_MAX / 1000; second += 86400 * 5 + 12345) {
        time_t time = (time_t)second;
        struct tm utc;
        char text[TIMESTAMP_TEXT_BYTES_MAX];
        gmtime_r(&time, &utc);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
        int64_t ms = -1;
        if (timestamp_parse(bytes_text(text), &ms) != TIMESTAMP_GOOD || ms != second * 1000)
            ck_abort_msg("%s: %" PRId64, text, ms);
    }
}
END_TEST

START_TEST(length_is_limited) {
    char text[TIMESTAMP_TEXT_BYTES_MAX + 2];
    int64_t ms = -1;
    memset(text, '0', sizeof text);
    memcpy(text + TIMESTAMP_TEXT_BYTES_MAX - 13, "1795341600000", 13);
    ck_assert_int_eq(timestamp_parse((struct bytes){ text, TIMESTAMP_TEXT_BYTES_MAX }, &ms), TIMESTAMP_GOOD);
    ck_assert_int_eq(ms, 1795341600000);
    ck_assert_int_eq(timestamp_parse((struct bytes){ text, TIMESTAMP_TEXT_BYTES_MAX + 1 }, &ms), TIMESTAMP_MALFORMED);
}
END_TEST

START_TEST(every_prefix_is_read_exactly) {
    static const char text[] = "2026-11-22T10:00:00.123456+01:00";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        autofree char *prefix = unit_exact(text, size);
        int64_t ms;
        bool year_alone = size > 0 && size <= 4;
        ck_assert_int_eq(timestamp_parse((struct bytes){ prefix, size }, &ms),
                         year_alone ? TIMESTAMP_IN_SECONDS : TIMESTAMP_MALFORMED);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { accepted,
                                   refused,
                                   seconds_are_no_milliseconds,
                                   every_day_is_the_c_librarys,
                                   length_is_limited,
                                   every_prefix_is_read_exactly,
                                   NULL };
    return unit_run("timestamp", tests);
}
