"""Memory that clients could make the server take: it stays below its limit, and others do not notice."""

import json
import statistics
import threading
import time
import unittest

from client import connect, read_to_close, target_of
from harness import memory_by_kind, own_server
from server import seconds

MIB = 1 << 20
MEMORY_BYTES = 128 * MIB
MORE_BYTES = 64 * MIB  # of the program, beside what the limit counts
STALL_SECONDS = 6  # after which who takes nothing is cut
NOISE_SECONDS = 0.001  # what a machine that does other work adds to the slowest of a hundred requests


class Probe:
    """A client that does no harm, and how long it waits for each answer."""

    def __init__(self, case, server):
        self.client = server.client()
        case.assertEqual(self.client.request("PUT", "/topics/healthy").status, 201)
        self.times, self.refused, self.over = [], 0, False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        case.addCleanup(self.stop)

    def _run(self):
        while not self.over:
            for method, target, body in (("POST", "/topics/healthy/events", b'{"n":1}'),
                                         ("GET", "/topics/healthy/events?from=-10", None)):
                began = time.monotonic()
                self.refused += self.client.request(method, target, body).status != 200
                self.times.append(time.monotonic() - began)
                time.sleep(0.001)

    def stop(self):
        self.over = True
        self.thread.join()

    def slowest_percent(self, duration):
        """The 99th percentile of the next while."""
        self.times = []
        time.sleep(seconds(duration))
        return statistics.quantiles(self.times, n=100)[-1]


class MemoryScale(unittest.TestCase):
    def start(self, *flags):
        self.server = own_server(self, "--engine", "memory", "--access-log", "off", "--memory-bytes", MEMORY_BYTES, *flags)
        self.client = self.server.client()
        return self.server

    def watch(self):
        """Notes the resident memory from now on; gives back how to ask for the most of it, beyond what there is now."""
        before, most, over = self.server.resident_bytes(), [0], threading.Event()

        def look():
            while not over.wait(0.005):
                most[0] = max(most[0], self.server.resident_bytes() - before)

        thread = threading.Thread(target=look)
        thread.start()

        def stop():
            over.set()
            thread.join()
            return most[0]

        self.addCleanup(stop)
        return stop

    def used(self):
        return memory_by_kind(self.client, "memory_bytes")


