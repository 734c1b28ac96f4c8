"""Streams while the world changes: topics grow, are made, deleted, made again; the program stops and starts."""

import json
import time
import unittest

from harness import own_server, unique
from live_case import LiveCase, note
from server import Server
from streams import LineStream, SseStream


class Growth(LiveCase):
    def test_new_partitions_are_heard_from_their_beginning(self):
        name = self.topic()
        stream = self.follow(name)
        self.assertEqual(self.request("PATCH", f"/topics/{name}", {"partitions": 3}).status, 200)
        for partition in range(3):
            self.append(name, str(partition), partition=partition)
        self.assertEqual(sorted(stream.values(3)), [0, 1, 2])

    def test_new_topics_of_a_wildcard(self):
        prefix = unique("live.")
        stream = self.follow_all(f"{prefix}.*")
        expected = []
        for number in range(5):
            name = self.topic(f"{prefix}.{number}", partitions=1 + number % 2)
            self.append(name, json.dumps([f"{number}a", f"{number}b"]))
            self.append(f"{prefix}.0", f'"{number}c"')
            expected += [f"{number}{letter}" for letter in "abc"]
        self.assertEqual(sorted(stream.values(15)), sorted(expected))

    def test_an_id_from_before_the_growth(self):
        prefix = unique("grown.")
        self.append(self.topic(f"{prefix}.a"), "1")
        position = self.follow_all(f"{prefix}.*").id
        self.append(self.topic(f"{prefix}.b", partitions=2), "[2,3]", partition=1)
        self.request("PATCH", f"/topics/{prefix}.a", {"partitions": 2})
        self.append(f"{prefix}.a", "4", partition=1)
        stream = self.follow_all(f"{prefix}.*", {"Last-Event-ID": position})
        self.assertEqual(sorted(stream.values(3)), [2, 3, 4])
        self.assertEqual(stream.quiet(0.2), [])

    def test_several_topics(self):
        a, b, c = self.topic(), self.topic(), self.topic()
        stream = self.follow_all(f"{a},{b}")
        for name in (a, c, b):
            self.append(name, f'"{name}"')
        self.assertEqual(sorted(stream.values(2)), sorted([a, b]))
        self.assertEqual({json.loads(event.data)["topic"] for event in stream.events()}, {a, b})


