"""The rules of the HTML standard for event streams (9.2.5 and 9.2.6), one by one. tests/corpus/sse/rules.json is the list:
what the standard says, odd streams with what must come of them, and what ours hold to. Here our own bytes are held to the
last, and the parser of these tests to the second; tests/browser does both with the EventSource of a browser."""

import json
import re
import unittest

from harness import ENVELOPE
from server import ROOT, Server
from streams import SseParser, SseStream

RULES = {rule["rule"]: rule for rule in json.loads((ROOT / "tests/corpus/sse/rules.json").read_text("utf-8"))}

# Values, keys and headers that would break a stream if they stood in it as they are.
ODD_EVENTS = [
    {"value": {"a": "\r\n", "b": "\ufeff", "c": "\u0000", "d": "\u2028\u2029\u0085"}},
    {"value": "data: x\n\nid: 9\n\n", "key": "\nid: 7\r\n", "headers": {"retry: 1\n": "\r"}},
    {"value": "", "key": ""},
    {"value": "ü \U0001f30a"},
    {"value": []},
]
RAW_VALUES = b'[\r\n1\r,\n{"a"\r\n:\r1}\n,"\xef\xbb\xbf"\r\n,[\n\n]\n]'


def record():
    """The bodies of streams in which everything happens that we have an item for, and how each of them ended."""
    with Server("--heartbeat-ms", "200", "--access-log", "off") as server:
        client = server.client()

        def call(method, path, document=None):
            headers = {"Content-Type": ENVELOPE} if isinstance(document, dict) else {}
            body = json.dumps(document).encode() if isinstance(document, dict) else document
            answer = client.request(method, path, body, headers)
            assert answer.status < 300, answer

        for name in ("odd", "other"):
            call("PUT", f"/topics/{name}")
        plain = SseStream(server.address(), "/topics/odd/events")
        bare = SseStream(server.address(), "/topics/odd/events", view="value")
        filtered = SseStream(server.address(), "/topics/odd/events", key="nobody")
        several = SseStream(server.address(), "/events", topics="odd,other")
        streams = [plain, bare, filtered, several]
        for stream in streams:
            stream.started()
        call("POST", "/topics/odd/events", {"events": ODD_EVENTS})
        call("POST", "/topics/odd/events", RAW_VALUES)
        for stream in (plain, bare, several):
            stream.take(9)
        before = filtered.count("comment")
        filtered.wait(lambda stream: stream.count("id") > 1 and stream.count("comment") > before)
        call("DELETE", "/topics/other")
        several.take(1)
        streams.append(SseStream(server.address(), "/topics/odd/events", from_="earliest"))
        streams[-1].take(9)
        call("DELETE", "/topics/odd")
        plain.wait(lambda stream: stream.closed)
        call("PUT", "/topics/last")
        streams.append(SseStream(server.address(), "/topics/last/events"))
        streams[-1].started()
        client.close()
        server.stop()
        for stream in streams:
            seen = len(stream.raw)
            stream.items += stream.parser.feed(stream.until_closed()[seen:])
            stream.close()
        return streams


class Parser(unittest.TestCase):
    def test_every_stream_of_the_corpus(self):
        for name, rule in RULES.items():
            for stream in rule["streams"]:
                for step in (1, 2, 5, 1000):
                    with self.subTest(rule=name, stream=stream["bytes"], step=step):
                        self.check(stream, step)

    def check(self, stream, step):
        parser, items, data = SseParser(), [], stream["bytes"].encode("latin-1")
        for at in range(0, len(data), step):
            items += parser.feed(data[at:at + step])
        items += parser.end()
        self.assertEqual([[item.type, item.data, item.id] for item in items if item.kind == "event"], stream["events"])
        if "last_id" in stream:
            self.assertEqual(parser.id, stream["last_id"])
        if "retry" in stream:
            self.assertEqual(parser.retry, stream["retry"])


