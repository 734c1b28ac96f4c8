"""Answers to malformed requests: read off the socket byte by byte, and held to the form that the contract promises."""

import http.client
import io
import json
import socket
import struct
import time

from client import connect

PROBLEM_MEMBERS = {"type": str, "title": str, "status": int, "detail": str, "code": str, "retryable": bool}
OPENING = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Wrong(AssertionError):
    """An answer that is not as it must be."""


def must(good, what, seen):
    if not good:
        raise Wrong(f"{what}: {seen[:600]!r}")


class Answer:
    """A status line, headers and a body, as they came."""

    def __init__(self, head, body):
        status_line, _, fields = head.partition(b"\r\n")
        words = status_line.split(b" ", 2)
        must(len(words) == 3 and words[0] == b"HTTP/1.1" and words[1].isdigit(), "no status line", head)
        self.status = int(words[1])
        self.headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
        self.body = body
        self.raw = head + b"\r\n\r\n" + body

    def closes(self):
        return (self.headers.get("Connection") or "").lower() == "close"


def cut_answer(data, is_head=False):
    """The first whole answer of these bytes and the rest; None while it is not whole. Interim ones are passed over."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    if head.startswith(b"HTTP/1.1 100 "):
        return cut_answer(rest, is_head)
    answer = Answer(head, b"")
    size = int(answer.headers.get("Content-Length") or 0)
    if is_head or answer.status == 204:
        size = 0
    return (Answer(head, rest[:size]), rest[size:]) if len(rest) >= size else None


# ---- the wire ----

class Wire:
    """One connection on which anything can be sent."""

    def __init__(self, address, seconds):
        self.deadline = time.monotonic() + seconds
        self.socket = connect(address, seconds)
        self.received = b""
        self.closed = False  # by the server

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent: the answer is there to be read

    def end(self, how):
        """Our side is done: `half` sends the end and still reads, `reset` drops the connection."""
        if how == "half":
            self.socket.shutdown(socket.SHUT_WR)
        elif how == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()

    def receive(self):
        """Some more bytes; the time for all of them together is limited."""
        left = self.deadline - time.monotonic()
        must(left > 0, "no end of the answer in time", self.received)
        self.socket.settimeout(left)
        try:
            part = self.socket.recv(65536)
        except TimeoutError as error:
            raise Wrong(f"no end of the answer in time: {self.received[:600]!r}") from error
        except ConnectionResetError:
            part = b""
        self.received += part
        self.closed = not part

    def answers(self, count, is_head=False):
        """So many whole answers, and fewer only if the server closes; what follows stays in `received`."""
        found = []
        while len(found) < count:
            cut = cut_answer(self.received, is_head)
            if cut is not None:
                found.append(cut[0])
                self.received = cut[1]
            elif self.closed:
                break
            else:
                self.receive()
        return found

    def read_to_close(self):
        while not self.closed:
            self.receive()
        return self.received

    def open_with_a_good_request(self):
        """So that what follows is not the first request of its connection."""
        self.send(OPENING)
        answers = self.answers(1)
        must(len(answers) == 1 and answers[0].status == 200, "the good request before it failed", self.received)


# ---- the forms ----

def check_answer(answer, expected, situations, is_head=False):
    """That an answer is the one that the list promises: a position, and perhaps `before-1.0`, is what it came in."""
    must(answer.status == expected.status, f"not {expected.status}", answer.raw)
    must(answer.headers.get("Request-Id"), "no Request-Id", answer.raw)
    must(answer.closes() == bool(set(situations) & set(expected.close)), "it is wrong about Connection: close", answer.raw)
    if expected.code is None:
        must("problem" not in (answer.headers.get("Content-Type") or ""), "a problem", answer.raw)
        return
    must(answer.headers.get("Content-Type") == "application/problem+json", "no problem", answer.raw)
    must(answer.headers.get("Cache-Control") == "no-store", "it may be cached", answer.raw)
    if is_head:
        must(answer.body == b"" and int(answer.headers["Content-Length"]) > 0, "HEAD with a body", answer.raw)
        return
    check_problem(answer, expected)


def check_problem(answer, expected):
    must(int(answer.headers["Content-Length"]) == len(answer.body), "cut off", answer.raw)
    try:
        problem = json.loads(answer.body.decode("utf-8"))
    except ValueError as error:
        raise Wrong(f"the body is not JSON: {answer.raw[:600]!r}") from error
    must(isinstance(problem, dict), "the body is not an object", answer.raw)
    for member, kind in PROBLEM_MEMBERS.items():
        must(type(problem.get(member)) is kind, f"{member} is no {kind.__name__}", answer.raw)
    must(problem["status"] == expected.status, "status is not the status", answer.raw)
    must(problem["code"] == expected.code, f"code is not {expected.code}", answer.raw)
    must(problem["title"] and problem["detail"], "it says nothing", answer.raw)
    must(("written" in problem) == expected.unwritten and problem.get("written", False) is False,
         f"written is not {'false' if expected.unwritten else 'left out'}", answer.raw)


def check_library_answer(received, listed, is_head=False):
    """That libmicrohttpd answered in the form that is listed: a page of HTML, its head once or twice, or nothing."""
    if listed.form == "silence":
        must(received == b"", "not silence", received)
        return
    head, _, page = received.partition(b"\r\n\r\n")
    if listed.form == "html-twice":
        second, _, page = page.partition(b"\r\n\r\n")
        must(second == head, "not the same head twice", received)
    answer = Answer(head, page)
    must(answer.status == listed.status, f"not {listed.status}", received)
    must(answer.closes() and answer.headers.get("Content-Type") is None, "not the library's own head", received)
    if is_head:
        must(page == b"", "HEAD with a body", received)
    else:
        must(int(answer.headers["Content-Length"]) == len(page), "cut off", received)
        must(page.startswith(b"<html>") and page.endswith(b"</html>"), "no page", received)
