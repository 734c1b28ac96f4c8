/* api/origin: what an operator writes becomes what a browser sends, or is refused with a remedy. */
#include "api/http/guard/origin.h"
#include "tests/unit/unit.h"

#include <stdio.h>

enum { WHY_BYTES = 256 };

static bool parse(const char *text, char origin[ORIGIN_BYTES], char why[WHY_BYTES]) {
    autofree char *exact = unit_exact(text, strlen(text));
    why[0] = '\0';
    return origin_parse((struct bytes){ exact, strlen(text) }, origin, why, WHY_BYTES);
}

static bool parse_host(const char *text, char host[HOST_NAME_BYTES], char why[WHY_BYTES]) {
    autofree char *exact = unit_exact(text, strlen(text));
    why[0] = '\0';
    return origin_parse_host((struct bytes){ exact, strlen(text) }, host, why, WHY_BYTES);
}

/* Written by an operator, sent by a browser. */
static const char *const GOOD[][2] = {
    { "https://shop.example", "https://shop.example" },
    { " https://shop.example/\t", "https://shop.example" },
    { "HTTPS://Shop.EXAMPLE", "https://shop.example" },
    { "https://shop.example:443", "https://shop.example" },
    { "http://shop.example:80/", "http://shop.example" },
    { "http://shop.example:0080", "http://shop.example" },
    { "http://shop.example:", "http://shop.example" },
    { "http://shop.example:443", "http://shop.example:443" },
    { "https://shop.example:80", "https://shop.example:80" },
    { "https://shop.example.", "https://shop.example." },
    { "http://my_service:65535", "http://my_service:65535" },
    { "https://xn--bcher-kva.example", "https://xn--bcher-kva.example" },
    { "http://192.0.2.1:8080", "http://192.0.2.1:8080" },
    { "http://1.2.3.example", "http://1.2.3.example" },
    { "http://[::1]", "http://[::1]" },
    { "http://[2001:DB8:0:0:0:0:0:1]:80", "http://[2001:db8::1]" },
    { "http://[::ffff:192.0.2.1]", "http://[::ffff:c000:201]" },
    { "http://[::192.0.2.1]", "http://[::c000:201]" },
    { "capacitor://localhost", "capacitor://localhost" },
    { "capacitor://localhost:80/", "capacitor://localhost:80" },
    { "Chrome-Extension://abc", "chrome-extension://abc" },
    { "app://obsidian.md", "app://obsidian.md" },
};

START_TEST(origins_as_browsers_send_them) {
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        char origin[ORIGIN_BYTES];
        char why[WHY_BYTES];
        ck_assert_msg(parse(GOOD[i][0], origin, why), "%s: %s", GOOD[i][0], why);
        ck_assert_str_eq(origin, GOOD[i][1]);
        /* What has its last form keeps it. */
        ck_assert(parse(GOOD[i][1], origin, why));
        ck_assert_str_eq(origin, GOOD[i][1]);
    }
}
END_TEST

