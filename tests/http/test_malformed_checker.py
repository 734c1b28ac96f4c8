"""The checker of malformed requests, fed with made-up answers and lists: it must see each fault, or its tests prove
nothing."""

import json
import unittest

from malformed_answers import Wrong, check_answer, check_library_answer, cut_answer
from malformed_cases import (Expected, LibraryAnswer, ListError, expand, parse_cases, parse_library,
                             request_bytes)

PROBLEM = {"type": "about:blank", "title": "The body is not valid JSON", "status": 400, "detail": "byte 0: what is it?",
           "code": "invalid_json", "retryable": False, "written": False}
HEADERS = {"Content-Type": "application/problem+json", "Cache-Control": "no-store", "Request-Id": "made-up"}
EXPECTED = Expected(400, "invalid_json", unwritten=True)
LEFT_OUT = object()


def answer_bytes(status=400, headers=None, body=None, **members):
    """A good answer to a bad write, but for what is said otherwise; LEFT_OUT takes a member or header away."""
    problem = {name: value for name, value in (PROBLEM | members).items() if value is not LEFT_OUT}
    body = json.dumps(problem).encode() if body is None else body
    fields = HEADERS | {"Content-Length": len(body)} | (headers or {})
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in fields.items()
                                              if value is not LEFT_OUT)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def check(data, expected=EXPECTED, position="first", is_head=False):
    answer, rest = cut_answer(data, is_head)
    if rest:
        raise Wrong("more than the answer")
    check_answer(answer, expected, {position}, is_head)


class Answers(unittest.TestCase):
    def refused(self, *arguments, expected=EXPECTED, position="first", is_head=False, **made):
        with self.assertRaises(Wrong):
            check(answer_bytes(*arguments, **made), expected, position, is_head)

    def test_a_good_one_passes(self):
        check(answer_bytes())
        check(answer_bytes(headers={"Connection": "close"}), Expected(400, "invalid_json", True, ("first", "later")))
        check(answer_bytes(written=LEFT_OUT), Expected(400, "invalid_json"))
        check(b"HTTP/1.1 100 Continue\r\n\r\n" + answer_bytes())

    def test_another_status(self):
        self.refused(404)
        self.refused(200)
        self.refused(500)

    def test_another_status_inside(self):
        for status in (404, "400", True, None, LEFT_OUT):
            self.refused(body=json.dumps({name: value for name, value in (PROBLEM | {"status": status}).items()
                                          if value is not LEFT_OUT}).encode())

    def test_another_code(self):
        for code in ("bad_request", "", 400, None, LEFT_OUT):
            self.refused(code=code)

    def test_members_of_other_types(self):
        for member in ("type", "title", "detail", "retryable"):
            for value in (1, None, [], LEFT_OUT, "" if member != "type" else {}):
                with self.subTest(member=member, value=str(value)):
                    self.refused(**{member: value})

    def test_what_became_of_the_write(self):
        for written in (True, None, "false", 0, LEFT_OUT):
            self.refused(written=written)
        self.refused(expected=Expected(400, "invalid_json"))

    def test_other_headers(self):
        for name in ("Content-Type", "Cache-Control", "Request-Id"):
            self.refused(headers={name: LEFT_OUT})
        for kind in ("application/json", "text/html", "application/problem+json; charset=utf-8"):
            self.refused(headers={"Content-Type": kind})
        self.refused(headers={"Cache-Control": "max-age=1"})

    def test_html(self):
        page = b"<html><body>Bad Request</body></html>"
        self.refused(body=page)
        self.refused(body=page, headers={"Content-Type": LEFT_OUT, "Request-Id": LEFT_OUT})

    def test_bodies_that_are_no_problem(self):
        for body in (b"", b"null", b"[]", b"{}", b'{"code":"invalid_json"', b"\xff"):
            self.refused(body=body)

    def test_more_or_less_than_the_body(self):
        with self.assertRaises(Wrong):
            check(answer_bytes() + b"HTTP/1.1 ")
        self.assertIsNone(cut_answer(answer_bytes()[:-1]))
        self.refused(headers={"Content-Length": len(json.dumps(PROBLEM)) - 1})

    def test_an_end_that_was_not_promised(self):
        self.refused(headers={"Connection": "close"})
        self.refused(expected=Expected(400, "invalid_json", True, ("first", "later")))
        self.refused(expected=Expected(400, "invalid_json", True, ("first",)))
        self.refused(headers={"Connection": "close"}, position="later",
                     expected=Expected(400, "invalid_json", True, ("first",)))

    def test_a_success_for_a_problem_and_the_other_way_round(self):
        self.refused(expected=Expected(200))
        self.refused(200, expected=Expected(200))
        check(answer_bytes(200, {"Content-Type": "application/json"}, b"{}"), Expected(200))

    def test_head_has_no_body(self):
        head = answer_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        check(head, is_head=True)
        with self.assertRaises(Wrong):
            check(answer_bytes(), is_head=True)


