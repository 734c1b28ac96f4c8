"""Which partition an event goes to: named, by key exactly as Kafka's Java client has it, or in turn."""

import json
import unittest

from harness import ENVELOPE, NDJSON, HttpCase

MASK = 0xFFFFFFFF


def murmur2(data):
    """org.apache.kafka.common.utils.Utils.murmur2, as an unsigned number."""
    multiplier = 0x5BD1E995
    value = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        part = int.from_bytes(data[at:at + 4], "little") * multiplier & MASK
        part = (part ^ part >> 24) * multiplier & MASK
        value = (value * multiplier & MASK) ^ part
    if len(data) > whole:
        value = (value ^ int.from_bytes(data[whole:], "little")) * multiplier & MASK
    value = (value ^ value >> 13) * multiplier & MASK
    return value ^ value >> 15


def partition_of(key, partitions):
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


class Vectors(unittest.TestCase):
    def test_kafkas_own(self):
        # From the test of Utils.murmur2 in Apache Kafka.
        vectors = {"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
                   "a-little-bit-longer-string": -1486304829,
                   "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107}
        for text, expected in vectors.items():
            self.assertEqual(murmur2(text.encode()), expected & MASK, text)


class ByKey(HttpCase):
    def check(self, topic, partitions, keys):
        """Values are the numbers of their keys."""
        for event in self.page(topic, limit=10000)["events"]:
            key = keys[event["value"]]
            self.assertEqual((event["partition"], event["key"]), (partition_of(key, partitions), key))

    def test_envelopes_of_many_lengths(self):
        keys = ["", "a", "ab", "abc", "ä", "€uro", "𝄞", "\x00", "21", "foobar"]
        keys += [f"key-{number}" * (number % 9) for number in range(500)]
        for partitions in (1, 2, 7, 256):
            name = self.topic(partitions=partitions, ack="os")
            body = {"events": [{"value": number, "key": key} for number, key in enumerate(keys)]}
            self.assertEqual(self.append(name, body, ENVELOPE)["count"], len(keys))
            self.check(name, partitions, keys)

    def test_the_key_of_the_query(self):
        name = self.topic(partitions=13, ack="os")
        keys = [f"user {number}" for number in range(30)]
        for number, key in enumerate(keys):
            self.append(name, str(number), key=key)
        self.check(name, 13, keys)

    def test_after_growth_it_is_the_new_count(self):
        name = self.topic(partitions=3, ack="os")
        self.request("PATCH", f"/topics/{name}", {"partitions": 11})
        keys = [str(number) for number in range(100)]
        self.append(name, {"events": [{"value": n, "key": key} for n, key in enumerate(keys)]}, ENVELOPE)
        self.check(name, 11, keys)

    def test_a_named_partition_beats_the_key(self):
        name = self.topic(partitions=5)
        for partition in range(5):
            self.append(name, "1", key="same", partition=partition)
        self.assertEqual(self.next_offsets(name), [1] * 5)


class KeyPointer(HttpCase):
    def key_of(self, pointer, line):
        name = self.topic(partitions=4, key_pointer=pointer, ack="os")
        self.append(name, line + "\n", NDJSON)
        event, = self.page(name)["events"]
        if "key" in event:
            self.assertEqual(event["partition"], partition_of(event["key"], 4))
        return event.get("key")

    def test_strings_numbers_and_booleans(self):
        cases = [("/user/id", '{"user":{"id":"u\\u00e4\\n"}}', "uä\n"), ("/id", '{"id":1.10}', "1.10"),
                 ("/id", '{"id":1E+2}', "1E+2"), ("/id", '{"id":true}', "true"), ("/id", '{"id":false}', "false"),
                 ("/id", '{"id":1,"id":"last"}', "last"), ("/a/1", '{"a":["x","y"]}', "y"), ("", '"all"', "all"),
                 ("/a~1b/~0", '{"a/b":{"~":"esc"}}', "esc"), ("/", '{"":"empty name"}', "empty name"),
                 ("/id", '{"id":""}', ""), ("/ä", '{"\\u00e4":"found"}', "found")]
        for pointer, line, key in cases:
            with self.subTest(pointer=pointer, line=line):
                self.assertEqual(self.key_of(pointer, line), key)

    def test_no_key(self):
        for pointer, line in (("/id", "{}"), ("/id", '{"id":null}'), ("/id", '{"id":[1]}'), ("/id", '{"id":{}}'),
                              ("/id", "7"), ("/a/01", '{"a":["x","y"]}'), ("/a/9", '{"a":["x"]}'),
                              ("/id", '{"id":"x","id":null}'), ("/a/b", '{"a":"b"}')):
            with self.subTest(pointer=pointer, line=line):
                self.assertIsNone(self.key_of(pointer, line))

    def test_an_event_that_brings_a_key_keeps_it(self):
        name = self.topic(partitions=4, key_pointer="/id")
        self.append(name, {"events": [{"value": {"id": "inner"}, "key": "own"}, {"value": {"id": "inner"}}]}, ENVELOPE)
        self.assertEqual(sorted(event["key"] for event in self.page(name)["events"]), ["inner", "own"])

    def test_a_key_that_cannot_be_one(self):
        name = self.topic(key_pointer="/id")
        for key in ("k" * 1025, "\ud800"):
            body = json.dumps({"id": 1}) + "\n" + json.dumps({"id": key}) + "\n"
            problem = self.assert_not_written(self.post(name, body, NDJSON), 400, "invalid_events")
            self.assertEqual([error["index"] for error in problem["errors"]], [1])
        self.assert_empty(name)
        self.append(name, json.dumps({"id": "k" * 1024}))


class Keyless(HttpCase):
    def test_those_of_a_request_go_together_and_in_order(self):
        name = self.topic(partitions=4, ack="os")
        for request in range(8):
            answer = self.append(name, json.dumps([[request, number] for number in range(50)]))
            (part,) = answer["partitions"]
            self.assertEqual(part["count"], 50)
            stored = self.values(name, partition=part["partition"], offset=part["first_offset"], limit=50)
            self.assertEqual(stored, [[request, number] for number in range(50)])

    def test_requests_take_partitions_in_turn(self):
        name = self.topic(partitions=4, ack="os")
        for number in range(40):
            self.append(name, str(number))
        self.assertEqual(self.next_offsets(name), [10] * 4)

    def test_keyed_and_keyless_in_one_request(self):
        name = self.topic(partitions=7, ack="os")
        events = [{"value": n} | ({"key": f"k{n}"} if n % 2 else {}) for n in range(100)]
        answer = self.append(name, {"events": events}, ENVELOPE)
        self.assertEqual(sum(part["count"] for part in answer["partitions"]), 100)
        found = self.page(name, limit=1000)["events"]
        self.assertEqual(len({event["partition"] for event in found if "key" not in event}), 1)
        for part in answer["partitions"]:
            inside = [event for event in found if event["partition"] == part["partition"]]
            self.assertEqual([event["offset"] for event in inside], list(range(part["count"])))
            self.assertEqual([event["value"] for event in inside], sorted(event["value"] for event in inside))


if __name__ == "__main__":
    unittest.main()
