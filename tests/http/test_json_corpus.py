"""Every case of tests/corpus/json through the front door: as a line and as an element of an array."""

import re
import unittest
from pathlib import Path

from harness import NDJSON, HttpCase

CASES = Path(__file__).resolve().parents[1] / "corpus/json/cases.txt"
NO_JSON = ("invalid_json", "invalid_events", "bad_request")


def load():
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, expected, text = (line.split("\t") + [""])[:3]
            yield name, expected == "accept", bytes.fromhex(text)


def kept(case):
    """What is given back: no white space around, and a space for each line end between tokens."""
    return re.sub(rb"[\r\n]", b" ", case.strip(b" \t\r\n"))


class Corpus(HttpCase):
    def judge(self, topic, body, content_type, good, case):
        answer = self.post(topic, body, content_type, ack="os")
        if not good:
            # What surrounds a bad case may make it good JSON, but never exactly this one event: `1,2` in an array.
            if answer.status != 200 or answer.json()["count"] == 1:
                self.assert_not_written(answer, 400, NO_JSON)
            return
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["count"], 1, answer)
        offset = answer.json()["partitions"][0]["first_offset"]
        self.assertEqual(self.stored(topic, offset=offset, limit=1), [kept(case)])

    def test_as_a_line(self):
        topic = self.topic(ack="os")
        for name, good, case in load():
            if b"\n" not in case and b"\r" not in case:
                with self.subTest(name):
                    self.judge(topic, case + b"\n", NDJSON, good, case)

    def test_as_an_element(self):
        topic = self.topic(ack="os")
        for name, good, case in load():
            with self.subTest(name):
                self.judge(topic, b"[" + case + b"]", "application/json", good, case)


if __name__ == "__main__":
    unittest.main()