class Ours(unittest.TestCase):
    """A method for every rule of the list, over the bytes that were recorded once."""

    @classmethod
    def setUpClass(cls):
        cls.streams = record()
        cls.bodies = [stream.raw for stream in cls.streams]
        cls.lines = [line for body in cls.bodies for line in body.split(b"\n")]
        cls.fields = [line.partition(b": ")[::2] for line in cls.lines if line and not line.startswith(b":")]
        cls.events = [event for stream in cls.streams for event in stream.events()]

    def values_of(self, name):
        return [value for field, value in self.fields if field == name]

    def test_the_list_is_whole(self):
        held = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        self.assertEqual(set(RULES) - held, set())

    def test_line_ends(self):
        for body in self.bodies:
            self.assertNotIn(b"\r", body)

    def test_bom(self):
        for body in self.bodies:
            self.assertFalse(body.startswith(b"\xef\xbb\xbf"), body[:20])

    def test_utf8(self):
        for body in self.bodies:
            body.decode("utf-8")

    def test_comments(self):
        for stream in self.streams:
            self.assertEqual([item.kind for item in stream.items[:2]], ["retry", "comment"])
        self.assertGreater(self.streams[2].count("comment"), 1)

    def test_one_space(self):
        for line in self.lines:
            if line and not line.startswith(b":"):
                self.assertRegex(line, rb"\A[a-z]+: \S")

    def test_data_lines(self):
        for stream in self.streams:
            self.assertEqual(len(re.findall(rb"^data: ", stream.raw, re.M)), len(stream.events()))

    def test_empty_data(self):
        for event in self.events:
            self.assertNotEqual(event.data, "")
            json.loads(event.data)

    def test_id_with_nul(self):
        for value in self.values_of(b"id"):
            self.assertRegex(value, rb"\A[0-9A-Za-z._-]+\Z")

    def test_id_alone(self):
        plain, _, filtered = self.streams[:3]
        self.assertEqual(plain.items[2].kind, "id")
        self.assertGreater(filtered.count("id"), 1)
        self.assertEqual([event.type for event in filtered.events() if event.type == "message"], [])

    def test_id_stays(self):
        for stream in self.streams:
            ids = [event.id for event in stream.events() if event.type == "message"]
            self.assertNotIn("", ids)
            self.assertEqual(len(ids), len(set(ids)), "two events with one id")
            self.assertGreaterEqual(len(re.findall(rb"^id: ", stream.raw, re.M)), len(ids))

    def test_retry(self):
        self.assertGreater(len(self.values_of(b"retry")), len(self.streams))
        for value in self.values_of(b"retry"):
            self.assertRegex(value, rb"\A[0-9]+\Z")
            self.assertLess(int(value), 120000)

    def test_unknown_fields(self):
        self.assertEqual({field for field, _ in self.fields}, {b"data", b"event", b"id", b"retry"})

    def test_event_type(self):
        self.assertEqual(set(self.values_of(b"event")), {b"gap", b"end"})
        for body in self.bodies:
            for block in body.split(b"\n\n"):
                if re.search(rb"^event: ", block, re.M):
                    self.assertRegex(block, rb"(?m)^data: \{.*\}$")

    def test_no_colon(self):
        for line in self.lines:
            self.assertTrue(not line or b":" in line, line)

    def test_unfinished(self):
        for body in self.bodies:
            self.assertRegex(body, rb"(\n\n|\nretry: [0-9]+\n)\Z")

    def test_odd_values_arrive(self):
        plain, bare = self.streams[:2]
        self.assertEqual([json.loads(event.data)["value"] for event in plain.events()[:5]],
                         [event["value"] for event in ODD_EVENTS])
        self.assertEqual([json.loads(event.data) for event in bare.events()[:9]],
                         [event["value"] for event in ODD_EVENTS] + json.loads(RAW_VALUES))


if __name__ == "__main__":
    unittest.main()
