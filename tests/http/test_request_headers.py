"""Headers as clients send them: white space around a value is not part of it, and a list may stand in several lines."""

import unittest

from harness import HttpCase


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


if __name__ == "__main__":
    unittest.main()
