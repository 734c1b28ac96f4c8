"""A part of the disk that cannot be read: everybody is told where, nobody is given less than there is as if it were all, and once it
can be read again, all go on with nothing missing."""

import base64
import json
import os
import time
import unittest
from pathlib import Path

from harness import own_server
from server import seconds
from streams import SseStream

EVENTS = 300
VALUE_BYTES = 60000  # each in a batch of its own, in text that does not compress: it can be found in a table
BAD = 40  # the event whose text is damaged; what lies in a block with it goes too
NEAR = 2


class Unreadable(unittest.TestCase):
    def setUp(self):
        """A topic with a damaged table, and one that is whole."""
        self.server = own_server(self, "--write-buffer-bytes", "1MiB", "--access-log", "off", "--first-heartbeat-ms", "500")
        client = self.server.client()
        self.values = [base64.b64encode(os.urandom(VALUE_BYTES * 3 // 4)).decode() for _ in range(EVENTS)]
        for name in ("damaged", "whole"):
            self.assertEqual(client.request("PUT", f"/topics/{name}").status, 201)
        for value in self.values:
            self.assertEqual(client.request("POST", "/topics/damaged/events?ack=os", json.dumps(value).encode()).status, 200)
        self.assertEqual(client.request("POST", "/topics/whole/events", b"[1,2,3]").status, 200)
        self.server.stop()
        self.flip()
        self.server.start()
        self.client = self.server.client()

    def flip(self):
        """Damages the event in its table; done once more, it is whole again."""
        text = self.values[BAD][VALUE_BYTES // 2:][:40].encode()
        for table in Path(self.server.data).glob("*.sst"):
            at = table.read_bytes().find(text)
            if at >= 0 or getattr(self, "place", (None,))[0] == table:
                at = at if at >= 0 else self.place[1]
                self.place = (table, at)
                with open(table, "r+b") as file:
                    file.seek(at)
                    byte = file.read(1)
                    file.seek(at)
                    file.write(bytes([byte[0] ^ 1]))
                return
        self.fail("the event is in no table")

    def assert_read_failed(self, answer, topic="damaged"):
        problem = answer.json()
        self.assertEqual((answer.status, problem["code"], problem["retryable"]), (500, "read_failed", True), problem)
        self.assertEqual((problem["topic"], problem["partition"]), (topic, 0))
        self.assertTrue(BAD - NEAR <= problem["offset"] <= BAD, problem)
        self.assertIn(f"from offset {problem['offset']} on", problem["detail"])
        self.assertNotIn(self.server.directory, answer.body.decode())
        return problem["offset"]

    def read(self, cursor=None, path="/topics/damaged/events", **query):
        """Pages to the first problem, or to the end: (events, cursor, problem's offset or None)."""
        events = []
        while True:
            start = f"cursor={cursor}" if cursor else "from=earliest"
            more = "".join(f"&{name}={value}" for name, value in query.items())
            answer = self.client.request("GET", f"{path}?{start}&limit=7&max_bytes=4000000{more}")
            if answer.status != 200:
                return events, cursor, self.assert_read_failed(answer)
            page = answer.json()
            events += page["events"]
            cursor = page["next"]
            if page["up_to_date"]:
                return events, cursor, None

    def assert_events(self, events, first, end):
        self.assertEqual([event["offset"] for event in events], list(range(first, end)))
        self.assertEqual([event["value"] for event in events], self.values[first:end])

    def test_pages(self):
        events, cursor, bad = self.read()
        self.assert_events(events, 0, bad)
        self.assert_read_failed(self.client.request("GET", f"/topics/damaged/events?offset={bad}&wait_ms=1000"))
        self.assert_read_failed(self.client.request("GET", f"/topics/damaged/events/0/{BAD}"))
        behind = self.client.request("GET", f"/topics/damaged/events?offset={EVENTS - 1}").json()
        self.assert_events(behind["events"], EVENTS - 1, EVENTS)

        self.flip()
        rest, _, problem = self.read(cursor)
        self.assertIsNone(problem)
        self.assert_events(rest, bad, EVENTS)

    def test_beside_others(self):
        """What others have comes first, and is not held back again and again."""
        events, _, bad = self.read(path="/events", topics="damaged,whole")
        self.assertEqual([event["value"] for event in events if event["topic"] == "whole"], [1, 2, 3])
        self.assert_events([event for event in events if event["topic"] == "damaged"], 0, bad)

    def test_streams(self):
        stream = SseStream(self.server.address(), "/topics/damaged/events", **{"from": "earliest"})
        self.addCleanup(stream.close)
        before = stream.values(BAD - NEAR)
        self.assertEqual(before, self.values[:BAD - NEAR])
        self.assertTrue(stream.wait(lambda stream: stream.count("comment") >= 3))  # it waits, and lives
        self.flip()
        self.assertEqual(before + stream.values(EVENTS - len(before), timeout=20), self.values)

    def test_a_stream_that_begins_there(self):
        _, _, bad = self.read()
        stream = SseStream(self.server.address(), "/topics/damaged/events", offset=bad)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        self.assertIn(b"retry: ", stream.until_closed())
        self.assertEqual(stream.events(), [])

    def test_operators_are_told(self):
        self.assertEqual(self.client.request("GET", "/readyz").json(), {"status": "ok"})
        self.assertIn(b"\ntailrace_read_failures_total 0\n", self.client.request("GET", "/metrics").body)
        bad = self.read()[2]
        ready = self.client.request("GET", "/readyz")
        self.assertEqual(ready.status, 200)
        self.assertEqual(ready.json(), {"status": "degraded", "read_failures": {
            "count": 2, "topic": "damaged", "partition": 0, "offset": bad}})  # a page ended there, the next failed
        self.assertIn(b"\ntailrace_read_failures_total 2\n", self.client.request("GET", "/metrics").body)
        deadline = time.monotonic() + seconds(5)
        while f"event=read_failed topic=damaged partition=0 offset={bad} reason=" not in self.server.stderr():
            self.assertLess(time.monotonic(), deadline, self.server.stderr()[-2000:])
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
