"""Headers as clients send them: white space around a value is not part of it, and a list may stand in several lines."""

import unittest

from client import connect, read_to_close
from harness import HttpCase
from server import seconds


class Lists(HttpCase):
    def page_type(self, name, *lines):
        """What a page asked for with these headers is."""
        data = "\r\n".join([f"GET /topics/{name}/events?limit=1 HTTP/1.1", "Host: localhost", *lines,
                            "Connection: close", "", ""])
        answers, _ = self.raw(data)
        return answers[0].header("Content-Type")

    def test_accept_in_several_lines_is_one_list(self):
        name = self.topic()
        self.append(name, "1")
        ndjson = "application/x-ndjson"
        for lines in (("Accept: text/html", f"Accept: {ndjson}"), (f"Accept: {ndjson}", "Accept: text/html"),
                      ("Accept: application/json;q=0.5", f"accept: {ndjson}"), ("Accept:", f"Accept: {ndjson}"),
                      (f"Accept: {ndjson}", "Accept: "), ("Accept: text/html", "Accept: */*", f"Accept: {ndjson}"),
                      (f"Accept: {ndjson};q=0.9", "X-Any: 1", "Accept: application/json;q=0.8, text/html")):
            with self.subTest(lines):
                self.assertEqual(self.page_type(name, *lines), ndjson)
        for lines in (("Accept: text/html", "Accept: application/json"), ("Accept:", "Accept: "),
                      (f"Accept: {ndjson};q=0.1", "Accept: application/json"), (f"X-Accept: {ndjson}",)):
            with self.subTest(lines):
                self.assertEqual(self.page_type(name, *lines), "application/json")

    def test_white_space_behind_accept(self):
        name = self.topic()
        self.append(name, "1")
        for value in ("application/x-ndjson ", "application/x-ndjson \t ", "\tapplication/x-ndjson\t"):
            with self.subTest(value):
                self.assertEqual(self.page_type(name, f"Accept:{value}"), "application/x-ndjson")


class WhiteSpace(HttpCase):
    flags = ("--cors-origin", "https://shop.example")
    padding = (" ", "\t", " \t ")

    def ask(self, *lines, body="", start=None, host="localhost"):
        """The answer to a request on a connection of its own, and whether the connection ended. It is asked to end, where
        the lines say nothing of that."""
        close = [] if any(line.startswith("Connection:") for line in lines) else ["Connection: close"]
        head = [start or f"POST /topics/{self.name}/events HTTP/1.1", f"Host: {host}", *lines, *close, "", ""]
        answers, closed = self.raw("\r\n".join(head) + body)
        self.assertEqual(len(answers), 1, answers)
        return answers[0], closed

    def setUp(self):
        self.name = self.topic()

    def test_behind_a_length(self):
        for number, space in enumerate(self.padding, 1):
            with self.subTest(repr(space)):
                answer, _ = self.ask(f"Content-Length:{space}2{space}", body="{}")
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(len(self.values(self.name)), number)

    def test_a_length_says_no_more_than_before(self):
        """What stands behind the body is the next request, or nothing is."""
        hidden = "DELETE /topics/" + self.name + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
        answer, _ = self.ask(f"Content-Length: {len(hidden) + 2} ", body='"' + hidden.replace("\r\n", "\t\t") + '"')
        self.assertEqual(answer.status, 400, answer)  # tabs are nothing that a JSON string holds; it was one body
        self.assert_empty(self.name)

    def test_behind_a_coding(self):
        for space in self.padding:
            with self.subTest(repr(space)):
                answer, _ = self.ask(f"Transfer-Encoding: chunked{space}", body="1\r\n7\r\n0\r\n\r\n")
                self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.values(self.name), [7] * len(self.padding))

    def test_behind_expect(self):
        for space in ("", *self.padding):
            with self.subTest(repr(space)), connect(self.server.address(), seconds(5)) as sock:
                sock.sendall((f"POST /topics/{self.name}/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                              f"Expect: 100-continue{space}\r\n\r\n").encode())
                self.assertTrue(sock.recv(4096).startswith(b"HTTP/1.1 100 "))
                sock.sendall(b"1")
                self.assertTrue(sock.recv(4096).startswith(b"HTTP/1.1 200 "))

    def test_behind_connection(self):
        for value, ends in (("close ", True), ("\tclose\t", True), ("keep-alive , Close ", True)):
            with self.subTest(value):
                answer, closed = self.ask(f"Connection: {value}", "Content-Length: 1", body="1")
                self.assertEqual((answer.status, closed), (200, ends), answer)
        answer, closed = self.ask("Connection: keep-alive", "Connection: close", "Content-Length: 1", body="1")
        self.assertEqual((answer.status, closed), (200, True), answer)

    def test_behind_what_says_who_asks(self):
        get = f"GET /topics/{self.name} HTTP/1.1"
        for space in self.padding:
            with self.subTest(repr(space)):
                answer, _ = self.ask(start=get, host=f"localhost{space}")
                self.assertEqual(answer.status, 200, answer)
                answer, _ = self.ask(start=get, host=f"evil.example{space}")
                self.assert_problem(answer, 403, "host_not_allowed")
                answer, _ = self.ask(f"Origin: https://shop.example{space}", start=get)
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(answer.header("Access-Control-Allow-Origin"), "https://shop.example")
                answer, _ = self.ask(f"Origin: https://evil.example{space}", start=get)
                self.assert_problem(answer, 403, "origin_not_allowed")
                answer, _ = self.ask(f"Request-Id: mine{space}", start=get)
                self.assertEqual(answer.header("Request-Id"), "mine")

    def test_a_preflight_is_mirrored_without_it(self):
        answer, _ = self.ask("Origin: https://shop.example ", "Access-Control-Request-Method: POST ",
                             "Access-Control-Request-Headers: content-type \t", start="OPTIONS /topics HTTP/1.1")
        self.assertEqual(answer.status, 204, answer)
        self.assertIn(b"Access-Control-Allow-Headers: content-type\r\n", self.received(answer))

    def received(self, answer):
        return b"".join(f"{name}: {value}\r\n".encode() for name, value in answer.headers.raw_items())

    def test_behind_what_says_what_the_body_is(self):
        for number, space in enumerate(self.padding, 1):
            with self.subTest(repr(space)):
                answer, _ = self.ask(f"Content-Type: application/x-ndjson{space}", "Content-Length: 3", body="1\n2")
                self.assertEqual(answer.status, 200, answer)
                answer, _ = self.ask(f"Content-Encoding: identity{space}", "Content-Length: 1", body="3")
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(len(self.values(self.name)), 3 * number)

    def test_an_encoding_that_is_empty_is_none(self):
        for value in ("", " ", "\t"):
            answer, _ = self.ask(f"Content-Encoding:{value}", "Content-Length: 1", body="3")
            self.assertEqual(answer.status, 200, answer)

    def test_in_every_request_of_a_connection(self):
        """Headers that do not frame the body may be padded in any of them."""
        get = "\r\n".join([f"GET /topics/{self.name}/events HTTP/1.1", "Host: localhost{}", "Accept: application/x-ndjson \t",
                           "Connection: {}", "", ""])
        with connect(self.server.address(), seconds(5)) as sock:
            sock.sendall(get.format("", "keep-alive").replace(" \t", "").encode())
            first = sock.recv(65536)
            sock.sendall(get.format(" ", "close\t").encode())
            second, closed = read_to_close(sock, seconds(5))
        for answer in (first, second):
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
            self.assertIn(b"Content-Type: application/x-ndjson\r\n", answer)
        self.assertTrue(closed)


if __name__ == "__main__":
    unittest.main()
