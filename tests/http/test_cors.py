"""Who may call from a page: origins, preflights, the headers on every answer, and the Host check on loopback."""

import unittest

from harness import HttpCase
from server import run_program

LOCAL = ("http://localhost", "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:5173",
         "https://localhost:8443")
FOREIGN = ("http://evil.example", "https://evil.example", "null", "http://localhost.evil.example",
           "http://evil.localhost.x", "http://127.0.0.1.evil.example", "http://127.0.0.2.nip.example",
           "http://xlocalhost", "http://localhost:3000.evil", "http://localhost@evil.example", "file://",
           "http://[::1].evil.example", "nonsense")
EXPOSED = {"next-cursor", "link", "retry-after", "request-id"}


def words(header):
    return {word.strip().lower() for word in (header or "").split(",")}


class Cors(HttpCase):
    def assert_allowed(self, answer, origin, credentials="true"):
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), origin, answer)
        self.assertEqual(answer.header("Access-Control-Allow-Credentials"), credentials, answer)
        self.assertEqual(answer.header("Access-Control-Max-Age"), "86400", answer)
        self.assertIn("options", words(answer.header("Access-Control-Allow-Methods")), answer)
        self.assertIn("origin", words(answer.header("Vary")), answer)
        self.assertEqual(words(answer.header("Access-Control-Expose-Headers")), EXPOSED, answer)

    def assert_forbidden(self, answer, code="origin_not_allowed"):
        self.assert_problem(answer, 403, code)
        for name in answer.headers:
            self.assertFalse(name.lower().startswith("access-control-"), answer.headers)


class Origins(Cors):
    def test_this_machine_may(self):
        name = self.topic()
        for origin in LOCAL:
            with self.subTest(origin):
                for answer in (self.get(f"/topics/{name}", {"Origin": origin}),
                               self.get(f"/topics/{name}/events", {"Origin": origin}),
                               self.post(name, "1", headers={"Origin": origin})):
                    self.assertEqual(answer.status, 200, answer)
                    self.assert_allowed(answer, origin)

    def test_errors_have_the_headers_too(self):
        name = self.topic()
        origin = {"Origin": LOCAL[1]}
        for status, answer in ((404, self.get("/nowhere", origin)), (404, self.get("/topics/no-such", origin)),
                               (405, self.request("POST", "/topics", "{}", origin)),
                               (400, self.post(name, "nope", headers=origin)),
                               (400, self.get("/topics", origin, nonsense=1)),
                               (416, self.get(f"/topics/{name}/events", origin, offset=5))):
            self.assertEqual(answer.status, status, answer)
            self.assert_allowed(answer, LOCAL[1])

    def test_others_may_not(self):
        name = self.topic()
        for number, origin in enumerate(FOREIGN):
            with self.subTest(origin):
                headers = {"Origin": origin}
                self.assert_forbidden(self.get(f"/topics/{name}", headers))
                self.assert_forbidden(self.post(name, "1", headers=headers))
                self.assert_forbidden(self.request("PUT", f"/topics/foreign-{number}", headers=headers))
                self.assert_forbidden(self.request("DELETE", f"/topics/{name}", headers=headers))
                self.assertEqual(self.get(f"/topics/foreign-{number}").status, 404)
        self.assert_empty(name)

    def test_a_refused_write_says_so(self):
        answer = self.post(self.topic(), "1", headers={"Origin": FOREIGN[0]})
        self.assert_not_written(answer, 403, "origin_not_allowed", FOREIGN[0])

    def test_without_an_origin_there_is_no_cors(self):
        self.assertIsNone(self.get("/topics").header("Access-Control-Allow-Origin"))


class Preflight(Cors):
    def test_it_allows_what_is_asked(self):
        name = self.topic()
        for path in (f"/topics/{name}/events", "/topics/not-yet", "/events?topics=a"):
            answer = self.request("OPTIONS", path, headers={
                "Origin": LOCAL[1], "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type, x-mine"})
            self.assertEqual((answer.status, answer.body), (204, b""), answer)
            self.assert_allowed(answer, LOCAL[1])
            self.assertEqual(words(answer.header("Access-Control-Allow-Headers")), {"content-type", "x-mine"})
            self.assertIn("get", words(answer.header("Access-Control-Allow-Methods")))
        answer = self.request("OPTIONS", f"/topics/{name}", headers={
            "Origin": LOCAL[1], "Access-Control-Request-Method": "PUT"})
        self.assertLessEqual({"put", "patch", "delete"}, words(answer.header("Access-Control-Allow-Methods")))

    def test_not_for_others(self):
        headers = {"Origin": FOREIGN[0], "Access-Control-Request-Method": "GET"}
        self.assert_forbidden(self.request("OPTIONS", "/topics", headers=headers))


class Added(Cors):
    flags = ("--cors-origin", "https://app.example", "--cors-origin", "http://other.example:81",
             "--cors-origin", "HTTPS://Slash.Example:443/", "--cors-origin", "http://default.example:80",
             "--cors-origin", "capacitor://localhost", "--cors-origin", "https://[2001:DB8:0:0::1]:8443")

    def test_added_origins_may(self):
        for origin in ("https://app.example", "http://other.example:81", "https://slash.example",
                       "http://default.example", "capacitor://localhost", "https://[2001:db8::1]:8443", LOCAL[0]):
            answer = self.get("/topics", {"Origin": origin})
            self.assertEqual(answer.status, 200, answer)
            self.assert_allowed(answer, origin)

    def test_only_exactly_those(self):
        for origin in ("http://app.example", "https://app.example:444", "https://x.app.example", "http://other.example",
                       "https://app.example.evil", "http://slash.example", "https://slash.example:80",
                       "https://slash.example/", "capacitor://localhost:1", "ionic://localhost", "null"):
            with self.subTest(origin):
                self.assert_forbidden(self.get("/topics", {"Origin": origin}))


