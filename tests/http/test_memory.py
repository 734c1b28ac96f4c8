"""The budget of memory: what it counts, what it refuses, and that all of it is given back."""

import json
import time
import unittest

from client import connect
from harness import ENVELOPE, HttpCase, memory_by_kind
from server import Server, run_program, seconds

MIB = 1 << 20
EVENTS_MAX = 30000
# 6 MiB of it for bodies, 4 for what is parsed of them.
FLAGS = ("--memory-bytes", str(16 * MIB), "--max-body-bytes", str(6 * MIB), "--max-body-events", str(EVENTS_MAX))


class MemoryCase(HttpCase):
    flags = FLAGS

    def used(self, kind):
        return memory_by_kind(self.client, "memory_bytes")[kind]

    def refusals(self, kind):
        return memory_by_kind(self.client, "memory_refusals_total")[kind]

    def wait_used(self, kind, enough):
        deadline = time.monotonic() + seconds(5)
        while not enough(self.used(kind)):
            self.assertLess(time.monotonic(), deadline, self.used(kind))
            time.sleep(0.01)

    def begin(self, topic, declared, sent):
        """A post whose body does not end."""
        sock = connect(self.server.address(), seconds(10))
        self.addCleanup(sock.close)
        sock.sendall(f"POST /topics/{topic}/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: {declared}\r\n\r\n".encode())
        sock.sendall(b" " * sent)
        return sock

    def assert_overloaded(self, answer, *mentions):
        self.assert_not_written(answer, 503, "overloaded", *mentions)
        self.assertEqual(answer.headers.get("Retry-After"), "1")


class Bodies(MemoryCase):
    def test_bodies_of_others_leave_no_room(self):
        topic = self.topic()
        before = self.refusals("bodies")
        others = [self.begin(topic, 2 * MIB, 2 * MIB - 1) for _ in range(3)]
        self.wait_used("bodies", lambda used: used == 6 * MIB)
        self.assert_overloaded(self.post(topic, b"1"), "request bodies in progress")
        self.assertEqual(self.next_offsets(topic), [0])
        self.assertEqual(self.refusals("bodies"), before + 1)

        others[0].close()
        self.wait_used("bodies", lambda used: used == 4 * MIB)
        self.append(topic, "1")
        others[1].close()
        others[2].sendall(b"2")
        self.wait_used("bodies", lambda used: used == 0)
        self.assertEqual(self.values(topic), [1, 2])

    def test_a_length_that_is_only_declared_costs_nothing(self):
        topic = self.topic()
        for _ in range(20):
            self.begin(topic, 6 * MIB, 100)
        self.wait_used("bodies", lambda used: used == 20 * 256)
        self.append(topic, "1")

    def test_the_largest_body_fits(self):
        topic = self.topic(max_event_bytes=6 * MIB)
        self.append(topic, b'"' + b"x" * (6 * MIB - 2) + b'"')
        self.assertEqual(self.used("bodies"), 0)

    def test_a_refused_body_is_not_kept(self):
        topic = self.topic()
        sock = self.begin(topic, 20 * MIB, 7 * MIB)
        self.wait_used("bodies", lambda used: used == 0)
        sock.close()


class Parsed(MemoryCase):
    def test_headers_of_events_count(self):
        """A body of 5 MiB with half a million headers of 10 bytes: each needs several times as much."""
        topic = self.topic()
        before = self.refusals("parsed")
        headers = {f"{number:x}": "" for number in range(100)}
        body = json.dumps({"events": [{"value": 1, "headers": headers}] * 5000}, separators=(",", ":"))
        self.assertLess(len(body), 6 * MIB)
        self.assert_overloaded(self.post(topic, body, ENVELOPE), "events of requests in progress")
        self.assertEqual(self.next_offsets(topic), [0])
        self.assertGreater(self.refusals("parsed"), before)
        self.assertEqual((self.used("parsed"), self.used("bodies")), (0, 0))
        self.append(topic, json.dumps({"events": [{"value": 1, "headers": headers}] * 50}), ENVELOPE)

    def test_the_most_events_fit(self):
        topic = self.topic()
        self.assertEqual(self.append(topic, "[" + ",".join(["1"] * EVENTS_MAX) + "]")["count"], EVENTS_MAX)
        self.assertEqual(self.used("parsed"), 0)
        answer = self.post(topic, "[" + ",".join(["1"] * (EVENTS_MAX + 1)) + "]")
        self.assert_not_written(answer, 413, "too_many_events")
        self.assertEqual(self.used("parsed"), 0)


class Streams(MemoryCase):
    def test_text_that_waits_counts(self):
        """A stream that takes nothing holds its text, until it goes."""
        topic = self.topic()
        self.append(topic, b'"' + b"x" * (900 << 10) + b'"')
        sock = connect(self.server.address(), seconds(10), receive_bytes=4096)
        self.addCleanup(sock.close)
        sock.sendall(f"GET /topics/{topic}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
        self.assertIn(b" 200 ", sock.recv(20))
        for _ in range(8):  # more than the sockets take
            self.append(topic, b'"' + b"x" * (900 << 10) + b'"')
        self.wait_used("streams", lambda used: used > 256 << 10)
        sock.close()
        self.wait_used("streams", lambda used: used == 0)


class Flags(unittest.TestCase):
    def test_limits_that_can_never_be_granted_are_refused(self):
        for flags, mentions in (((), ("--max-body-bytes 16777216", "6291456")), (("--max-body-bytes", "6MiB"), ("--max-body-events",)),
                                (("--max-body-bytes", "6MiB", "--max-body-events", "30000"), None)):
            done = run_program("serve", "--check-config", "--memory-bytes", "16MiB", *flags)
            self.assertEqual(done.returncode, 2 if mentions else 0, done)
            for mention in mentions or ():
                self.assertIn(mention, done.stderr)
        done = run_program("serve", "--check-config", "--memory-bytes", "15MiB")
        self.assertEqual(done.returncode, 2)
        self.assertIn("expected at least 16777216", done.stderr)

    def test_a_share_of_the_machine_by_default(self):
        with Server("--engine", "memory", data=False, column_families=0) as server:
            limit = memory_by_kind(server.client(), "memory_kind_limit_bytes")
            whole = server.client().request("GET", "/metrics").body.decode().split("\ntailrace_memory_limit_bytes ")[1]
        self.assertGreaterEqual(int(whole.split()[0]), 64 * MIB)
        self.assertEqual(limit["bodies"], int(whole.split()[0]) // 16 * 6)

    def test_parts_have_flags_of_their_own(self):
        with Server("--engine", "memory", "--memory-bytes", "64MiB", "--stream-bytes", "3MiB", "--tail-bytes", "5MiB",
                    data=False, column_families=0) as server:
            limit = memory_by_kind(server.client(), "memory_kind_limit_bytes")
        self.assertEqual(limit, {"bodies": 24 * MIB, "parsed": 16 * MIB, "pages": 16 * MIB, "streams": 3 * MIB,
                                 "tail": 5 * MIB})


if __name__ == "__main__":
    unittest.main()