class Gaps(LiveCase):
    def gap(self, stream, reason, topic, position):
        """The next event, which must be a gap, and a new position behind it. The position may come with the event after
        it: a reader that is cut between them hears of the gap once more."""
        item, = stream.take(1)
        self.assertEqual(item.type, "gap", item)
        told = note(item)
        self.assertEqual((told["reason"], told["topic"]), (reason, topic))
        self.assertIsInstance(told["partition"], int)
        self.assertEqual({"reason", "topic", "partition", "from", "to"} - set(told), set())
        self.assertTrue(stream.wait(lambda stream: stream.id not in ("", position)), stream.raw)
        return told

    def test_recreated_while_away(self):
        name = self.topic()
        self.append(name, "[1,2,3]")
        position = self.follow(name, from_="earliest").take(2)[-1].id
        self.delete(name)
        self.topic(name)
        self.append(name, '["a","b"]')
        stream = self.follow(name, {"Last-Event-ID": position})
        told = self.gap(stream, "recreated", name, position)
        self.assertEqual((told["partition"], told["from"], told["to"]), (0, 2, 0))
        self.assertEqual(stream.values(2), ["a", "b"])

    def test_recreated_and_empty(self):
        name = self.topic(partitions=2)
        self.append(name, "[1,2,3]", partition=1)
        position = self.follow(name, from_="earliest").take(2)[-1].id
        self.delete(name)
        self.topic(name)
        stream = self.follow(name, {"Last-Event-ID": position})
        self.gap(stream, "recreated", name, position)
        stream.quiet(0.3)
        again = self.follow(name, {"Last-Event-ID": stream.id})
        self.append(name, '"a"')
        self.assertEqual(again.values(1), ["a"])
        self.assertEqual([event.type for event in again.events()], ["message"])

    def test_recreated_while_listening(self):
        name = self.topic()
        keeper = self.topic()
        stream = self.follow_all(f"{name},{keeper}")
        self.delete(name)
        self.topic(name)
        self.append(name, '"a"')
        self.append(keeper, '"k"')
        self.assertTrue(stream.wait(lambda s: len([e for e in s.events() if e.type == "message"]) == 2))
        reasons = [note(event)["reason"] for event in stream.events() if event.type == "gap"]
        self.assertIn(reasons, (["recreated"], ["deleted"]))

    def test_deleted_while_away(self):
        a, b = self.topic(), self.topic()
        self.append(a, "1")
        position = self.follow_all(f"{a},{b}").id
        self.append(b, "2")
        self.delete(a)
        stream = self.follow_all(f"{a},{b}", {"Last-Event-ID": position})
        self.gap(stream, "deleted", a, position)
        self.assertEqual(stream.values(1), [2])
        self.assertEqual(stream.quiet(0.2), [])

    def test_deleted_while_listening(self):
        a, b = self.topic(), self.topic()
        stream = self.follow_all(f"{a},{b}")
        before = stream.id
        self.delete(a)
        self.gap(stream, "deleted", a, before)
        after = stream.id
        self.append(b, "2")
        self.assertEqual(stream.values(1), [2])
        again = self.follow_all(f"{a},{b}", {"Last-Event-ID": after})
        self.assertEqual(again.values(1), [2])
        self.assertEqual([event.type for event in again.events()], ["message"])

    def test_deleted_under_a_wildcard(self):
        prefix = unique("wild.")
        for tail in "ab":
            self.topic(f"{prefix}.{tail}")
        stream = self.follow_all(f"{prefix}.*")
        self.delete(f"{prefix}.a")
        self.append(f"{prefix}.b", "1")
        self.assertTrue(stream.wait(lambda s: any(event.type == "message" for event in s.events())))
        self.topic(f"{prefix}.c")
        self.append(f"{prefix}.c", "2")
        self.assertTrue(stream.wait(lambda s: len([e for e in s.events() if e.type == "message"]) == 2))

    def ended(self, position, path, **query):
        with SseStream(self.server.address(), path, {"Last-Event-ID": position}, **query) as stream:
            self.assertEqual(stream.status, 204)

    def test_the_end_when_nothing_is_left(self):
        name = self.topic()
        stream = self.follow(name)
        self.delete(name)
        self.assertTrue(stream.wait(lambda s: any(event.type == "end" for event in s.events())), stream.raw)
        stream.until_closed()
        self.assertEqual(stream.events()[-1].type, "end")
        self.assertTrue(stream.finished)
        self.ended(stream.id, f"/topics/{name}/events")

    def test_the_end_of_several(self):
        a, b = self.topic(), self.topic()
        stream = self.follow_all(f"{a},{b}")
        self.delete(b)
        self.delete(a)
        self.assertTrue(stream.wait(lambda s: any(event.type == "end" for event in s.events())), stream.raw)
        self.ended(stream.id, "/events", topics=f"{a},{b}")

    def test_the_end_while_away(self):
        name = self.topic()
        position = self.follow(name).id
        self.delete(name)
        stream = SseStream(self.server.address(), f"/topics/{name}/events", {"Last-Event-ID": position})
        self.addCleanup(stream.close)
        self.assertIn(stream.status, (200, 204))
        if stream.status == 200:
            self.assertTrue(stream.wait(lambda s: any(event.type == "end" for event in s.events())), stream.raw)
            self.ended(stream.id, f"/topics/{name}/events")


class FirstMinute(LiveCase):
    flags = ("--first-heartbeat-ms", "300")

    def test_more_heartbeats(self):
        """Also for one that has passed over events of other keys, and so is not where its channel was."""
        name = self.topic()
        for query in ({}, {"key": "mine"}):
            stream = self.follow(name, **query)
            self.append(name, "1", key="other")
            before = stream.count("comment")
            began = time.monotonic()
            self.assertTrue(stream.wait(lambda s: s.count("comment") >= before + 4))
            self.assertGreater(time.monotonic() - began, 0.6)
        self.assertTrue(stream.raw.endswith(b":\n:\n:\n"), stream.raw)

    def test_none_among_lines(self):
        name = self.topic()
        lines = LineStream(self.server.address(), f"/topics/{name}/events", follow="true")
        self.addCleanup(lines.close)
        lines.wait(lambda _: False, 1)
        self.assertEqual(len(lines.lines()), 1, lines.raw)


