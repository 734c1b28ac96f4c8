"""Live streams as a client sees them: the bytes of a raw socket, and what the HTML standard makes of them (9.2.6)."""

import http.client
import io
import json
import re
import socket
import time
from collections import namedtuple

from client import Answer, connect, read_to_close, target_of
from server import seconds

SSE = "text/event-stream"
MIB = 1 << 20

# What a stream holds, in the order it came. kind: event, comment, retry, or id (one that stands alone).
Item = namedtuple("Item", "kind type data id", defaults=("", "", ""))


class Chunks:
    """The chunked coding (RFC 9112 7.1), taken off; strict, and without extensions and trailers, which ours has none of."""

    def __init__(self):
        self.rest = b""
        self.sizes = []  # of the chunks that are complete
        self.ended = False  # the last chunk has come

    def feed(self, part):
        """The content of the chunks that the part completes."""
        self.rest += part
        content = b""
        while self.rest and not self.ended:
            size_line, end, body = self.rest.partition(b"\r\n")
            if not end:
                break
            assert re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size_line), f"no size of a chunk: {size_line!r}"
            size = int(size_line, 16)
            if len(body) < size + 2:
                break
            assert body[size:size + 2] == b"\r\n", f"no end of a chunk: {body[size:size + 20]!r}"
            content += body[:size]
            self.rest = body[size + 2:]
            self.sizes.append(size)
            self.ended = size == 0
        return content


class SseParser:
    """Bytes in, items out. `id` is the last event id as the standard has it; `position` that of a client that also heeds
    an id between two events, where no empty line follows it."""

    def __init__(self):
        self.id = ""
        self.position = ""
        self.retry = None
        self.rest = b""
        self.begun = False
        self.data, self.type, self.next_id = [], "", None

    def feed(self, part):
        self.rest += part
        items = []
        while True:
            line = self._cut_line()
            if line is None:
                return items
            if not self.begun and line.startswith(b"\xef\xbb\xbf"):
                line = line[3:]
            self.begun = True
            items += self._line(line.decode("utf-8", "replace"))

    def _cut_line(self):
        ends = [at for at in (self.rest.find(b"\r"), self.rest.find(b"\n")) if at >= 0]
        if not ends:
            return None
        end = min(ends)
        if self.rest[end:end + 1] == b"\r" and end + 1 == len(self.rest):
            return None  # an LF may belong to it; nothing of ours ends with a CR
        line = self.rest[:end]
        self.rest = self.rest[end + (2 if self.rest[end:end + 2] == b"\r\n" else 1):]
        return line

    def end(self):
        """The stream is over: a CR at the very end is a line end after all."""
        if self.rest.endswith(b"\r"):
            return self.feed(b"\n")
        return []

    def _line(self, line):
        if not line:
            return self._dispatch()
        name, colon, value = line.partition(":")
        if not name and colon:
            return [Item("comment", data=value)]
        value = value.removeprefix(" ")
        if name == "data":
            self.data.append(value)
        elif name == "event":
            self.type = value
        elif name == "id" and "\0" not in value:
            self.next_id = value
            if not self.data and not self.type:
                self.position = value
                return [Item("id", id=value)]
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
            return [Item("retry", data=value)]
        return []

    def _dispatch(self):
        found = []
        if self.next_id is not None:
            self.id = self.position = self.next_id
        if self.data:
            found = [Item("event", self.type or "message", "\n".join(self.data), self.id)]
        self.data, self.type, self.next_id = [], "", None
        return found


