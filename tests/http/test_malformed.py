"""The list of malformed requests (tests/corpus/malformed): each as the first and as a later request of a connection,
held to its documented answer, with nothing written and the server answering on."""

import re
import time
import unittest

from harness import HttpCase
from malformed_answers import Wire, check_answer, check_library_answer, must
from malformed_cases import POSITIONS, load_cases, load_library, request_bytes
from server import run_program, seconds

CASES = load_cases()
LIBRARY = load_library(CASES)
MALFORMED_AT_LEAST = 150
SECONDS = 20


def library_version():
    """That of libmicrohttpd in the program under test."""
    return re.search(r"libmicrohttpd ([0-9.]+)", run_program("--version").stdout)[1]


class MalformedCase(HttpCase):
    """A server with the topics and the group that the list speaks of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not hasattr(cls.server, "malformed_values"):
            cls.server.malformed_values = cls.make_values()
        cls.values_of_list = cls.server.malformed_values

    @classmethod
    def make_values(cls):
        maker = cls()
        names = {"topic": maker.topic(), "several": maker.topic(partitions=3), "full": maker.topic(),
                 "small": maker.topic(max_event_bytes=10), "sink": maker.topic("sink"), "group": "readers"}
        maker.append(names["full"], "[1,2]")
        commit = {"offsets": [{"topic": names["full"], "partition": 0, "offset": 1}]}
        maker.assertEqual(maker.request("POST", f"/groups/{names['group']}/offsets", commit).status, 200)
        return names | {"cursor": maker.page(names["topic"])["next"], "full_cursor": maker.page(names["full"])["next"],
                        "topic_id": maker.describe(names["topic"])["id"]}

    def wire(self):
        return Wire(self.server.address(), seconds(SECONDS))

    def everything(self):
        """All that a write could change: the topics but `sink`, the groups, and how many events `sink` has."""
        listed = self.get("/topics", limit=1000)
        self.assertEqual(listed.status, 200, listed.body)
        topics = listed.json()["topics"]
        groups = [self.get("/groups").json(), self.get(f"/groups/{self.values_of_list['group']}").json()]
        sink = [topic["partitions"][0]["next_offset"] for topic in topics if topic["name"] == "sink"]
        return [topic for topic in topics if topic["name"] != "sink"], groups, sink


class List(MalformedCase):
    """One test for each case and position; they are made below."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = library_version()

    def drive(self, case, position):
        topics, groups, sink = self.everything()
        with self.wire() as wire:
            if position == "later":
                wire.open_with_a_good_request()
            wire.send(request_bytes(case, self.values_of_list))
            listed = LIBRARY.get((case.name, position, self.version))
            if listed is not None:
                check_library_answer(wire.read_to_close(), listed, case.is_head())
            else:
                self.check_answers(wire, case, position)
        written = case.written if listed is None else 0
        self.assertEqual(self.everything(), (topics, groups, [sink[0] + written]))

    def check_answers(self, wire, case, position):
        answers = wire.answers(len(case.answers), case.is_head())
        must(len(answers) == len(case.answers), f"not {len(case.answers)} answers", wire.received)
        situations = {position}
        if self.version.startswith("0."):
            situations |= {"before-1.0", f"{position}-before-1.0"}
        for answer, expected in zip(answers, case.answers):
            check_answer(answer, expected, situations, case.is_head())
        if answers[-1].closes():
            must(wire.read_to_close() == b"", "more than the answers", wire.received)
        else:
            wire.open_with_a_good_request()
            must(wire.received == b"", "more than the answers", wire.received)


def _make_test(case, position):
    def test(self):
        self.drive(case, position)
    return test


for _case in CASES:
    for _position in POSITIONS:
        setattr(List, f"test_{_case.name}_{_position}", _make_test(_case, _position))


class Whole(unittest.TestCase):
    def test_the_list_is_long(self):
        malformed = [case for case in CASES if any(expected.code for expected in case.answers)]
        self.assertGreaterEqual(len(malformed), MALFORMED_AT_LEAST)

    def test_the_library_is_one_of_those_that_are_listed(self):
        self.assertIn(library_version(), {version for _, _, version in LIBRARY})


