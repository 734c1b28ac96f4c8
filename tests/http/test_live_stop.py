"""Streams and waiting pages opened at each step of stopping: no crash, no hang, exit 0 in time."""

import http.client
import random
import signal
import socket
import threading
import time
import unittest

from client import connect
from harness import own_server
from load_client import LoadClient
from server import SCALE, STOP_SECONDS, seconds
from streams import request_bytes
from test_live_load import publish

ROUNDS = 12 if SCALE <= 1 else 5
STREAMS = 300 if SCALE <= 1 else 30
REQUESTS = (
    request_bytes("/topics/stop/events"),
    request_bytes("/topics/stop/events?from=earliest"),
    request_bytes("/events?topics=stop,sto*"),
    request_bytes("/topics/stop/events?follow=true", {"Accept": "application/x-ndjson"}),
    request_bytes("/topics/stop/events?from=latest&wait_ms=30000", {"Accept": "application/json"}),
    request_bytes("/topics/stop/events?wait_ms=30000", {"Accept": "application/json"}, "HEAD"),
    request_bytes("/topics/stop/events")[:-10],  # never whole
)


class Opener(threading.Thread):
    """Opens streams and waits one after the other until nobody listens any more; keeps them open."""

    def __init__(self, address, seed):
        super().__init__()
        self.address = address
        self.random = random.Random(seed)
        self.sockets = []
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set() and len(self.sockets) < 3000:
            try:
                sock = connect(self.address, 2)
                self.sockets.append(sock)
                sock.sendall(self.random.choice(REQUESTS))
                if self.random.random() < 0.2:
                    self.sockets.pop(self.random.randrange(len(self.sockets))).close()
            except OSError:
                self.over.wait(0.001)

    def end(self):
        self.over.set()
        self.join()
        for sock in self.sockets:
            sock.close()


class LiveStop(unittest.TestCase):
    def setUp(self):
        self.server = own_server(self, "--access-log", "off")
        client = self.server.client()
        client.request("PUT", "/topics/stop", b'{"partitions":4}')
        publish(client, "stop", 1000)
        client.close()

    def stop(self):
        self.assertLess(self.server.stop(), seconds(STOP_SECONDS))

    def test_with_many_streams(self):
        for path in ("/topics/stop/events", "/topics/stop/events?follow=true", "/topics/stop/events?from=earliest"):
            with self.subTest(path):
                with LoadClient(self.server, path, readers=STREAMS, hold=True) as readers:
                    readers.await_open()
                    self.stop()
                    result = readers.result()
                    self.assertEqual((result["fault"], result["closed"]), ("", STREAMS), result)
                self.server.start()
        self.server.stop()

    def test_while_readers_reconnect_over_and_over(self):
        with LoadClient(self.server, "/topics/stop/events?from=earliest", readers=STREAMS // 3, hold=True,
                        resume=True) as readers:
            readers.await_open()
            self.stop()

    def test_while_streams_are_opened(self):
        for number in range(ROUNDS):
            openers = [Opener(self.server.address(), number * 10 + index) for index in range(3)]
            for opener in openers:
                opener.start()
            time.sleep(0.03 * (number % 6))
            try:
                self.stop()
            finally:
                for opener in openers:
                    opener.end()
            self.server.start()
        self.server.stop()

    def test_while_events_come(self):
        """Writers, readers that keep up, readers that do not, and waits: all at once."""
        for _ in range(3 if SCALE <= 1 else 2):
            writers = [threading.Thread(target=self.write_until_refused) for _ in range(3)]
            with LoadClient(self.server, "/topics/stop/events", readers=STREAMS // 3, hold=True) as readers, \
                    LoadClient(self.server, "/topics/stop/events?from=earliest", readers=10, pace=0,
                               receive_buffer=4096, hold=True) as lazy:
                readers.await_open()
                lazy.await_open()
                for writer in writers:
                    writer.start()
                time.sleep(0.5)
                try:
                    self.stop()
                finally:
                    for writer in writers:
                        writer.join()
                self.assertEqual(readers.result()["fault"], "")
            self.server.start()
        self.server.stop()

    def write_until_refused(self):
        client = self.server.client()
        try:
            publish(client, "stop", 100000)
        except (OSError, http.client.HTTPException, AssertionError):
            pass

    def test_waits_are_answered(self):
        sockets = [connect(self.server.address(), seconds(5)) for _ in range(50)]
        for sock in sockets:
            sock.sendall(request_bytes("/topics/stop/events?from=latest&wait_ms=60000", {"Accept": "application/json"}))
        time.sleep(0.5)
        self.stop()
        for sock in sockets:
            answer = sock.recv(65536)
            self.assertRegex(answer, rb"\AHTTP/1.1 (200|503) ")
            sock.close()

    def test_after_streams_that_were_reset(self):
        for _ in range(200):
            sock = connect(self.server.address(), seconds(5))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.sendall(random.choice(REQUESTS))
            sock.close()
        self.stop()

    def test_a_second_signal_with_streams(self):
        with LoadClient(self.server, "/topics/stop/events", readers=STREAMS, hold=True) as readers:
            readers.await_open()
            self.server.process.send_signal(signal.SIGTERM)
            self.server.process.send_signal(signal.SIGTERM)
            self.server.wait_stopped()


if __name__ == "__main__":
    unittest.main()
