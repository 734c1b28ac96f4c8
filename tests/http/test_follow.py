"""follow=true: lines without end, with a cursor behind each batch."""

import json
import time
import unittest

from harness import ENVELOPE, NDJSON, unique
from live_case import LiveCase
from server import SCALE
from streams import LineStream, request_bytes


class Following(LiveCase):
    def follow_lines(self, topic, **query):
        return self.line_stream(f"/topics/{topic}/events", **query)

    def events(self, stream, count, timeout=10):
        """The first so many events, as documents; cursors between them left out."""
        self.assertTrue(stream.wait(lambda lines: len(self.documents(lines)) >= count, timeout), stream.raw[-300:])
        found = self.documents(stream.lines())
        self.assertEqual(len(found), count)
        return found

    @staticmethod
    def documents(lines):
        return [document for document in map(json.loads, lines) if set(document) != {"next"}]

    def cursor(self, stream, timeout=10):
        """The cursor behind the last batch."""
        behind = stream.wait(lambda lines: lines and set(json.loads(lines[-1])) == {"next"}, timeout)
        self.assertTrue(behind, stream.raw)
        return json.loads(stream.lines()[-1])["next"]


class Lines(Following):
    def test_the_head(self):
        stream = self.follow_lines(self.topic())
        self.assertEqual(stream.head.header("Content-Type").split(";")[0], NDJSON)
        self.assertEqual(stream.head.header("Transfer-Encoding"), "chunked")
        self.assertIsNone(stream.head.header("Content-Length"))
        self.assertTrue(stream.head.header("Cache-Control"))

    def test_from_the_beginning_and_on(self):
        name = self.topic()
        self.append(name, '[1,{"a":\n2}]')
        stream = self.follow_lines(name, from_="earliest")
        self.events(stream, 2)
        self.append(name, "3")
        self.events(stream, 3)
        texts = [line.decode() for line in stream.lines() if not line.startswith(b'{"next"')]
        self.assertEqual(texts, self.page_texts(name))

    def test_latest_unless_told(self):
        name = self.topic()
        self.append(name, "1")
        stream = self.follow_lines(name)
        self.append(name, "2")
        self.assertEqual([event["value"] for event in self.events(stream, 1)], [2])

    def test_a_cursor_behind_each_batch_goes_on(self):
        name = self.topic(partitions=2)
        stream = self.follow_lines(name, from_="earliest")
        cursors = []
        for number in range(5):
            self.append(name, str(number), partition=number % 2)
            self.assertEqual(self.events(stream, number + 1)[-1]["value"], number)
            cursors.append(self.cursor(stream))
        for number, cursor in enumerate(cursors[:-1]):
            again = self.follow_lines(name, cursor=cursor)
            self.assertEqual(sorted(event["value"] for event in self.events(again, 4 - number)),
                             list(range(number + 1, 5)))

    def test_bare_values(self):
        name = self.topic()
        self.append(name, '[1,"two",{"a": 3}]')
        stream = self.follow_lines(name, from_="earliest", view="value")
        self.assertTrue(stream.wait(lambda lines: len(lines) >= 3))
        self.assertEqual(stream.lines()[:3], [b"1", b'"two"', b'{"a": 3}'])

    def test_format_in_the_query(self):
        name = self.topic()
        stream = LineStream(self.server.address(), f"/topics/{name}/events", {"Accept": "*/*"}, format="ndjson",
                            follow="true")
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        self.append(name, "1")
        self.assertEqual([event["value"] for event in self.events(stream, 1)], [1])

    def test_several_topics_and_new_ones(self):
        prefix = unique("lines.")
        self.topic(f"{prefix}.a")
        stream = self.line_stream("/events", topics=f"{prefix}.*")
        self.append(f"{prefix}.a", "1")
        self.append(self.topic(f"{prefix}.b"), "2")
        self.assertEqual(sorted(event["value"] for event in self.events(stream, 2)), [1, 2])

    def test_many(self):
        name = self.topic(partitions=4, ack="os")
        stream = self.follow_lines(name, from_="earliest")
        for number in range(4):
            batch = [{"value": number * 500 + n, "partition": n % 4} for n in range(500)]
            self.append(name, {"events": batch}, ENVELOPE)
        found = self.events(stream, 2000, timeout=20)
        self.assertEqual(sorted(event["value"] for event in found), list(range(2000)))

    def test_http_1_0(self):
        name = self.topic()
        stream = LineStream(self.server.address(), f"/topics/{name}/events", follow="true", version="1.0")
        self.addCleanup(stream.close)
        self.append(name, "1")
        self.assertEqual(len(self.events(stream, 1)), 1)

    def test_head_never_streams(self):
        name = self.topic()
        began = time.monotonic()
        request = request_bytes(f"/topics/{name}/events?follow=true",
                                {"Accept": NDJSON, "Connection": "close"}, "HEAD")
        (answer,), closed = self.raw(request)
        self.assertEqual((answer.status, answer.body, closed), (200, b"", True))
        self.assertLess(time.monotonic() - began, 2 * SCALE)

    def test_without_it_there_is_a_page(self):
        name = self.topic()
        self.append(name, "1")
        answer = self.get(f"/topics/{name}/events", {"Accept": NDJSON}, follow="false")
        self.assertEqual((answer.status, answer.body.count(b"\n")), (200, 1))
        answer = self.get(f"/topics/{name}/events", {"Accept": NDJSON}, follow="maybe")
        self.assert_problem(answer, 400, "bad_parameter")

    def test_problems(self):
        answer = self.get("/topics/no-such/events", {"Accept": NDJSON}, follow="true")
        self.assert_problem(answer, 404, "topic_not_found")
        name = self.topic()
        answer = self.get(f"/topics/{name}/events", {"Accept": NDJSON}, follow="true", cursor="x")
        self.assert_problem(answer, 400, "cursor_invalid")


class Heartbeats(Following):
    flags = ("--heartbeat-ms", "200")

    def test_cursors_while_nothing_happens(self):
        stream = self.follow_lines(self.topic())
        self.assertTrue(stream.wait(lambda lines: len(lines) >= 3), stream.raw)
        for line in stream.lines():
            self.assertEqual(set(json.loads(line)), {"next"})

    def test_the_cursor_moves_when_all_is_filtered_out(self):
        name = self.topic()
        stream = self.follow_lines(name, key="mine")
        first = self.cursor(stream)
        self.append(name, "[1,2]", key="theirs")
        self.assertTrue(stream.wait(lambda lines: json.loads(lines[-1])["next"] != first), stream.raw)
        self.append(name, "3", key="mine")
        self.assertEqual([event["value"] for event in self.events(stream, 1)], [3])


if __name__ == "__main__":
    unittest.main()