class Cursors(MalformedCase):
    """No part of a cursor, and none with a bit turned, is taken for one: it has a checksum."""

    def refused(self, text):
        quoted = "".join(f"%{byte:02x}" for byte in text)
        path = f"/topics/{self.values_of_list['full']}/events"
        answer = self.client.request("GET", f"{path}?cursor={quoted}")
        self.assert_problem(answer, 400, "cursor_invalid")
        if text:  # an empty id is none
            answer = self.client.request("GET", f"{path}?format=sse&last_event_id={quoted}")
            self.assert_problem(answer, 400, "cursor_invalid")

    def test_cut_short(self):
        cursor = self.values_of_list["full_cursor"].encode()
        for size in range(len(cursor)):
            with self.subTest(size=size):
                self.refused(cursor[:size])
                self.refused(cursor[len(cursor) - size:])

    def test_with_a_bit_turned(self):
        cursor = self.values_of_list["full_cursor"].encode()
        for at in range(len(cursor)):
            for bit in range(8):
                with self.subTest(at=at, bit=bit):
                    self.refused(cursor[:at] + bytes([cursor[at] ^ 1 << bit]) + cursor[at + 1:])

    def test_with_two_letters_exchanged(self):
        cursor = self.values_of_list["full_cursor"].encode()
        for at in range(len(cursor) - 1):
            if cursor[at] != cursor[at + 1]:
                with self.subTest(at=at):
                    self.refused(cursor[:at] + cursor[at + 1:at + 2] + cursor[at:at + 1] + cursor[at + 2:])


class Cuts(MalformedCase):
    """A write that breaks off at any of its bytes is not written, and its connection does not stay."""

    flags = ("--header-timeout-ms", "300", "--body-timeout-ms", "300", "--idle-timeout-ms", "300")
    batch = 100

    def request(self, *arguments, **keywords):
        """On a connection of its own: those that idle are cut."""
        self.client.close()
        return super().request(*arguments, **keywords)

    def forms(self):
        path = f"/topics/{self.values_of_list['topic']}/events"
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n".encode()
        return (head + b"Content-Length: 3\r\n\r\n123",
                head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n12\r\n1\r\n3\r\n0\r\n\r\n")

    def check_end(self, wire):
        """What comes before the server closes: nothing, or that it has waited long enough."""
        received = wire.read_to_close()
        if received:
            wire.received = received
            answer = wire.answers(1)[0]
            self.assertEqual(answer.status, 408, received)
            self.assertIn(b'"code":"request_timeout"', answer.body)
            self.assertIn(b'"written":false', answer.body)
            self.assertEqual(wire.received, b"")

    def cut(self, sizes, data, position, end):
        """Each connection is opened when its turn comes: one that is not used within the time limit is closed."""
        wires = []
        try:
            for size in sizes:
                wire = self.wire()
                wires.append(wire)
                if position == "later":
                    wire.open_with_a_good_request()
                wire.send(data[:size])
                wire.end(end)
            if end == "half":
                for wire in wires:
                    self.check_end(wire)
        finally:
            for wire in wires:
                wire.socket.close()

    def break_off(self, end):
        before = self.everything()
        for data in self.forms():
            for position in POSITIONS:
                for begin in range(0, len(data), self.batch):
                    with self.subTest(position=position, begin=begin):
                        self.cut(range(begin, min(begin + self.batch, len(data))), data, position, end)
                        self.assertEqual(self.get("/livez").status, 200)
        self.assertEqual(self.everything(), before)
        self.assert_none_left()

    def assert_none_left(self):
        """The connections that broke off are not counted any more: one is ours."""
        deadline = time.monotonic() + seconds(5)
        while b"\ntailrace_connections_open 1\n" not in self.get("/metrics").body:
            self.assertLess(time.monotonic(), deadline, "connections are left")
            time.sleep(0.02)

    def test_reset(self):
        self.break_off("reset")

    def test_half_closed(self):
        self.break_off("half")

    def test_gone_before_the_answer(self):
        """The client does not wait for what is refused."""
        before = self.everything()
        for case in CASES:
            if len(case.answers) == 1 and case.answers[0].code and not case.name.startswith("body_over"):
                with self.wire() as wire:
                    wire.send(request_bytes(case, self.values_of_list))
                    wire.end("reset")
        self.assertEqual(self.everything(), before)
        self.assert_none_left()


if __name__ == "__main__":
    unittest.main()