class Heartbeats(LiveCase):
    flags = ("--heartbeat-ms", "200")

    def test_comments_while_nothing_happens(self):
        stream = self.follow(self.topic())
        before = stream.count("comment")
        began = time.monotonic()
        self.assertTrue(stream.wait(lambda s: s.count("comment") >= before + 5))
        self.assertGreater(time.monotonic() - began, 0.6)
        self.assertEqual(stream.events(), [])

    def test_the_id_alone_when_all_is_filtered_out(self):
        name = self.topic()
        stream = self.follow(name, key="mine")
        first = stream.id
        self.append(name, "[1,2,3]", key="other")
        self.assertTrue(stream.wait(lambda s: s.id != first), stream.raw)
        self.assertEqual(stream.events(), [])
        self.append(name, '"x"', key="mine")
        self.assertEqual(self.follow(name, {"Last-Event-ID": stream.id}, key="mine").values(1), ["x"])
        self.assertEqual(stream.values(1), ["x"])


class Restarts(unittest.TestCase):
    def setUp(self):
        self.server = own_server(self, "--access-log", "off")
        self.client = self.server.client()
        self.client.request("PUT", "/topics/kept", b'{"partitions":2}')

    def publish(self, *values):
        body = json.dumps(list(values)).encode()
        self.assertEqual(self.client.request("POST", "/topics/kept/events", body).status, 200)

    def stream(self, position=None):
        headers = {"Last-Event-ID": position} if position else {}
        stream = SseStream(self.server.address(), "/topics/kept/events", headers)
        self.addCleanup(stream.close)
        return stream.started()

    def restart(self, end):
        self.client.close()
        end()
        self.server.start()
        self.client = self.server.client()

    def test_a_stop_says_retry_and_ends_between_events(self):
        streams = [self.stream() for _ in range(20)]
        self.publish(1, 2)
        for stream in streams:
            stream.take(2)
        self.restart(self.server.stop)
        delays = set()
        for stream in streams:
            counted = stream.count("retry")
            stream.wait(lambda s: False, 5)
            self.assertTrue(stream.closed)
            self.assertRegex(stream.raw, rb"\n\nretry: [0-9]+\n\Z")
            self.assertGreater(stream.count("retry"), counted, stream.raw[-100:])
            self.assertFalse(stream.finished, "a client that sees an end may never come back")
            delays.add(stream.parser.retry)
        self.assertGreater(len(delays), 1, "without jitter all come back at once")
        self.publish(3)
        self.assertEqual(self.stream(streams[0].id).values(1), [3])
        self.server.stop()

    def test_a_death_loses_nothing(self):
        stream = self.stream()
        self.publish(1, 2)
        position = stream.take(2)[0].id
        self.publish(3)
        self.restart(self.server.kill)
        self.publish(4)
        self.assertEqual(sorted(self.stream(position).values(3)), [2, 3, 4])
        self.server.stop()

    def test_a_position_of_another_store(self):
        position = self.stream().id
        with Server("--access-log", "off") as other:
            other.client().request("PUT", "/topics/kept", b'{"partitions":2}')
            stream = SseStream(other.address(), "/topics/kept/events", {"Last-Event-ID": position})
            self.addCleanup(stream.close)
            self.assertEqual(stream.status, 200)
            self.assertTrue(stream.wait(lambda s: any(event.type == "gap" for event in s.events()), 5), stream.raw)
            page = other.client().request("GET", f"/topics/kept/events?cursor={position}")
            self.assertEqual((page.status, page.json()["code"]), (410, "topic_recreated"), "the page says nothing")


if __name__ == "__main__":
    unittest.main()
