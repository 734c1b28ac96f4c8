"""Request smuggling: what two servers could read differently is refused, and what hides behind it never runs."""

import re
import time
import unittest

from client import connect, exchange, parse_answers, read_to_close
from harness import HttpCase, unique
from server import seconds


class Guard(HttpCase):
    def hide(self):
        """A topic that must not come to be, and the request that would make it."""
        hidden = unique("hidden")
        return hidden, f"PUT /topics/{hidden} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"

    def refused(self, request):
        """`request` has {hidden} where a second request may hide: it is refused, once, and the connection ends."""
        hidden, second = self.hide()
        answers, closed = self.raw(request.replace("{hidden}", second), timeout=3)
        self.assertEqual(self.get(f"/topics/{hidden}").status, 404, "the hidden request ran")
        self.assertTrue(closed, "the connection was left open")
        self.assertLessEqual(len(answers), 1, answers)
        for answer in answers:
            self.assertTrue(answer.status // 100 == 4 or answer.status == 501, answer)
        return answers[0] if answers else None

    def head(self, *lines, start="POST /topics/no-such/events HTTP/1.1", host=True):
        return "\r\n".join([start] + (["Host: localhost"] if host else []) + list(lines)) + "\r\n\r\n"

    def guarded(self, *lines, body="", **keywords):
        answer = self.refused(self.head(*lines, **keywords) + body)
        self.assertIsNotNone(answer, "closed without an answer")
        self.assert_problem(answer, 400, "bad_headers")

    def guarded_or_closed(self, *lines, body="", refusals="4", **keywords):
        """What the HTTP library may refuse before we see it, with a page of its own or none: but no answer is a yes.
        `refusals` are the first digits that a status may have."""
        hidden, second = self.hide()
        data = (self.head(*lines, **keywords) + body).replace("{hidden}", second).encode("latin-1")
        received, closed = exchange(self.server.address(), data, seconds(3))
        self.assertEqual(self.get(f"/topics/{hidden}").status, 404, "the hidden request ran")
        self.assertTrue(closed, "the connection was left open")
        statuses = re.findall(rb"HTTP/1\.[01] (\d)", received)
        self.assertTrue(all(status in refusals.encode() for status in statuses), received)

    def test_length_and_chunks(self):
        self.guarded("Content-Length: 6", "Transfer-Encoding: chunked", body="0\r\n\r\n{hidden}")
        self.guarded("Transfer-Encoding: chunked", "Content-Length: 5", body="0\r\n\r\n{hidden}")

    def test_two_lengths(self):
        self.guarded("Content-Length: 0", "Content-Length: 200", body="{hidden}")
        self.guarded("Content-Length: 1", "Content-Length: 1", body="1{hidden}")
        self.guarded("Content-Length: 200", "content-length: 0", body="{hidden}")
        self.guarded_or_closed("Content-Length: 1, 1", body="1{hidden}")

    def test_lengths_that_are_no_numbers(self):
        for length in ("+1", "-1", "0x1", "1 1", "1;", "", "99999999999999999999999", "1e0", "\x0b1"):
            with self.subTest(length):
                self.guarded_or_closed(f"Content-Length: {length}", body="1{hidden}")

    def test_space_before_the_colon(self):
        self.guarded("Content-Length : 1", body="1{hidden}")
        self.guarded_or_closed("Content-Length\t: 1", body="1{hidden}")
        self.guarded_or_closed("Transfer-Encoding : chunked", body="0\r\n\r\n{hidden}")
        self.guarded("Content-Length: 0", "X-Any : 1", body="{hidden}")

    def test_other_codings(self):
        for coding in ("gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "chunked, chunked",
                       '"chunked"', "chunked;q=1", "\x0bchunked"):
            with self.subTest(coding):
                self.guarded_or_closed(f"Transfer-Encoding: {coding}", body="0\r\n\r\n{hidden}", refusals="45")
        self.guarded_or_closed("Transfer-Encoding: chunked", "Transfer-Encoding: gzip", body="0\r\n\r\n{hidden}")

    def test_codings_that_are_not_known(self):
        """501 where nothing is wrong but that we do not know a coding (RFC 9112 6.1); in doubt it is 400 (6.3)."""
        for coding in ("gzip", "gzip, chunked", "identity", "xchunked", "gzip \t"):
            with self.subTest(coding):
                answer = self.refused(self.head(f"Transfer-Encoding: {coding}") + "0\r\n\r\n{hidden}")
                self.assert_not_written(answer, 501, "unsupported_transfer_encoding", "Content-Length")
        for lines in (("Transfer-Encoding: gzip", "Content-Length: 5"), ("Content-Length: 5", "Transfer-Encoding: gzip"),
                      ("Transfer-Encoding: chunked, gzip",), ("Transfer-Encoding: gzip", "Transfer-Encoding: chunked"),
                      ("Transfer-Encoding: gzip", "X-Any : a"), ("Transfer-Encoding: gzip,",)):
            with self.subTest(lines):
                self.guarded(*lines, body="0\r\n\r\n{hidden}")

    def test_bad_chunks(self):
        for body in ("x\r\n", "-1\r\n1\r\n", "1;\n1\r\n", "1\r\n12\r\n0\r\n\r\n", "0x1\r\n1\r\n0\r\n\r\n",
                     "fffffffffffffffff\r\n1\r\n", "1 \n1\r\n"):
            with self.subTest(body):
                name = self.topic()
                answers, _ = self.raw(self.head("Transfer-Encoding: chunked", "Connection: close",
                                                start=f"POST /topics/{name}/events HTTP/1.1") + body, timeout=0.3)
                self.assertTrue(all(answer.status // 100 == 4 for answer in answers), answers)
                self.assert_empty(name)

    def test_hosts(self):
        self.guarded("Content-Length: 0", "Host: localhost", body="{hidden}")
        self.guarded("Content-Length: 0", "Host: other.example", body="{hidden}")
        self.guarded_or_closed("Content-Length: 0", body="{hidden}", host=False)
        self.guarded_or_closed("Host: a b", "Content-Length: 0", body="{hidden}", host=False)

    def test_a_missing_host_is_400(self):
        answer = self.refused("GET /topics HTTP/1.1\r\n\r\n{hidden}")
        self.assertEqual(answer.status, 400)

    def test_control_bytes(self):
        for line in ("X-A: a\x01b", "X-A: a\x00b", "X-A: a\x7fb", "X-A: a\rb", "X\x01A: b", "X(A): b",
                     "\x0bX: b", "X-A: a\x1fb", "no colon"):
            with self.subTest(line):
                self.guarded_or_closed(line, "Content-Length: 0", body="{hidden}")

    def test_an_empty_name_does_not_end_the_headers(self):
        for line in (": b", ":"):
            self.guarded_or_closed(line + "\r\n{hidden}", start="GET /topics HTTP/1.1")

    def test_folded_lines(self):
        self.guarded_or_closed("X-A: a", " Content-Length: 5", "Content-Length: 0", body="{hidden}")
        self.guarded_or_closed("Transfer-Encoding:", " chunked", body="0\r\n\r\n{hidden}")

    def test_bad_first_lines(self):
        for start in ("GET /topics", "GET /topics HTTP/9.9", "GET topics HTTP/1.1",
                      "/ HTTP/1.1", "GET /\x01 HTTP/1.1", "\x16\x03\x01", "GET /topics HTTP/1.1 x"):
            with self.subTest(start):
                answers, _ = self.raw(self.head("Connection: close", start=start), timeout=0.3)
                self.assertTrue(all(answer.status // 100 in (4, 5) for answer in answers), answers)
        self.assertEqual(self.get("/topics").status, 200)

    def in_pieces(self, *pieces):
        """Each piece comes when the one before it has been looked at; the answers."""
        with connect(self.server.address(), seconds(5)) as sock:
            for piece in pieces:
                sock.sendall(piece.encode("latin-1"))
                time.sleep(0.2)
            received, _ = read_to_close(sock, seconds(5))
        return parse_answers(received)

    def test_empty_lines_in_front_end_no_headers(self):
        good = self.in_pieces("\r\n", "GET /livez HTTP/1.1\r\nHo", "st: localhost\r\nConnection: close\r\n\r\n")
        self.assertEqual([answer.status for answer in good], [200])
        for late in ("X-A: a\rTransfer-Encoding: chunked", "X-A: a\x00b"):
            with self.subTest(late):
                bad = self.in_pieces("\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n", late + "\r\n\r\n")
                self.assertEqual([answer.status for answer in bad], [400])

    def test_several_empty_lines_in_front(self):
        """libmicrohttpd 1.0 would hang up, 0.9 would pass over them; before a first request both are told."""
        for pieces in (("\r\n\r\n", self.head(start="GET /livez HTTP/1.1")),
                       ("\r\n\r\n\r\nGET /livez HTTP/1.1\r\nHost: localh", "ost\r\n\r\n")):
            answers = self.in_pieces(*pieces)
            self.assertEqual(len(answers), 1, answers)
            self.assert_problem(answers[0], 400, "bad_headers", "more than one empty line")

    def test_what_is_good_still_passes(self):
        name = self.topic()
        start = f"POST /topics/{name}/events HTTP/1.1"
        answers, closed = self.raw(self.head("CONTENT-LENGTH:  1", "X-Empty:", "X-Tab: a\tb", start=start) + "7" +
                                   self.head("transfer-encoding: CHUNKED", "X-Last:\t", "Connection: close",
                                             start=start) + "1\r\n8\r\n0\r\n\r\n")
        self.assertEqual(([answer.status for answer in answers], closed), ([200, 200], True))
        self.assertEqual(self.values(name), [7, 8])


if __name__ == "__main__":
    unittest.main()
