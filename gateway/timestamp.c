/* Times in digits and as RFC 3339 (section 5.6). */
#include "gateway/timestamp.h"

enum { DATE_BYTES = 10 }; /* "2026-11-22": shorter texts are digits or nothing */
#define DAY_MS INT64_C(86400000)

/* What is left to read. A read that fails changes nothing that matters: the whole parse fails with it. */
struct text {
    const char *at;
    const char *end;
};

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static bool next_is(const struct text *text, const char *one_of) {
    return text->at < text->end && *text->at != '\0' && strchr(one_of, *text->at) != NULL;
}

static bool pass(struct text *text, const char *one_of) {
    if (!next_is(text, one_of))
        return false;
    text->at++;
    return true;
}

/* Exactly `count` digits, from min to max. */
static bool read_number(struct text *text, int count, int min, int max, int *ret_number) {
    int number = 0;
    if (text->end - text->at < count)
        return false;
    for (int i = 0; i < count; i++, text->at++) {
        if (!is_digit(*text->at))
            return false;
        number = number * 10 + (*text->at - '0');
    }
    *ret_number = number;
    return number >= min && number <= max;
}

static int days_of_month(int year, int month) {
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Days from 1970-01-01, in the proleptic Gregorian calendar. A year is counted from March, so that the leap day is its
 * last and the months before it make 153 days in fives. */
static int64_t days_since_epoch(int year, int month, int day) {
    if (month <= 2) {
        year--;
        month += 12;
    }
    int64_t leap_days = year / 4 - year / 100 + year / 400;
    int64_t day_of_year = (153 * (month - 3) + 2) / 5 + day - 1;
    return INT64_C(365) * year + leap_days + day_of_year - 719468; /* 719468: from 0000-03-01 to the epoch */
}

static bool read_date(struct text *text, int64_t *ret_days) {
    int year, month, day;
    /* Year 0 is left out: it is long before the epoch, and counted from March it may be negative. */
    if (!read_number(text, 4, 1, 9999, &year) || !pass(text, "-") || !read_number(text, 2, 1, 12, &month) ||
        !pass(text, "-") || !read_number(text, 2, 1, days_of_month(year, month), &day))
        return false;
    *ret_days = days_since_epoch(year, month, day);
    return true;
}

/* The digits behind the point: at least one; those beyond milliseconds are cut off. */
static bool read_fraction(struct text *text, int *ret_ms) {
    int ms = 0;
    int worth = 100;
    const char *begin = text->at;
    for (; text->at < text->end && is_digit(*text->at); text->at++, worth /= 10)
        ms += worth * (*text->at - '0');
    *ret_ms = ms;
    return text->at > begin;
}

/* Milliseconds of the day without the fraction, and that: second 60 is the first of the next minute. */
static bool read_time(struct text *text, int64_t *ret_ms, int *ret_fraction_ms, bool *ret_leap) {
    int hour, minute, second, ms = 0;
    if (!read_number(text, 2, 0, 23, &hour) || !pass(text, ":") || !read_number(text, 2, 0, 59, &minute) ||
        !pass(text, ":") || !read_number(text, 2, 0, 60, &second))
        return false;
    if (pass(text, ".") && !read_fraction(text, &ms))
        return false;
    *ret_ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
    *ret_fraction_ms = ms;
    *ret_leap = second == 60;
    return true;
}

static bool read_zone(struct text *text, int64_t *ret_minutes) {
    int hour, minute;
    if (pass(text, "Zz")) {
        *ret_minutes = 0;
        return true;
    }
    bool west = next_is(text, "-");
    if (!pass(text, "+- ") || !read_number(text, 2, 0, 23, &hour) || !pass(text, ":") ||
        !read_number(text, 2, 0, 59, &minute))
        return false;
    *ret_minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return true;
}

static enum timestamp_result parse_digits(struct text text, int64_t *ret_ms) {
    int64_t ms = 0;
    for (; text.at < text.end; text.at++) {
        if (!is_digit(*text.at))
            return TIMESTAMP_MALFORMED;
        ms = ms * 10 + (*text.at - '0');
        if (ms > TIMESTAMP_MS_MAX)
            return TIMESTAMP_MALFORMED;
    }
    if (ms < TIMESTAMP_DIGITS_MIN)
        return TIMESTAMP_IN_SECONDS;
    *ret_ms = ms;
    return TIMESTAMP_GOOD;
}

static enum timestamp_result parse_rfc3339(struct text text, int64_t *ret_ms) {
    int64_t days, ms, zone_minutes;
    int fraction_ms;
    bool leap;
    if (!read_date(&text, &days) || !pass(&text, "Tt ") || !read_time(&text, &ms, &fraction_ms, &leap) ||
        !read_zone(&text, &zone_minutes) || text.at != text.end)
        return TIMESTAMP_MALFORMED;

    ms += (days * 1440 - zone_minutes) * INT64_C(60000);
    if (leap && ms % DAY_MS != 0)
        return TIMESTAMP_MALFORMED;

    ms += fraction_ms;
    if (ms < 0 || ms > TIMESTAMP_MS_MAX)
        return TIMESTAMP_MALFORMED;

    *ret_ms = ms;
    return TIMESTAMP_GOOD;
}

enum timestamp_result timestamp_parse(struct bytes text, int64_t *ret_ms) {
    if (text.size == 0 || text.size > TIMESTAMP_TEXT_BYTES_MAX)
        return TIMESTAMP_MALFORMED;
    struct text all = { .at = text.data, .end = text.data + text.size };
    bool dated = text.size > DATE_BYTES && text.data[4] == '-';
    return dated ? parse_rfc3339(all, ret_ms) : parse_digits(all, ret_ms);
}