/* Refused, and what the reason must say. */
static const char *const BAD[][2] = {
    { "", "empty" },
    { " ", "empty" },
    { "null", "sandboxed frame" },
    { "Null", "sandboxed frame" },
    { "shop.example", "write https://shop.example" },
    { "shop.example:8080/a", "write https://shop.example:8080" },
    { "//shop.example", "write https://shop.example" },
    { "localhost:3000", "write https://localhost:3000" },
    { "https:/shop.example", "for example" },
    { "data:text/html", "for example" },
    { "file:///a.html", "serve it over HTTP" },
    { "FILE://", "serve it over HTTP" },
    { "https://shop.example/a", "no path; write https://shop.example" },
    { "https://shop.example\\a", "no path; write https://shop.example" },
    { "https://shop.example//", "no path; write https://shop.example" },
    { "https://shop.example?a=b", "no query; write https://shop.example" },
    { "https://shop.example#a", "no fragment; write https://shop.example" },
    { "https://me@shop.example:443/", "no user name; write https://shop.example" },
    { "https://me:@@shop.example", "no user name; write https://shop.example" },
    { "ws://shop.example:80", "write http://shop.example" },
    { "wss://shop.example:443/a", "write https://shop.example" },
    { "*.shop.example", "for example" },
    { "https://*", "cannot contain *" },
    { "https://a.example https://b.example", "not allowed in a host name" },
    { "https://a.example,https://b.example", "repeat the flag" },
    { "https://b\xc3\xbc"
      "cher.example",
      "xn--" },
    { "https://shop%2eexample", "not allowed in a host name" },
    { "https://", "host is missing" },
    { "https://:443", "host is missing" },
    { "https://@", "host is missing" },
    { "https://.example", "empty label" },
    { "https://a..example", "empty label" },
    { "https://127.1", "four decimal numbers" },
    { "https://192.0.2.01", "four decimal numbers" },
    { "https://192.0.2.256", "four decimal numbers" },
    { "https://2130706433", "four decimal numbers" },
    { "https://[::1", "in brackets" },
    { "https://[]", "in brackets" },
    { "https://[", "in brackets" },
    { "https://[1.2.3.4]", "in brackets" },
    { "https://[fe80::1%25lo]", "in brackets" },
    { "https://a:0", "1 to 65535" },
    { "https://a:65536", "1 to 65535" },
    { "https://a:99999999999999999999", "1 to 65535" },
    { "https://a:-1", "1 to 65535" },
    { "https://a:b", "1 to 65535" },
    { "1http://a", "not a valid scheme" },
    { "://a", "not a valid scheme" },
    { "abcdefghijklmnopqrstuvwxyzabcdefg://a", "not a valid scheme" },
    { "app://", "host is missing" },
};

START_TEST(origins_that_no_page_has) {
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        char origin[ORIGIN_BYTES];
        char why[WHY_BYTES];
        ck_assert_msg(!parse(BAD[i][0], origin, why), "%s became %s", BAD[i][0], origin);
        ck_assert_msg(strstr(why, BAD[i][1]) != NULL, "%s: %s", BAD[i][0], why);
        /* What is proposed is good. */
        const char *instead = strstr(why, "write http");
        if (instead != NULL)
            ck_assert_msg(parse(instead + strlen("write "), origin, why), "%s: %s", BAD[i][0], why);
    }
}
END_TEST

START_TEST(hosts_of_any_length) {
    char text[400];
    for (size_t size = 1; size < 300; size++) {
        char origin[ORIGIN_BYTES];
        char host[HOST_NAME_BYTES];
        char why[WHY_BYTES];
        snprintf(text, sizeof text, "https://%0*d.a", (int)size, 1);
        ck_assert_int_eq(parse(text, origin, why), size + 2 < HOST_NAME_BYTES);
        ck_assert_int_eq(parse_host(text + 8, host, why), size + 2 < HOST_NAME_BYTES);
        ck_assert(!parse(text + 8, origin, why));
    }
}
END_TEST

START_TEST(hosts) {
    static const char *const good[][2] = {
        { "events.example", "events.example" },  { " Events.Example ", "events.example" }, { "192.0.2.1", "192.0.2.1" },
        { "[2001:DB8::0001]", "[2001:db8::1]" }, { "my_service", "my_service" },
    };
    static const char *const bad[][2] = {
        { "", "host is missing" },
        { "events.example:8080", "write events.example" },
        { "https://events.example/a", "write events.example" },
        { "[::1]:80", "write [::1]" },
        { "2001:DB8::1", "write [2001:db8::1]" },
        { "::ffff:192.0.2.1", "write [::ffff:c000:201]" },
        { "*.example", "cannot contain *" },
        { "a.example,b.example", "repeat the flag" },
        { "events.example/", "not allowed in a host name" },
        { "a:b:c", "not allowed in a host name" },
    };

    char host[HOST_NAME_BYTES];
    char why[WHY_BYTES];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_assert_msg(parse_host(good[i][0], host, why), "%s: %s", good[i][0], why);
        ck_assert_str_eq(host, good[i][1]);
    }

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(!parse_host(bad[i][0], host, why), "%s became %s", bad[i][0], host);
        ck_assert_msg(strstr(why, bad[i][1]) != NULL, "%s: %s", bad[i][0], why);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { origins_as_browsers_send_them, origins_that_no_page_has, hosts_of_any_length, hosts,
                                   NULL };
    return unit_run("origin", tests);
}
