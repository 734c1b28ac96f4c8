"""Many clients that go away, and headers that drip in: the server stays what it was for all others."""

import os
import socket
import struct
import threading
import time
import unittest

from client import parse_answers
from harness import own_server
from server import seconds

HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"
ABORTED = 1000
ABORTED_S = 10
REQUESTS = (
    b"GET /topics/crowd/events?from=latest&wait_ms=20000" + HEAD + b"\r\n",
    b"POST /topics/crowd/events" + HEAD + b"Content-Length: 5000\r\n\r\n{",
    b"GET /topics/crowd/ev",
)
DRIPPING = 20
DRIPPED_BYTES = 200
HEADER_BYTES = 28000
BYTE_S = 0.000005  # of processor time for a byte that comes alone; 12.5 us when each look began anew


class Crowd(unittest.TestCase):
    def probe(self, server, stop, results):
        """Asks how the server is, each time over a new connection."""
        while not stop.is_set():
            began = time.monotonic()
            with socket.create_connection(server.address()) as connection:
                connection.settimeout(seconds(5))
                connection.sendall(b"GET /livez" + HEAD + b"Connection: close\r\n\r\n")
                answer = b""
                while part := connection.recv(4096):
                    answer += part
            results.append((answer.partition(b"\r\n")[0], time.monotonic() - began))
            time.sleep(0.02)

    def test_aborted_in_every_state(self):
        server = own_server(self, "--access-log", "off", "--engine", "memory", "--max-connections", 50)
        client = server.client()
        self.assertEqual(client.request("PUT", "/topics/crowd").status, 201)
        client.close()
        time.sleep(0.2)
        descriptors = len(os.listdir(f"/proc/{server.pid}/fd"))
        stop, results = threading.Event(), []
        thread = threading.Thread(target=self.probe, args=(server, stop, results))
        thread.start()
        try:
            began = time.monotonic()
            for number in range(ABORTED):
                connection = socket.create_connection(server.address())
                connection.sendall(REQUESTS[number % len(REQUESTS)])
                if number % 2:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                time.sleep(max(0, began + number * ABORTED_S / ABORTED - time.monotonic()))
                connection.close()
        finally:
            stop.set()
            thread.join()
        deadline = time.monotonic() + seconds(1)
        while len(os.listdir(f"/proc/{server.pid}/fd")) > descriptors and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertLessEqual(len(os.listdir(f"/proc/{server.pid}/fd")), descriptors)
        slowest = max(took for _, took in results)
        print(f"    {len(results)} probes beside {ABORTED} clients that went, the slowest {1000 * slowest:.0f} ms")
        self.assertEqual({status for status, _ in results}, {b"HTTP/1.1 200 OK"})

    def test_headers_that_drip_in(self):
        """A byte costs what it costs however many are there already."""
        server = own_server(self, "--access-log", "off", "--engine", "memory")
        connections = [socket.create_connection(server.address()) for _ in range(DRIPPING)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(b"GET /livez HTTP/1.1\r\n" + b"A: " + b"a" * HEADER_BYTES)
        time.sleep(0.2)
        before = server.processor_seconds()
        for _ in range(DRIPPED_BYTES):
            for connection in connections:
                connection.send(b"a")
            time.sleep(0.004)
        cost = (server.processor_seconds() - before) / (DRIPPED_BYTES * DRIPPING)
        print(f"    a byte of headers that drip in behind {HEADER_BYTES}: {1e6 * cost:.1f} us of processor time")
        self.assertLess(cost, seconds(BYTE_S))
        for connection in connections:
            connection.sendall(b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        for connection in connections:  # and all are answered
            connection.settimeout(seconds(5))
            answer = b""
            while part := connection.recv(4096):
                answer += part
            self.assertEqual([one.status for one in parse_answers(answer)], [200])


if __name__ == "__main__":
    unittest.main()
