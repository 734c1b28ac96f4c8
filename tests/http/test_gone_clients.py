"""Clients that go away, in every state of their request: they give their place back within a second. Who closed only the
sending side gets the answer all the same; who takes nothing of it is cut."""

import json
import os
import signal
import socket
import struct
import time
import unittest

from harness import own_server
from server import Server, seconds

HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"
STALL_MS = 1000
LIMIT_MS = 800
EVENTS, EVENT_BYTES = 9000, 1000
PAGE = b"GET /topics/gone/events?limit=100000&max_bytes=60000000" + HEAD + b"\r\n"
POLL = b"GET /topics/gone/events?from=latest&wait_ms=30000" + HEAD + b"\r\n"
STATES = {
    "nothing sent": b"",
    "half the headers": b"GET /topics/gone/events HTTP/1.1\r\nHo",
    "headers of a body": b"POST /topics/gone/events" + HEAD + b"Content-Length: 5000\r\n\r\n",
    "half a body": b"POST /topics/gone/events" + HEAD + b"Content-Length: 5000\r\n\r\n{",
    "told to go on": b"POST /topics/gone/events" + HEAD + b"Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n",
    "a page that waits": POLL,
    "a page that is not read": PAGE,
    "a stream": b"GET /topics/gone/events" + HEAD + b"Accept: text/event-stream\r\n\r\n",
    "between requests": b"GET /livez" + HEAD + b"\r\n",
}