def request_bytes(path, headers=None, method="GET", version="1.1", **query):
    fields = {"Host": "localhost", "Accept": SSE} | (headers or {})
    lines = [f"{method} {target_of(path, **query)} HTTP/{version}"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Stream:
    """One open stream; `head` is its Answer without a body, `raw` the bytes of the body so far. Close it."""

    def __init__(self, address, path, headers=None, version="1.1", receive_buffer=None, **query):
        self.sock = connect(address, seconds(10)) if receive_buffer is None else _connect_small(address, receive_buffer)
        self.sock.sendall(request_bytes(path, headers, version=version, **query))
        self.raw = b""
        self.closed = False
        self.chunks = None
        self.head, body = self._read_head()
        if self.head.header("Transfer-Encoding") == "chunked":
            self.chunks = Chunks()
        self._take(body)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def _read_head(self):
        received = b""
        while b"\r\n\r\n" not in received:
            part = self.sock.recv(4096)
            if not part:
                raise AssertionError(f"closed within the head: {received!r}")
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        status_line, _, fields = head.partition(b"\r\n")
        headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
        return Answer(int(status_line.split(b" ")[1]), headers, b""), body

    def _take(self, part):
        content = self.chunks.feed(part) if self.chunks is not None else part
        self.raw += content
        return content

    @property
    def finished(self):
        """Whether the body came to its end, rather than that it broke off."""
        return self.chunks is not None and self.chunks.ended

    @property
    def status(self):
        return self.head.status

    def refusal(self):
        """The whole answer, when it is no stream."""
        body = self.raw
        while len(body) < int(self.head.header("Content-Length") or "0"):
            body += self.sock.recv(65536)
        return Answer(self.head.status, self.head.headers, body)

    def receive(self, timeout):
        """More of the body, b"" after the time, at its end, or when a chunk is not complete."""
        if self.closed:
            return b""
        self.sock.settimeout(max(timeout, 0.001))
        try:
            part = self.sock.recv(MIB)
        except TimeoutError:
            return b""
        except ConnectionResetError:
            part = b""
        self.closed = not part
        return self._take(part)

    def until_closed(self, timeout=10):
        """Reads to the end, which must come in time; gives the bytes of the whole body."""
        part, closed = read_to_close(self.sock, seconds(timeout))
        self._take(part)
        if not closed:
            raise AssertionError(f"still open after {seconds(timeout)} s: {self.raw[-300:]!r}")
        self.closed = True
        return self.raw


class SseStream(Stream):
    """An event stream, parsed as it comes."""

    def __init__(self, address, path, headers=None, version="1.1", receive_buffer=None, **query):
        super().__init__(address, path, headers, version, receive_buffer, **query)
        self.parser = SseParser()
        self.items = []  # all, in order
        self.taken = 0  # events that were handed out
        self.items += self.parser.feed(self.raw)

    @property
    def id(self):
        return self.parser.position

    def events(self):
        return [item for item in self.items if item.kind == "event"]

    def count(self, kind):
        return sum(1 for item in self.items if item.kind == kind)

    def wait(self, condition, timeout=10):
        """Reads until the condition holds of this stream; False when the time is over or the stream has ended."""
        deadline = time.monotonic() + seconds(timeout)
        while not condition(self):
            left = deadline - time.monotonic()
            if left <= 0 or self.closed:
                return False
            self.items += self.parser.feed(self.receive(left))
        return True

    def take(self, count=1, timeout=10):
        """The next events, exactly so many. None of them may fail to come in time."""
        if not self.wait(lambda stream: len(stream.events()) >= self.taken + count, timeout):
            got = self.events()[self.taken:]
            raise AssertionError(f"{len(got)} of {count} events came: {got[:5]}; closed: {self.closed}; "
                                 f"the end of the stream: {self.raw[-300:]!r}")
        self.taken += count
        return self.events()[self.taken - count:self.taken]

    def values(self, count, timeout=10):
        return [json.loads(event.data)["value"] for event in self.take(count, timeout)]

    def started(self, timeout=10):
        """Waits until the stream has a position; gives itself."""
        if not self.wait(lambda stream: stream.id, timeout):
            raise AssertionError(f"no position: {self.raw!r}")
        return self

    def quiet(self, duration):
        """The events that come within this time, handed out."""
        self.wait(lambda stream: False, duration)
        fresh = self.events()[self.taken:]
        self.taken += len(fresh)
        return fresh


class LineStream(Stream):
    """A stream of lines."""

    def __init__(self, address, path, headers=None, **query):
        super().__init__(address, path, {"Accept": "application/x-ndjson"} | (headers or {}), **query)

    def lines(self):
        return self.raw.split(b"\n")[:-1]

    def wait(self, condition, timeout=10):
        deadline = time.monotonic() + seconds(timeout)
        while not condition(self.lines()):
            left = deadline - time.monotonic()
            if left <= 0 or self.closed:
                return False
            self.receive(left)
        return True

    def documents(self, count, timeout=10):
        """The first so many lines, as documents; they must come in time."""
        if not self.wait(lambda lines: len(lines) >= count, timeout):
            raise AssertionError(f"{len(self.lines())} of {count} lines: {self.raw[-300:]!r}; closed: {self.closed}")
        return [json.loads(line) for line in self.lines()[:count]]


def _connect_small(address, receive_buffer):
    """A socket that can hold little: what its reader does not take is soon felt at the other end."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(seconds(10))
    sock.connect(address[:2])
    return sock