class Everybody(Cors):
    flags = ("--cors-origin", "*", "--cors-origin", "https://named.example")

    def test_all_may_but_without_credentials(self):
        for origin in ("http://evil.example", "null", "file://"):
            with self.subTest(origin):
                self.assert_allowed(self.get("/topics", {"Origin": origin}), origin, credentials=None)

    def test_named_ones_keep_theirs(self):
        for origin in ("https://named.example", LOCAL[0]):
            self.assert_allowed(self.get("/topics", {"Origin": origin}), origin)

    def test_what_is_no_origin_is_not_sent_back(self):
        for origin in ("", "two words", "http://a, http://b"):
            with self.subTest(origin):
                self.assert_forbidden(self.get("/topics", {"Origin": origin}))


class Refused(Cors):
    """Names that no request can match end the program at once, with what to write instead."""

    ORIGINS = (("shop.example", "write https://shop.example"), ("shop.example/cart", "write https://shop.example"),
               ("//shop.example", "write https://shop.example"), ("https:/shop.example", "the scheme is missing"),
               ("https://shop.example/app", "no path; write https://shop.example"),
               ("https://Shop.Example:443/app/", "write https://shop.example\n"),
               ("https://shop.example//", "no path; write https://shop.example"),
               ("https://shop.example?a", "no query; write https://shop.example"),
               ("https://shop.example/#a", "no path; write https://shop.example"),
               ("https://shop.example#a", "no fragment; write https://shop.example"),
               ("https://me:secret@shop.example:8443", "no user name; write https://shop.example:8443"),
               ("wss://shop.example/live", "write https://shop.example"), ("https://*.shop.example", "cannot contain *"),
               ("https://b\u00fccher.example", "xn--"), ("https://shop.example:0", "from 1 to 65535"),
               ("https://shop.example:65536", "from 1 to 65535"), ("https://shop.example:8o", "from 1 to 65535"),
               ("https://", "the host is missing"), ("https://shop..example", "empty label"),
               ("https://127.1", "four decimal numbers"), ("https://[::1", "in brackets"),
               ("https://a.example,https://b.example", "repeat the flag"), ("null", "sandboxed frame"),
               ("file:///page.html", "serve it over HTTP"), ("", "the value is empty"),
               ("ht!tp://shop.example", "not a valid scheme"), ("https://a b", "not allowed in a host name"))
    HOSTS = (("http://events.example", "write events.example"), ("events.example:8080", "write events.example"),
             ("events.example/", "not allowed in a host name"), ("*.example", "cannot contain *"),
             ("::1", "write [::1]"), ("[::1]:80", "write [::1]"), ("", "the host is missing"),
             ("a.example,b.example", "repeat the flag"))

    def test_by_name(self):
        for flag, cases in (("--cors-origin", self.ORIGINS), ("--host", self.HOSTS)):
            for value, remedy in cases:
                with self.subTest(flag=flag, value=value):
                    done = run_program("serve", "--check-config", flag, value)
                    self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                    self.assertIn(f"tailrace: {flag} {value}: ", done.stderr)
                    self.assertIn(remedy, done.stderr)

    def test_in_the_environment_too(self):
        done = run_program("serve", "--check-config", env={"TAILRACE_CORS_ORIGIN": "https://a.example, b.example"})
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("--cors-origin b.example: the scheme is missing; write https://b.example", done.stderr)


class Hosts(Cors):
    def test_this_machine_and_addresses(self):
        for host in ("localhost", "localhost:1", "LOCALHOST", "localhost.", "localhost.:80", "app.localhost:8080",
                     "a.b.localhost.", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:99",
                     "192.168.1.5:80"):
            with self.subTest(host):
                self.assertEqual(self.get("/topics", {"Host": host}).status, 200)

    def test_names_of_others_are_refused(self):
        name = self.topic()
        for host in ("evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example",
                     "xlocalhost", "localhost..", ".localhost", "app.localhost.example", "1.2.3.4.5", "mine.example"):
            with self.subTest(host):
                self.assert_forbidden(self.get("/topics", {"Host": host}), "host_not_allowed")
                self.assert_forbidden(self.post(name, "1", headers={"Host": host}), "host_not_allowed")
        self.assert_empty(name)


class NamedHosts(Cors):
    flags = ("--host", "mine.example")

    def test_named_ones_are_taken(self):
        for host in ("mine.example", "mine.example:8080", "Mine.Example", "localhost"):
            self.assertEqual(self.get("/topics", {"Host": host}).status, 200, host)
        self.assert_forbidden(self.get("/topics", {"Host": "other.example"}), "host_not_allowed")

    def test_their_pages_may_call(self):
        name = self.topic()
        for origin in ("http://mine.example", "https://mine.example", "http://mine.example:8080", "https://mine.example:1"):
            with self.subTest(origin):
                answer = self.post(name, "1", headers={"Origin": origin, "Host": "mine.example"})
                self.assertEqual(answer.status, 200, answer)
                self.assert_allowed(answer, origin)
        for origin in ("http://x.mine.example", "https://mine.example.evil", "app://mine.example", "http://mine.example:a"):
            with self.subTest(origin):
                self.assert_forbidden(self.get("/topics", {"Origin": origin}))


if __name__ == "__main__":
    unittest.main()