def close(connection):
    connection.close()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Gone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--access-log", "off", "--engine", "memory", "--stall-timeout-ms", STALL_MS)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.client = cls.server.client()
        assert cls.client.request("PUT", "/topics/gone").status == 201
        body = json.dumps(["x" * EVENT_BYTES] * EVENTS).encode()
        assert cls.client.request("POST", "/topics/gone/events?ack=os", body).status == 200

        cls.quiet = cls.open()

    def setUp(self):
        self.await_open(self.quiet, 5)  # what the test before has left

    def connect(self, data):
        connection = socket.create_connection(self.server.address())
        self.addCleanup(connection.close)
        connection.settimeout(seconds(5))
        if data:
            connection.sendall(data)
        return connection

    @classmethod
    def open(cls):
        return len(os.listdir(f"/proc/{cls.server.pid}/fd"))

    def await_open(self, wanted, limit):
        """Until there are as many descriptors; how long it took."""
        began = time.monotonic()
        while self.open() != wanted and time.monotonic() - began < seconds(limit):
            time.sleep(0.01)
        self.assertEqual(self.open(), wanted)
        return time.monotonic() - began

    def test_every_state(self):
        for leave in (close, reset):
            for state, data in STATES.items():
                for moment in (0, 0.1):
                    with self.subTest(state=state, leave=leave.__name__, moment=moment):
                        connections = [self.connect(data) for _ in range(5)]
                        if moment:
                            self.await_open(self.quiet + len(connections), 2)
                            time.sleep(moment)
                        for connection in connections:
                            leave(connection)
                        if not moment:
                            time.sleep(0.05)  # they are accepted
                        self.await_open(self.quiet, 1)

    def test_headers_in_pieces_and_then_nothing(self):
        connection = self.connect(b"GET /topics/gone/events HTTP/1.1\r\n")
        self.await_open(self.quiet + 1, 1)
        connection.sendall(b"Host: localh")
        connection.shutdown(socket.SHUT_WR)
        self.await_open(self.quiet, 1)

    def test_half_closed(self):
        """`nc -N`, and some proxies of HTTP/1.0."""
        for moment in (0, 0.1):
            for request, limit in ((PAGE.replace(b"limit=100000", b"limit=2"), 1), (POLL, 1)):
                with self.subTest(request=request, moment=moment):
                    began = time.monotonic()
                    connection = self.connect(request)
                    time.sleep(moment)
                    connection.shutdown(socket.SHUT_WR)
                    answer = b""
                    while part := connection.recv(65536):
                        answer += part
                    self.assertIn(b"HTTP/1.1 200 ", answer)
                    self.assertIn(b'"next":"', answer)
                    self.assertLess(time.monotonic() - began, seconds(limit))

    def test_half_closed_post(self):
        body = b'"the last words"'
        connection = self.connect(b"POST /topics/gone/events?ack=os" + HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        connection.sendall(body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        self.assertIn(b"HTTP/1.1 200 ", answer)

    def test_the_end_comes_with_a_large_body(self):
        """All at once, so that the end is there before the body is read."""
        body = json.dumps(["z" * 900000] * 2).encode()
        head = b"POST /topics/gone/events?ack=os" + HEAD + b"Content-Length: %d\r\n\r\n" % len(body)
        for missing in (0, 1, 70000):
            with self.subTest(missing=missing):
                connections = [self.connect(head + body[:len(body) - missing]) for _ in range(5)]
                for connection in connections:
                    connection.shutdown(socket.SHUT_WR)
                if missing == 0:
                    self.assertTrue(all(b"HTTP/1.1 200 " in connection.recv(4096) for connection in connections))
                for connection in connections:
                    connection.close()
                self.await_open(self.quiet, 1)

    def test_a_page_that_waits_beside_others(self):
        """The others go on waiting: one that shares its page with somebody who went is not ended with it."""
        goes, stays = self.connect(POLL), self.connect(POLL)
        self.await_open(self.quiet + 2, 1)
        time.sleep(0.1)
        reset(goes)
        self.await_open(self.quiet + 1, 1)
        self.assertEqual(self.client.request("POST", "/topics/gone/events?ack=os", b'"news"').status, 200)
        self.assertIn(b'"news"', stays.recv(65536))

    def test_nothing_is_taken(self):
        connections = [self.connect(PAGE) for _ in range(5)]
        self.await_open(self.quiet + len(connections), 1)
        self.await_open(self.quiet, STALL_MS / 1000 + 1)
        for connection in connections:
            connection.close()

    def test_little_is_taken(self):
        """A slow reader is not one that takes nothing."""
        connection = self.connect(PAGE)
        taken = 0
        for _ in range(int(2.5 * STALL_MS / 100)):
            taken += len(connection.recv(65536))
            time.sleep(0.1)
        while part := connection.recv(1 << 20):
            taken += len(part)
            if taken > EVENTS * EVENT_BYTES:
                break
        self.assertGreater(taken, EVENTS * EVENT_BYTES)


class Late(unittest.TestCase):
    """A server that comes late itself, as on a machine that is busy, does not blame its clients."""

    def setUp(self):
        self.server = own_server(self, "--access-log", "off", "--engine", "memory", "--header-timeout-ms", LIMIT_MS,
                                 "--body-timeout-ms", LIMIT_MS)
        self.assertEqual(self.server.client().request("PUT", "/topics/late").status, 201)
        self.connection = socket.create_connection(self.server.address())
        self.addCleanup(self.connection.close)
        self.connection.settimeout(seconds(5))

    def ask_in_two(self, request, cut):
        """The second part comes in time, but while the server stands still."""
        self.connection.sendall(request[:cut])
        time.sleep(LIMIT_MS / 4000)
        os.kill(self.server.pid, signal.SIGSTOP)
        try:
            self.connection.sendall(request[cut:])
            time.sleep(LIMIT_MS * 1.5 / 1000)
        finally:
            os.kill(self.server.pid, signal.SIGCONT)
        self.assertIn(b" 200 ", self.connection.recv(65536)[:20])

    def test_first_headers(self):
        self.ask_in_two(b"GET /topics/late/events" + HEAD + b"\r\n", 40)

    def test_later_headers(self):
        self.connection.sendall(b"GET /livez" + HEAD + b"\r\n")
        self.assertIn(b" 200 ", self.connection.recv(65536)[:20])
        self.ask_in_two(b"GET /topics/late/events" + HEAD + b"\r\n", 40)

    def test_a_body(self):
        request = b"POST /topics/late/events" + HEAD + b"Content-Length: 3\r\n\r\n123"
        self.ask_in_two(request, len(request) - 1)


if __name__ == "__main__":
    unittest.main()