class Pages(MemoryScale):
    def ask(self, target):
        sock = connect(self.server.address(), seconds(60), receive_bytes=4096)
        self.addCleanup(sock.close)
        sock.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return sock

    def ask_and_take_nothing(self, count, event_bytes):
        self.start("--stall-timeout-ms", str(1000 * STALL_SECONDS))
        self.client.request("PUT", "/topics/t")
        events = json.dumps(["x" * event_bytes] * (MIB // event_bytes)).encode()
        for _ in range(64):
            self.assertEqual(self.client.request("POST", "/topics/t/events", events).status, 200)
        probe = Probe(self, self.server)
        quiet = probe.slowest_percent(2)
        most = self.watch()
        target = target_of("/topics/t/events", max_bytes=64 * MIB, limit=100000)
        socks = [self.ask(target) for _ in range(count)]
        answers = [sock.recv(12)[9:] for sock in socks]  # each is answered before the next part
        self.assertLessEqual(set(answers), {b"200", b"503"})
        busy = probe.slowest_percent(2)
        more = most()
        print(f"    {count} clients that take nothing of 64 MiB, events of {event_bytes} bytes: {more / MIB:.0f} MiB more; p99 of others "
              f"{1e3 * busy:.2f} ms, {1e3 * quiet:.2f} ms when it is quiet")
        self.assertLess(more, MEMORY_BYTES + MORE_BYTES)
        self.assertLess(self.used()["pages"], MEMORY_BYTES // 4)
        self.assertLess(busy, 5 * quiet + NOISE_SECONDS)
        self.assertEqual(probe.refused, 0)
        self.await_cut([sock for sock, answer in zip(socks, answers) if answer == b"200"])

    def await_cut(self, socks):
        """The server ends all of them, and has nothing left of what they asked for."""
        deadline = time.monotonic() + seconds(2 * STALL_SECONDS)
        while self.used()["pages"] > 0:
            self.assertLess(time.monotonic(), deadline, self.used())
            time.sleep(0.1)
        for sock in socks:
            self.assertTrue(read_to_close(sock, seconds(5))[1], "a client that takes nothing is still there")

    def test_12_clients_that_take_nothing(self):
        self.ask_and_take_nothing(12, MIB - 2)

    def test_200_clients_that_take_nothing(self):
        self.ask_and_take_nothing(200, MIB - 2)

    def test_200_clients_that_take_nothing_of_small_events(self):
        self.ask_and_take_nothing(200, 1022)


class Bodies(MemoryScale):
    CLIENTS = 6
    BODY_BYTES = 16 * MIB

    def test_a_body_that_nobody_reads_is_thrown_away(self):
        server = self.start()
        probe = Probe(self, server)
        quiet = probe.slowest_percent(2)
        most = self.watch()
        head = (f"DELETE /topics/no-such HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                f"Content-Length: {self.BODY_BYTES}\r\n\r\n")
        sockets = [connect(server.address(), seconds(20)) for _ in range(self.CLIENTS)]
        for sock in sockets:
            self.addCleanup(sock.close)
            sock.sendall(head.encode())
            sock.sendall(b"x" * (self.BODY_BYTES - 1))
        busy = probe.slowest_percent(2)
        more = most()
        print(f"    {self.CLIENTS} bodies of {self.BODY_BYTES // MIB} MiB: {more / MIB:.1f} MiB more; p99 of others {1e3 * busy:.2f} ms, "
              f"{1e3 * quiet:.2f} ms when it is quiet")
        self.assertLess(more, 8 * MIB)
        self.assertLess(busy, 5 * quiet + NOISE_SECONDS)

        for sock in sockets:
            sock.sendall(b"x")
            answer, closed = read_to_close(sock, seconds(5))
            self.assertTrue(closed)
            self.assertIn(b" 404 ", answer[:20])


class Events(MemoryScale):
    CLIENTS = 24
    EVENTS = 100000

    def test_posts_of_tiny_events(self):
        """Each is written whole or refused whole. The engine on disk, whose writes take a while."""
        self.server = own_server(self, "--access-log", "off", "--memory-bytes", MEMORY_BYTES)
        self.client = self.server.client()
        self.client.request("PUT", "/topics/t")
        body = b"[" + b",".join([b"1"] * self.EVENTS) + b"]"
        post = (f"POST /topics/t/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
                f"\r\n").encode() + body
        most = self.watch()
        sockets = [connect(self.server.address(), seconds(30)) for _ in range(self.CLIENTS)]
        for sock in sockets:
            self.addCleanup(sock.close)
            sock.sendall(post)
        answers = [read_to_close(sock, seconds(30))[0] for sock in sockets]
        more = most()
        written = sum(answer.startswith(b"HTTP/1.1 200") for answer in answers)
        refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503")]
        print(f"    {self.CLIENTS} posts of {self.EVENTS} events: {written} written, {len(refused)} refused, {more / MIB:.0f} MiB more")
        self.assertEqual(written + len(refused), self.CLIENTS)
        self.assertGreater(written, 0)
        for answer in refused:
            self.assertIn(b'"written":false', answer)
            self.assertIn(b"Retry-After: 1", answer)
        topic = self.client.request("GET", "/topics/t").json()
        self.assertEqual(topic["partitions"][0]["next_offset"], written * self.EVENTS)
        self.assertLess(more, MEMORY_BYTES + MORE_BYTES)
        self.assertEqual(sum(self.used().values()), 0)


if __name__ == "__main__":
    unittest.main()
