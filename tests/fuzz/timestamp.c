/* gateway/timestamp: times as clients write them. The input is such a text, and the numbers of one to be written.
 *
 * What is taken means what the C library makes of it, and a time that is written, in any zone, is read as that time. */
#include "gateway/timestamp.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* timegm makes another day of one that is not in the calendar. */
static bool in_calendar(int year, int month, int day) {
    struct tm midnight = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
    timegm(&midnight);
    return midnight.tm_year == year - 1900 && midnight.tm_mon == month - 1 && midnight.tm_mday == day;
}

/* Milliseconds of a date that timestamp_parse has taken. */
static int64_t meaning_of(const char *text) {
    int year, month, day, hour, minute, second;
    int taken = 0;
    fuzz_check(sscanf(text, "%4d-%2d-%2d%*[Tt ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &taken) ==
               6);
    const char *at = text + taken;
    int64_t ms = 0;
    if (*at == '.') {
        char digits[4] = "000";
        for (size_t i = 0; i < 3 && at[i + 1] >= '0' && at[i + 1] <= '9'; i++)
            digits[i] = at[i + 1];
        ms = atoi(digits);
        at += 1 + strspn(at + 1, "0123456789");
    }

    int zone_hours = 0;
    int zone_minutes = 0;
    if (*at != 'Z' && *at != 'z')
        fuzz_check(sscanf(at + 1, "%2d:%2d", &zone_hours, &zone_minutes) == 2 && strchr("+- ", *at) != NULL);
    fuzz_check(in_calendar(year, month, day));
    struct tm utc = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute, .tm_sec = second
    };
    int64_t zone = (*at == '-' ? -60 : 60) * (int64_t)(zone_hours * 60 + zone_minutes);
    return (timegm(&utc) - zone) * 1000 + ms;
}

static void check_text(struct bytes raw) {
    int64_t ms = -1;
    autofree char *exact = fuzz_exact(raw);
    enum timestamp_result result = timestamp_parse((struct bytes){ exact, raw.size }, &ms);
    fuzz_check(result == TIMESTAMP_GOOD || ms == -1);
    if (result == TIMESTAMP_MALFORMED)
        return;
    if (result == TIMESTAMP_IN_SECONDS) {
        autofree char *digits = fuzz_text(raw);
        fuzz_check(strspn(digits, "0123456789") == raw.size && strtoll(digits, NULL, 10) < TIMESTAMP_DIGITS_MIN);
        return;
    }

    fuzz_check(ms >= 0 && ms <= TIMESTAMP_MS_MAX);
    autofree char *text = fuzz_text(raw);
    fuzz_check(strlen(text) == raw.size);
    if (strspn(text, "0123456789") == raw.size)
        fuzz_check(strtoll(text, NULL, 10) == ms);
    else
        fuzz_check(meaning_of(text) == ms);
}

static void check_written(int64_t ms, int zone_minutes) {
    char text[96];
    char date[32];
    int64_t read = -1;
    int size = snprintf(text, sizeof text, "%lld", (long long)ms);
    enum timestamp_result result = timestamp_parse((struct bytes){ text, (size_t)size }, &read);
    fuzz_check(ms < TIMESTAMP_DIGITS_MIN ? result == TIMESTAMP_IN_SECONDS : result == TIMESTAMP_GOOD && read == ms);
    time_t seconds = (time_t)(ms / 1000 + zone_minutes * INT64_C(60));
    struct tm utc;
    gmtime_r(&seconds, &utc);
    if (utc.tm_year + 1900 > 9999)
        return;

    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    int minutes = abs(zone_minutes);
    size = snprintf(text, sizeof text, "%s.%03d%c%02d:%02d", date, (int)(ms % 1000), zone_minutes < 0 ? '-' : '+',
                    minutes / 60, minutes % 60);
    fuzz_check(timestamp_parse((struct bytes){ text, (size_t)size }, &read) == TIMESTAMP_GOOD && read == ms);
}

/* Numbers that may be a little too large: taken if and only if there is such a time. */
static void check_numbers(struct fuzz_input *input) {
    int year = (int)fuzz_below(input, 10000);
    int month = (int)fuzz_below(input, 14);
    int day = (int)fuzz_below(input, 33);
    int hour = (int)fuzz_below(input, 25);
    int minute = (int)fuzz_below(input, 61);
    int second = (int)fuzz_below(input, 62);
    char text[32];
    int64_t ms = -1;
    int size = snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour, minute, second);
    struct tm utc = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute, .tm_sec = second
    };
    bool there = in_calendar(year, month, day) && hour < 24 && minute < 60 && second <= 60;
    int64_t expected = timegm(&utc) * 1000;
    there = there && expected >= 0 && expected <= TIMESTAMP_MS_MAX && (second < 60 || expected % 86400000 == 0);
    bool taken = timestamp_parse((struct bytes){ text, (size_t)size }, &ms) == TIMESTAMP_GOOD;
    fuzz_check(taken == there && (!there || ms == expected));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    check_text(input.left);
    int64_t ms = (int64_t)(fuzz_number(&input) % (TIMESTAMP_MS_MAX + 1));
    check_written(ms, (int)fuzz_below(&input, 2 * 1440 - 1) - 1439);
    check_numbers(&input);
    return 0;
}
