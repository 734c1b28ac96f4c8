"""Pages that are sent in pieces: the same bytes as one made of small pages, in every form, or a broken answer."""

import gzip
import http.client
import json
import re
import time
import unittest

from client import connect, target_of
from coded import zstd_decompress
from harness import HttpCase, memory_by_kind
from server import seconds

MIB = 1 << 20
LARGE = {"limit": 100000, "max_bytes": 64 * MIB}


class LargePages(HttpCase):
    flags = ("--engine", "memory")

    def lines_of_small_pages(self, path, **query):
        """(all events as lines, the cursor at the end) by pages that are never sent in pieces."""
        lines, cursor = [], None
        while True:
            answer = self.get(path, format="ndjson", limit=300, max_bytes=MIB // 2, cursor=cursor, **query)
            self.assertEqual(answer.status, 200, answer)
            lines += answer.body.split(b"\n")[:-1]
            if cursor == answer.headers["Next-Cursor"]:
                return lines, cursor
            cursor = answer.headers["Next-Cursor"]

    def fill(self, partitions=1, count=4000, size=1000):
        """Small events, and one of almost a MiB among them."""
        topic = self.topic(partitions=partitions)
        for begin in range(0, count, 1000):
            events = [{"value": {"n": n, "pad": "x" * (size + n % 7)}, "key": f"k{n % 3}", "headers": {"h": "\u00e9\"" * (n % 4)}}
                      for n in range(begin, begin + 1000)]
            self.append(topic, json.dumps({"events": events}), "application/vnd.tailrace.events+json")
            self.append(topic, b'"' + b"y" * (MIB - 2) + b'"')
            self.append(topic, b"1")
        return topic

    def begin(self, topic):
        """An answer of which the client has taken the head."""
        sock = connect(self.server.address(), seconds(20), receive_bytes=4096)
        self.addCleanup(sock.close)
        sock.sendall(f"GET {target_of(f'/topics/{topic}/events', **LARGE)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        response = http.client.HTTPResponse(sock)
        response.begin()
        return sock, response


class Forms(LargePages):
    def test_one_partition(self):
        topic = self.fill()
        path = f"/topics/{topic}/events"
        lines, cursor = self.lines_of_small_pages(path)
        answer = self.get(path, **LARGE)
        self.assertGreater(len(answer.body), 5 * MIB)
        expected = b'{"events":[' + b",".join(lines) + b'],"next":' + json.dumps(cursor).encode() + b',"up_to_date":true}\n'
        self.assertEqual(answer.body, expected)
        self.assertEqual(answer.headers["Content-Length"], str(len(expected)))
        self.assertIn(f"cursor={cursor}", answer.headers["Link"])

        lines_answer = self.get(path, format="ndjson", **LARGE)
        self.assertEqual(lines_answer.body, b"".join(line + b"\n" for line in lines))
        self.assertEqual(lines_answer.headers["Next-Cursor"], cursor)
        head = self.request("HEAD", target_of(path, **LARGE))
        self.assertEqual((head.status, head.headers["Content-Length"], head.body), (200, str(len(expected)), b""))
        self.assertEqual(memory_by_kind(self.client, "memory_bytes")["pages"], 0)

    def test_values_and_keys(self):
        topic = self.fill(count=8000)
        path = f"/topics/{topic}/events"
        for query in ({"view": "value"}, {"key": "k1"}, {"key": "k2", "view": "value"}):
            with self.subTest(query):
                lines, cursor = self.lines_of_small_pages(path, **query)
                answer = self.get(path, format="ndjson", **LARGE, **query)
                self.assertGreater(len(answer.body), 2 * MIB)
                self.assertEqual(answer.body, b"".join(line + b"\n" for line in lines))
                self.assertEqual(answer.headers["Next-Cursor"], cursor)

    def test_codings(self):
        topic = self.fill()
        path = f"/topics/{topic}/events"
        plain = self.get(path, **LARGE).body
        for coding, decode in (("gzip", gzip.decompress), ("zstd", zstd_decompress)):
            with self.subTest(coding):
                answer = self.get(path, {"Accept-Encoding": coding}, **LARGE)
                self.assertEqual(answer.headers["Content-Encoding"], coding)
                self.assertEqual(decode(answer.body), plain)

    def test_http_1_0(self):
        topic = self.fill()
        plain = self.get(f"/topics/{topic}/events", **LARGE).body
        with connect(self.server.address(), seconds(20)) as sock:
            sock.sendall(f"GET {target_of(f'/topics/{topic}/events', **LARGE)} HTTP/1.0\r\n\r\n".encode())
            received = b"".join(iter(lambda: sock.recv(1 << 20), b""))
        self.assertEqual(received.partition(b"\r\n\r\n")[2], plain)


class Boundaries(LargePages):
    def test_many_partitions(self):
        """Each has its share first; then those that have more fill the page. In whatever order, nothing is missed."""
        topic = self.fill(partitions=5, count=6000)
        path = f"/topics/{topic}/events"
        lines, _ = self.lines_of_small_pages(path)
        for limit in (3000, 5000, 100000):
            with self.subTest(limit):
                seen, cursor = [], None
                while True:
                    page = self.get(path, limit=limit, max_bytes=64 * MIB, cursor=cursor).json()
                    seen += page["events"]
                    self.assertLessEqual(len(page["events"]), limit)
                    if page["up_to_date"]:
                        break
                    cursor = page["next"]
                place = lambda event: (event["partition"], event["offset"])
                self.assertEqual(sorted(map(place, seen)), sorted(place(json.loads(line)) for line in lines))

    def test_limits_are_met_exactly(self):
        topic = self.topic()
        for _ in range(4):
            self.append(topic, json.dumps(["z" * 998] * 1000))  # 1,000 bytes each
        for limit, max_bytes, count in ((3000, 64 * MIB, 3000), (100000, 3000 * 1000, 3000), (100000, 3000 * 1000 - 1, 2999),
                                        (100000, 3000 * 1000 + 999, 3000), (4000, 64 * MIB, 4000), (3999, 4000 * 1000, 3999)):
            with self.subTest(limit=limit, max_bytes=max_bytes):
                page = self.page(topic, limit=limit, max_bytes=max_bytes)
                self.assertEqual([event["offset"] for event in page["events"]], list(range(count)))
                self.assertEqual(page["up_to_date"], count == 4000)
                rest = self.page(topic, cursor=page["next"], limit=1)["events"]
                self.assertEqual([event["offset"] for event in rest], [count][: 4000 - count])

    def test_the_first_event_comes_whole(self):
        topic = self.topic(max_event_bytes=4 * MIB)
        self.append(topic, b'"' + b"a" * (3 * MIB) + b'"')
        self.append(topic, b"2")
        page = self.page(topic, max_bytes=1)
        self.assertEqual([len(str(event["value"])) for event in page["events"]], [3 * MIB])
        self.assertEqual([event["value"] for event in self.page(topic, cursor=page["next"])["events"]], [2])

    def test_until(self):
        topic = self.fill()
        time.sleep(0.01)
        until = int(time.time() * 1000)
        time.sleep(0.01)
        before = self.get(f"/topics/{topic}/events", format="ndjson", **LARGE).body
        self.append(topic, "[1,2,3]")
        self.assertEqual(self.get(f"/topics/{topic}/events", format="ndjson", until=until, **LARGE).body, before)

    def test_events_that_come_meanwhile_are_of_the_next_page(self):
        topic = self.fill()
        sock, response = self.begin(topic)
        self.append(topic, '"later"')
        page = json.loads(response.read())
        sock.close()
        self.assertEqual(len(page["events"]), 4008)
        self.assertEqual([event["value"] for event in self.page(topic, cursor=page["next"])["events"]], ["later"])

    def test_a_topic_that_is_deleted_breaks_the_answer(self):
        """In the middle, whatever of it is on the way: the client sees that it is not whole."""
        topic = self.fill(count=16000)
        sock, response = self.begin(topic)
        self.assertEqual(response.status, 200)
        self.assertEqual(self.request("DELETE", f"/topics/{topic}").status, 204)
        with self.assertRaises(http.client.IncompleteRead):
            response.read()
        sock.close()
        self.wait_nothing_held()

    def test_a_client_that_goes_leaves_nothing(self):
        topic = self.fill(count=16000)
        for coding in ("", "Accept-Encoding: zstd\r\n"):
            socks = []
            for _ in range(4):
                sock = connect(self.server.address(), seconds(20), receive_bytes=4096)
                sock.sendall(f"GET {target_of(f'/topics/{topic}/events', **LARGE)} HTTP/1.1\r\nHost: localhost\r\n"
                             f"{coding}\r\n".encode())
                self.assertTrue(sock.recv(4096).startswith(b"HTTP/1.1 200"))
                socks.append(sock)
            self.assertGreater(memory_by_kind(self.client, "memory_bytes")["pages"], 0)
            for sock in socks:
                sock.close()
            self.wait_nothing_held()

    def test_clients_that_go_while_others_are_measured(self):
        """Their turns are not used: all places are back long before so many pages could have been measured."""
        topic = self.fill(count=16000)
        others = [self.begin(topic)[0] for _ in range(2)]
        for _ in range(200):
            sock = connect(self.server.address(), seconds(20), receive_bytes=4096)
            sock.sendall(f"GET {target_of(f'/topics/{topic}/events', **LARGE)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            sock.close()
        began = time.monotonic()
        while int(re.search(r"\ntailrace_connections_open (\d+)", self.get("/metrics").body.decode())[1]) > 3:
            self.assertLess(time.monotonic() - began, seconds(1))
            time.sleep(0.01)
        for sock in others:
            sock.close()
        self.wait_nothing_held()

    def wait_nothing_held(self):
        deadline = time.monotonic() + seconds(10)
        while memory_by_kind(self.client, "memory_bytes")["pages"] > 0:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)


class OnDisk(LargePages):
    """The same from RocksDB, where what was written before the last start is read by other threads."""

    flags = ()

    def test_after_a_restart(self):
        topic = self.fill(partitions=2)
        path = f"/topics/{topic}/events"
        hot = self.get(path, **LARGE).body
        self.server.stop()
        self.server.start()
        type(self).client = self.server.client()
        self.assertEqual(self.get(path, **LARGE).body, hot)
        self.assertEqual(gzip.decompress(self.get(path, {"Accept-Encoding": "gzip"}, **LARGE).body), hot)
        lines, _ = self.lines_of_small_pages(path)
        self.assertEqual(sorted(lines), sorted(self.get(path, format="ndjson", **LARGE).body.split(b"\n")[:-1]))


class Tight(LargePages):
    """With little memory a client that takes nothing keeps less than a piece, and who takes all gets all."""

    flags = ("--engine", "memory", "--memory-bytes", "16MiB", "--max-body-bytes", "6MiB", "--max-body-events", "20000",
             "--stall-timeout-ms", "600000")  # those that wait for their turn to be read take nothing meanwhile

    def test_those_that_take_nothing_leave_room(self):
        topic = self.topic()
        for n in range(0, 256, 16):
            self.append(topic, json.dumps([f"{number:04}" * (MIB // 64) for number in range(n, n + 16)]))
        expected = self.get(f"/topics/{topic}/events", **LARGE).body
        self.assertGreater(len(expected), 16 * MIB)
        self.assertEqual([event["value"][:4] for event in json.loads(expected)["events"]], [f"{n:04}" for n in range(256)])

        responses = []
        for number in range(100):
            responses.append(self.begin(topic)[1])
            if number == 20:  # whose pieces would be more than there is for all
                self.assertEqual({response.status for response in responses}, {200})
                self.assertEqual(self.values(topic, limit=1), ["0000" * (MIB // 64)])
        self.assertEqual({response.status for response in responses}, {200, 503})
        self.assertLessEqual(memory_by_kind(self.client, "memory_bytes")["pages"], 4 * MIB)
        for response in responses[:10]:  # what was dropped is read again
            self.assertEqual(response.read(), expected)


if __name__ == "__main__":
    unittest.main()
