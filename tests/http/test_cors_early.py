"""The headers of CORS on answers that are made before a request is understood: without them a page sees a network error,
and never why it was refused."""

import signal
import time
import unittest
from pathlib import Path

from client import connect, exchange, parse_answers, read_to_close
from server import Server, seconds

ORIGIN = "https://shop.example"
FLAGS = ("--cors-origin", ORIGIN)
LONG = b"a" * 40000  # more than all headers together may have


def lines(*texts):
    return b"".join(text.encode() + b"\r\n" for text in texts)


class Early(unittest.TestCase):
    def serve(self, *flags):
        server = Server(*FLAGS, *flags)
        self.addCleanup(server.remove)
        return server.start()

    def one(self, server, data):
        """The last answer to these bytes, behind which the server must close."""
        received, closed = exchange(server.address(), data, seconds(5))
        self.assertTrue(closed, received)
        return parse_answers(received)[-1]

    def assert_readable(self, answer, status, code, origin=ORIGIN):
        self.assertEqual(answer.status, status, answer)
        if answer.body:
            self.assertEqual(answer.json()["code"], code)
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), origin, answer.headers)
        self.assertEqual(answer.header("Access-Control-Allow-Credentials"), "true")
        self.assertEqual(answer.header("Access-Control-Expose-Headers"), "Next-Cursor, Link, Retry-After, Request-Id")
        self.assertEqual(answer.header("Access-Control-Max-Age"), "86400")
        self.assertIn("POST", answer.header("Access-Control-Allow-Methods"))
        self.assertEqual(answer.header("Vary"), "Origin")

    def assert_not_for(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertFalse([name for name in answer.headers if name.lower().startswith("access-control-")])
        self.assertEqual(answer.header("Vary"), "Origin")


class Guard(Early):
    BAD = lines("GET /topics HTTP/1.1", "Host: localhost", f"origin:  {ORIGIN}", "Host: localhost", "")
    GOOD = lines("GET /livez HTTP/1.1", "Host: localhost", "")

    def test_the_first_and_a_later_request(self):
        server = self.serve()
        for before in (b"", self.GOOD):
            self.assert_readable(self.one(server, before + self.BAD), 400, "bad_headers")
        server.stop()

    def test_headers_that_were_asked_for(self):
        server = self.serve()
        bad = lines("OPTIONS /topics HTTP/1.1", "Access-Control-Request-Headers: content-type, x-mine", "Host: a", "Host: a",
                    f"Origin: {ORIGIN}", "")
        answer = self.one(server, bad)
        self.assert_readable(answer, 400, "bad_headers")
        self.assertEqual(answer.header("Access-Control-Allow-Headers"), "content-type, x-mine")
        server.stop()

    def test_not_for_others(self):
        server = self.serve()
        for origin in ("https://evil.example", "null", ""):
            with self.subTest(origin):
                bad = lines("GET /topics HTTP/1.1", f"Origin: {origin}", "")
                self.assert_not_for(self.one(server, bad), 400)
        self.assert_not_for(self.one(server, lines("GET /topics HTTP/1.1", "")), 400)
        server.stop()

    def test_bytes_that_no_header_has_are_not_sent_back(self):
        server = self.serve("--cors-origin", "*")
        for origin in (b"http://a\rX-Forged: 1", b"http://a\x00b", b"http://\xff"):
            bad = lines("GET /topics HTTP/1.1", "Host: localhost", "Host: localhost")
            answer = self.one(server, bad + b"Origin: " + origin + b"\r\n\r\n")
            self.assert_not_for(answer, 400)
            self.assertIsNone(answer.header("X-Forged"))
            answer = self.one(server, self.GOOD + bad + b"Origin: " + origin + b"\r\n\r\n")
            self.assertEqual(answer.status, 400, answer)
            self.assertIsNone(answer.header("X-Forged"))
        server.stop()


class TooLarge(Early):
    def test_the_origin_behind_what_is_too_large(self):
        server = self.serve()
        behind = lines("Host: localhost", f"Origin: {ORIGIN}", "")
        for start in (b"GET /topics?prefix=" + LONG + b" HTTP/1.1\r\n", b"GET /topics HTTP/1.1\r\nCookie: " + LONG + b"\r\n",
                      b"GET /topics HTTP/1.1\r\n" + b"X-A: 1\r\n" * 5000, b"GET /topics HTTP/1.1\r\nX: " + 20 * LONG + b"\r\n"):
            with self.subTest(start[:40]):
                self.assert_readable(self.one(server, start + behind), 431, "headers_too_large")
        server.stop()

    def test_in_front_of_it(self):
        server = self.serve()
        start = lines("POST /topics/a/events HTTP/1.1", f"Origin: {ORIGIN}")
        answer = self.one(server, start + b"X: " + LONG + b"\r\n\r\n")
        self.assert_readable(answer, 431, "headers_too_large")
        self.assertIs(answer.json()["written"], False)
        server.stop()

    def test_in_pieces(self):
        server = self.serve()
        data = b"HEAD /topics?prefix=" + LONG + b" HTTP/1.1\r\n" + lines(f"Origin: {ORIGIN}", "")
        with connect(server.address(), seconds(5)) as sock:
            for at in (0, 20000, 39000, len(data) - 10):
                end = {0: 20000, 20000: 39000, 39000: len(data) - 10}.get(at, len(data))
                sock.sendall(data[at:end])
                time.sleep(0.05)
            received, closed = read_to_close(sock, seconds(5))
        self.assertTrue(closed)
        answer = parse_answers(received.replace(b"Content-Length: ", b"X-Length: "))[0]
        self.assert_readable(answer, 431, "headers_too_large")
        self.assertTrue(received.endswith(b"\r\n\r\n"), "the answer to HEAD has no body")
        server.stop()

    def test_without_an_origin_and_without_an_end(self):
        server = self.serve("--header-timeout-ms", "500")
        self.assert_not_for(self.one(server, b"GET /" + LONG + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), 431)
        self.assert_not_for(self.one(server, b"GET /" + LONG), 431)
        self.assert_not_for(self.one(server, b"GET /a HTTP/1.1\r\n" + b"X-A: 1\r\n" * 5000 + b"X"), 431)
        server.stop()

    def test_what_never_ends_is_cut(self):
        server = self.serve("--header-timeout-ms", "60000")
        received, closed = exchange(server.address(), b"GET / HTTP/1.1\r\n" + b"X-A: 1\r\n" * 400000, seconds(5))
        self.assertTrue(closed)
        self.assertIn(received[:12], (b"", b"HTTP/1.1 431"))  # lost, where the client was still sending
        server.stop()


class TooLate(Early):
    def test_headers(self):
        server = self.serve("--header-timeout-ms", "300")
        answer = self.one(server, lines("GET /topics HTTP/1.1", f"Origin: {ORIGIN}", "Host: localhost"))
        self.assert_readable(answer, 408, "request_timeout")
        self.assertNotIn("written", answer.json())
        self.assert_not_for(self.one(server, lines("POST /topics HTTP/1.1", "Origin: https://evil.example")), 408)
        server.stop()

    def test_a_body(self):
        server = self.serve("--body-timeout-ms", "300", "--auto-create")
        post = lines("POST /topics/a/events HTTP/1.1", "Host: localhost", f"Origin: {ORIGIN}", "Content-Length: 100", "", "1")
        answer = self.one(server, post)
        self.assert_readable(answer, 408, "request_timeout")
        self.assertIs(answer.json()["written"], False)
        server.stop()


class TooMuch(Early):
    def test_a_body_that_goes_on(self):
        server = self.serve("--max-body-bytes", "1024", "--auto-create")
        start = lines("POST /topics/a/events HTTP/1.1", "Host: localhost", f"Origin: {ORIGIN}",
                      "Transfer-Encoding: chunked", "")
        chunk = b"400\r\n" + b"1" * 1024 + b"\r\n"
        self.assert_readable(self.one(server, start + 7 * chunk), 413, "body_too_large")
        server.stop()

    def await_stopped(self, server):
        deadline = time.monotonic() + seconds(5)
        while "(stopped)" not in Path(f"/proc/{server.pid}/status").read_text(encoding="ascii"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.002)

    def test_connections(self):
        server = self.serve("--max-connections", "1")
        with connect(server.address(), seconds(5)) as first:
            first.sendall(Guard.GOOD)
            self.assertIn(b" 200 ", first.recv(4096))
            with connect(server.address(), seconds(5)) as second:
                # Stopped, so that the request is there when the connection is looked at.
                server.process.send_signal(signal.SIGSTOP)
                try:
                    self.await_stopped(server)
                    with connect(server.address(), seconds(5)) as third:
                        third.sendall(lines("GET /topics HTTP/1.1", "Host: localhost", f"Origin: {ORIGIN}", ""))
                        server.process.send_signal(signal.SIGCONT)
                        received, closed = read_to_close(third, seconds(5))
                finally:
                    server.process.send_signal(signal.SIGCONT)
                self.assertTrue(closed)
                answer = parse_answers(received)[0]
                self.assert_readable(answer, 503, "too_many_connections")
                self.assertNotIn("written", answer.json())
                second.settimeout(seconds(5))
                self.assertIn(b"503", second.recv(4096))
        server.stop()


if __name__ == "__main__":
    unittest.main()
