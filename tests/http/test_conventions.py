"""What holds for every call: methods, HEAD, OPTIONS, caching, Request-Id, the form of errors, slips that are named."""

import time
import unittest

from harness import HttpCase
from server import seconds


class Methods(HttpCase):
    def test_a_wrong_method_is_405_with_allow(self):
        name = self.topic()
        cases = [("/topics", {"GET", "HEAD", "OPTIONS"}, ("POST", "PUT", "DELETE", "PATCH")),
                 (f"/topics/{name}", {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}, ("POST", "BREW", "get")),
                 (f"/topics/{name}/events", {"GET", "HEAD", "OPTIONS", "POST"}, ("PUT", "DELETE", "PATCH", "TRACE")),
                 (f"/topics/{name}/events/0/0", {"GET", "HEAD", "OPTIONS"}, ("POST", "DELETE")),
                 ("/events", {"GET", "HEAD", "OPTIONS"}, ("POST", "DELETE")),
                 ("/livez", {"GET", "HEAD", "OPTIONS"}, ("POST", "PUT")),
                 ("/openapi.yaml", {"GET", "HEAD", "OPTIONS"}, ("POST",))]
        for path, allowed, wrong in cases:
            for method in wrong:
                with self.subTest(path=path, method=method):
                    answer = self.request(method, path, "{}" if method in ("POST", "PUT", "PATCH") else None)
                    self.assert_problem(answer, 405, "method_not_allowed")
                    self.assertEqual({word.strip() for word in answer.header("Allow").split(",")}, allowed)

    def test_options_works_everywhere(self):
        name = self.topic()
        for path in ("/topics", f"/topics/{name}", f"/topics/{name}/events", "/events", "/livez", "/readyz",
                     "/openapi.yaml", "/topics/no-such"):
            with self.subTest(path):
                answer = self.request("OPTIONS", path)
                self.assertEqual((answer.status, answer.body), (204, b""), answer)
                self.assertIn("GET", answer.header("Allow"))
        answers, _ = self.raw("OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertIn(answers[0].status, (200, 204))

    def test_every_get_answers_head(self):
        name = self.topic()
        self.append(name, "1")
        for path in ("/topics", f"/topics/{name}", f"/topics/{name}/events", f"/topics/{name}/events/0/0",
                     f"/events?topics={name}", "/livez", "/readyz", "/openapi.yaml", "/topics/no-such", "/nowhere"):
            with self.subTest(path):
                get = self.client.request("GET", path)
                head = self.client.request("HEAD", path)
                self.assertEqual((head.status, head.body), (get.status, b""))
                for header in ("Content-Type", "Content-Length"):
                    self.assertEqual(head.header(header), get.header(header))


class Everywhere(HttpCase):
    def test_nothing_is_cached(self):
        name = self.topic()
        for method, path in (("GET", "/topics"), ("GET", f"/topics/{name}"), ("GET", f"/topics/{name}/events"),
                             ("HEAD", f"/topics/{name}/events"), ("GET", "/nowhere"), ("POST", "/topics"),
                             ("GET", "/livez"), ("GET", "/readyz")):
            with self.subTest(method=method, path=path):
                self.assertEqual(self.request(method, path).header("Cache-Control"), "no-store")
        self.assertEqual(self.post(name, "1").header("Cache-Control"), "no-store")

    def test_a_request_id_is_echoed(self):
        name = self.topic()
        for path in (f"/topics/{name}", "/nowhere", f"/topics/{name}/events?limit=x"):
            answer = self.get(path, {"Request-Id": "my-id.42"})
            self.assertEqual(answer.header("Request-Id"), "my-id.42")
        self.assertEqual(self.post(name, "1", headers={"Request-Id": "w"}).header("Request-Id"), "w")

    def test_or_made(self):
        made = [self.get(path).header("Request-Id") for path in ("/topics", "/topics", "/nowhere", "/livez")]
        self.assertTrue(all(made), made)
        self.assertEqual(len(set(made)), 4)

    def test_it_stands_in_the_log(self):
        self.get("/topics", {"Request-Id": "find-me-in-the-log"})
        deadline = time.monotonic() + seconds(2)
        while "find-me-in-the-log" not in self.server.stderr():  # it is written once the answer is out
            self.assertLess(time.monotonic(), deadline, "no such line")
            time.sleep(0.01)

    def test_one_that_cannot_be_echoed_does_no_harm(self):
        for bad in ("x" * 5000, "a b", "a\"b", "ä"):
            with self.subTest(bad[:9]):
                answer = self.get("/topics", {"Request-Id": bad.encode()})
                self.assertIn(answer.status, (200, 400))
                self.assertLess(len(answer.header("Request-Id")), 300)
                self.assertNotIn("x" * 5000, self.server.stderr())

    def test_text_is_utf_8_json(self):
        self.assertIn(self.get("/topics").header("Content-Type").split(";")[0], "application/json")


class Errors(HttpCase):
    def test_unknown_paths(self):
        for path in ("/nowhere", "//", "/topic", "/topics/a/b", "/topics/a/events/0", "/topics/a/events/0/0/0",
                     "/Topics", "//topics", "/groupz", "/%00", "/topics/a/event"):
            with self.subTest(path):
                self.assert_problem(self.get(path), 404, "not_found")

    def test_an_unknown_path_comes_before_a_wrong_method(self):
        self.assert_problem(self.request("POST", "/nowhere", "{}"), 404, "not_found")

    def test_unknown_parameters_are_named(self):
        name = self.topic()
        for method, path, body in (("GET", "/topics", None), ("GET", f"/topics/{name}", None),
                                   ("PUT", f"/topics/{name}", None), ("PATCH", f"/topics/{name}", "{}"),
                                   ("DELETE", f"/topics/{name}", None), ("GET", f"/topics/{name}/events", None),
                                   ("POST", f"/topics/{name}/events", "1"), ("GET", "/livez", None),
                                   ("GET", f"/topics/{name}/events/0/0", None)):
            with self.subTest(method=method, path=path):
                answer = self.request(method, path, body, nonsence="1")
                self.assert_problem(answer, 400, "bad_parameter", "nonsence")
        self.assert_problem(self.get("/events", topics=name, nonsence="1"), 400, "bad_parameter", "nonsence")
        self.assertEqual(self.get(f"/topics/{name}").status, 200)
        self.assert_empty(name)

    def test_a_parameter_twice_is_named(self):
        name = self.topic()
        for path in (f"/topics/{name}/events?limit=1&limit=1", f"/topics/{name}/events?limit=1&from=latest&l%69mit=2",
                     "/topics?prefix=a&prefix="):
            with self.subTest(path):
                self.assert_problem(self.get(path), 400, "bad_parameter", "prefix" if "prefix" in path else "limit")
        answer = self.client.request("POST", f"/topics/{name}/events?key=a&key=b", b"1")
        self.assert_not_written(answer, 400, "bad_parameter", "key")
        self.assert_empty(name)

    def test_problem_of_a_read_says_nothing_of_writing(self):
        self.assertNotIn("written", self.get("/topics/no-such").json())


class Pipelining(HttpCase):
    def test_requests_sent_together_are_answered_in_order(self):
        name = self.topic()
        one = f"POST /topics/{name}/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"
        data = "".join(one + str(number) for number in range(9))
        data += f"GET /topics/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answers, closed = self.raw(data)
        self.assertEqual(([answer.status for answer in answers], closed), ([200] * 10, True))
        self.assertEqual(self.values(name), list(range(9)))

    def test_expect_continue(self):
        name = self.topic()
        answers, _ = self.raw(f"POST /topics/{name}/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                              "Expect: 100-continue\r\nConnection: close\r\n\r\n7")
        self.assertEqual(answers[-1].status, 200)
        self.assertEqual(self.values(name), [7])

    def test_http_1_0(self):
        answers, closed = self.raw("GET /topics HTTP/1.0\r\n\r\n")
        self.assertEqual((answers[0].status, closed), (200, True))


class Operating(HttpCase):
    def test_probes(self):
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.get(path).status, 200)

    def test_the_contract_for_machines(self):
        answer = self.get("/openapi.yaml")
        self.assertEqual(answer.status, 200, answer)
        self.assertIn("yaml", answer.header("Content-Type"))
        self.assertIn(b"openapi:", answer.body[:2000])
        for path in (b"/topics/{topic}/events", b"/events", b"/livez"):
            self.assertIn(path, answer.body)


if __name__ == "__main__":
    unittest.main()
