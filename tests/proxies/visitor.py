"""Clients that come from outside: over TLS, by the name of the site."""

import http.client
import json
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "http"))

from client import Answer  # noqa: E402: those of tests/http lie in a folder of their own
from fronts import tls_connection  # noqa: E402
from server import seconds  # noqa: E402
from streams import SSE, SseParser  # noqa: E402

QUIET_SECONDS = 120  # that a stream may take for its next byte; a browser waits for ever
ENCODINGS = "gzip, deflate, br, zstd"  # what Chromium sends


class Visitor:
    """Requests on connections of their own."""

    def __init__(self, front, name):
        self.front = front
        self.name = name

    def request(self, method, target, body=None, headers=None, timeout=30):
        connection = tls_connection(self.front, self.name, seconds(timeout))
        try:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def open(self, target, headers=None, timeout=30):
        """(connection, response) of an answer that is read as it comes; close the connection."""
        connection = tls_connection(self.front, self.name, seconds(timeout))
        try:
            connection.request("GET", target, headers=headers or {})
            return connection, connection.getresponse()
        except BaseException:
            connection.close()
            raise


class EventSource(threading.Thread):
    """Does what the HTML standard tells a browser's EventSource to do: whatever ends a stream, it reconnects after
    `retry` with the id of the last event; but any answer that is no event stream closes it for good."""

    def __init__(self, visitor, target):
        super().__init__(daemon=True)
        self.visitor = visitor
        self.target = target
        self.changed = threading.Condition()
        self.events = []  # guarded by changed: (document, when it came)
        self.opened = 0  # guarded by changed: answers that are event streams
        self.failure = None  # guarded by changed: why it is closed for good
        self.sock = None  # guarded by changed
        self.stopped = threading.Event()
        self.last_id = ""
        self.retry_ms = 3000

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        with self.changed:
            if self.sock:
                self.sock.shutdown(socket.SHUT_RDWR)  # ends a read under way
        self.join(seconds(40))

    def run(self):
        while not self.stopped.is_set():
            try:
                self._connect()
            except (OSError, http.client.HTTPException):
                pass  # a network error: it reconnects
            if self.failure:
                return
            self.stopped.wait(self.retry_ms / 1000)

    def _connect(self):
        headers = {"Accept": SSE, "Accept-Encoding": ENCODINGS, "Cache-Control": "no-cache"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        connection, response = self.visitor.open(self.target, headers, timeout=QUIET_SECONDS)
        try:
            with self.changed:
                self.sock = connection.sock
                kind = response.getheader("Content-Type", "").partition(";")[0]
                if response.status != 200 or kind != SSE or response.getheader("Content-Encoding"):
                    self.failure = f"{response.status} {response.getheaders()}"
                else:
                    self.opened += 1
                self.changed.notify_all()
            if not self.failure:
                self._read(connection, response)
        finally:
            with self.changed:
                self.sock = None
            connection.close()

    def _read(self, connection, response):
        parser = SseParser()
        parser.id = self.last_id
        while not self.stopped.is_set():
            part = response.read1(65536)
            if not part:
                return
            now = time.monotonic()
            items = parser.feed(part)
            self.last_id = parser.id
            if parser.retry is not None:
                self.retry_ms = parser.retry
            with self.changed:
                self.events += [(json.loads(item.data), now) for item in items if item.kind == "event"]
                self.changed.notify_all()

    def await_true(self, what, condition, timeout=30):
        """Waits until the condition holds of this source."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.failure or condition(self), seconds(timeout)) or self.failure:
                raise AssertionError(f"{what}: {len(self.events)} events, opened {self.opened} times, "
                                     f"closed for good: {self.failure}")