class Library(unittest.TestCase):
    page = b"<html><body>no</body></html>"
    head = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 28\r\n\r\n"

    def refused(self, received, form, status=400, is_head=False):
        with self.assertRaises(Wrong):
            check_library_answer(received, LibraryAnswer(form, status), is_head)

    def test_the_forms(self):
        check_library_answer(self.head + self.page, LibraryAnswer("html", 400))
        check_library_answer(self.head * 2 + self.page, LibraryAnswer("html-twice", 400))
        check_library_answer(b"", LibraryAnswer("silence", None))
        check_library_answer(self.head, LibraryAnswer("html", 400), is_head=True)

    def test_another_form(self):
        self.refused(self.head + self.page, "html-twice")
        self.refused(self.head * 2 + self.page, "html")
        self.refused(b"", "html")
        self.refused(self.head + self.page, "silence", None)
        self.refused(self.head + self.page, "html", 413)
        self.refused(self.head.replace(b"Bad", b"bad") + self.head + self.page, "html-twice")
        self.refused(self.head, "html")
        self.refused(self.head + self.page, "html", is_head=True)
        self.refused(self.head + self.page + b"x", "html")
        self.refused(self.head.replace(b"Connection: close\r\n", b"") + self.page, "html")

    def test_our_own_problem_is_no_form_of_the_library(self):
        self.refused(answer_bytes(headers={"Connection": "close"}), "html")


class Format(unittest.TestCase):
    def test_what_is_sent(self):
        text = """[one]
            send POST /topics/`topic`
            header X-A: `3*ab``00 ff`
            body {"a":`lf`1}
            line GET / HTTP/1.1
            raw `crlf`
            send GET /livez
            expect 400 bad_request unwritten close-first"""
        case, = parse_cases(text, "text")
        self.assertEqual(request_bytes(case, {"topic": "t"}),
                         b"POST /topics/t HTTP/1.1\r\nHost: localhost\r\nX-A: ababab\0\xff\r\nContent-Length: 8\r\n\r\n"
                         b'{"a":\n1}GET / HTTP/1.1\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
        self.assertEqual(case.answers, [Expected(400, "bad_request", True, ("first",))])

    def test_lines_that_mean_nothing(self):
        for line in ("expect", "expect x", "expect 400", "expect 400 a b", "expect 200 a", "expect 400 a close close",
                     "written x", "nonsense", "[A b]", "[]"):
            with self.subTest(line), self.assertRaises(ListError):
                parse_cases(f"[a]\nsend GET /\n{line}", "text")
        with self.assertRaises(ListError):
            parse_cases("send GET /", "text")

    def test_bytes_that_mean_nothing(self):
        for text in ("`", "a`lf", "`zz`", "`x*a`"):
            with self.subTest(text), self.assertRaises((ListError, ValueError)):
                expand(text, {})

    def test_the_list_of_the_library(self):
        self.assertEqual(parse_library("# none\na later 1.0.1 html 400 # why\n", {"a"}),
                         {("a", "later", "1.0.1"): LibraryAnswer("html", 400)})
        for line in ("b later 1.0.1 html 400", "a last 1.0.1 html 400", "a later 1.0.1 text 400", "a later 1.0.1 html",
                     "a later 1.0.1 silence 400", "a later 1.0.1 silence\na later 1.0.1 silence"):
            with self.subTest(line), self.assertRaises(ListError):
                parse_library(line, {"a"})


if __name__ == "__main__":
    unittest.main()
