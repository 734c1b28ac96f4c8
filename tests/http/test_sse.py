"""Event streams: how they begin, what an event looks like, where they resume, what they refuse."""

import json
import time
import unittest

from harness import ENVELOPE
from live_case import LiveCase
from streams import SSE, SseStream, request_bytes

LOCAL = "http://localhost:3000"


class Beginning(LiveCase):
    def test_at_once_with_retry_comment_and_id(self):
        began = time.monotonic()
        stream = self.follow(self.topic())
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual([item.kind for item in stream.items], ["retry", "comment", "id"])
        self.assertRegex(stream.id, r"\A[0-9A-Za-z._-]+\Z")

    def test_with_events_that_follow_directly(self):
        name = self.topic()
        self.append(name, "[1,2]")
        stream = self.follow(name, from_="earliest")
        self.assertEqual(stream.values(2), [1, 2])
        self.assertEqual([item.kind for item in stream.items if item.kind != "id"],
                         ["retry", "comment", "event", "event"])

    def test_the_head(self):
        stream = self.follow(self.topic())
        self.assertEqual(stream.head.header("Content-Type").split(";")[0], SSE)
        self.assertEqual(stream.head.header("Cache-Control"), "no-cache, no-transform")
        self.assertEqual(stream.head.header("X-Accel-Buffering"), "no")
        self.assertTrue(stream.head.header("Request-Id"))
        self.assertEqual(stream.head.header("Transfer-Encoding"), "chunked")
        for absent in ("Content-Length", "Content-Encoding"):
            self.assertIsNone(stream.head.header(absent), absent)

    def test_the_bytes(self):
        """Clients that read in blocks see an event when its chunk is complete; many make an event of any blank line."""
        name = self.topic()
        stream = self.follow(name)
        self.append(name, "1")
        event = stream.take(1)[0]
        self.append(name, "[2,3]")
        stream.take(2)
        begin, first, rest = stream.raw.partition(f"data: {event.data}\n".encode())
        self.assertRegex(begin, rb"\Aretry: 2000\n: tailrace\nid: [0-9A-Za-z._-]+\n\Z")
        self.assertRegex(first + rest, rb"\A(data: \S+\nid: [0-9A-Za-z._-]+\n\n){3}\Z")
        self.assertEqual(len(stream.chunks.sizes), 3, "one for the beginning, and one for each append")

    def test_latest_unless_told(self):
        name = self.topic()
        self.append(name, "1")
        stream = self.follow(name)
        self.append(name, "2")
        self.assertEqual(stream.values(1), [2])

    def test_ways_to_ask(self):
        name = self.topic()
        for headers, query in (({"Accept": SSE}, {}), ({"Accept": "*/*"}, {"format": "sse"}),
                               ({"Accept": None}, {"format": "sse"}),
                               ({"Accept": "application/json"}, {"format": "sse"}),
                               ({"Accept": f"{SSE}, application/json;q=0.5"}, {}), ({"accept": SSE.upper()}, {})):
            with self.subTest(headers=headers, query=query):
                with SseStream(self.server.address(), f"/topics/{name}/events", {"Accept": None} | headers,
                               **query) as stream:
                    self.assertEqual(stream.status, 200)
                    self.assertEqual(stream.head.header("Content-Type").split(";")[0], SSE)
                    stream.started()

    def test_start_parameters(self):
        name = self.topic()
        self.append(name, "[0,1,2,3,4]")
        cursor = self.page(name, limit=2)["next"]
        for query, first in (({"from_": "earliest"}, 0), ({"from_": "-2"}, 3), ({"from_": "2020-01-01T00:00:00Z"}, 0),
                             ({"offset": 1}, 1), ({"cursor": cursor}, 2), ({"last_event_id": cursor}, 2)):
            with self.subTest(query):
                self.assertEqual(self.follow(name, **query).values(5 - first), list(range(first, 5)))

    def test_group_is_where_it_stands(self):
        name = self.topic()
        self.append(name, "[0,1,2]")
        document = {"offsets": [{"topic": name, "partition": 0, "offset": 1}]}
        self.assertEqual(self.request("POST", f"/groups/of-{name}/offsets", document).status, 200)
        self.assertEqual(self.follow(name, group=f"of-{name}").values(2), [1, 2])

    def test_chosen_partitions(self):
        name = self.topic(partitions=3)
        stream = self.follow(name, partition="0,2")
        self.append(name, {"events": [{"value": n, "partition": n} for n in range(3)]}, ENVELOPE)
        self.assertEqual(sorted(stream.values(2)), [0, 2])
        self.assertEqual(stream.quiet(0.3), [])

    def test_http_1_0(self):
        name = self.topic()
        stream = self.stream(f"/topics/{name}/events", version="1.0").started()
        self.assertIsNone(stream.head.header("Transfer-Encoding"))
        self.append(name, "1")
        self.assertEqual(stream.values(1), [1])
        self.assertRegex(stream.raw, rb"\Aretry: 2000\n: tailrace\nid: \S+\ndata: \S+\nid: \S+\n\n\Z")

    def test_head_never_streams(self):
        name = self.topic()
        self.append(name, "[1,2]")
        for path in (f"/topics/{name}/events?from=earliest", f"/events?topics={name}"):
            began = time.monotonic()
            (answer,), closed = self.raw(request_bytes(path, {"Connection": "close"}, "HEAD"))
            self.assertTrue(closed)
            self.assertLess(time.monotonic() - began, 2)
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertEqual(answer.header("Content-Type").split(";")[0], SSE)
            self.assertIsNone(answer.header("Content-Length"))

    def test_cors_headers(self):
        name = self.topic()
        stream = self.follow(name, {"Origin": LOCAL})
        self.assertEqual(stream.head.header("Access-Control-Allow-Origin"), LOCAL)
        self.assertIn("Origin", stream.head.header("Vary"))
        answer = self.refused(f"/topics/{name}/events", {"Origin": "http://evil.example"})
        self.assert_problem(answer, 403, "origin_not_allowed")
        answer = self.refused("/topics/no-such/events", {"Origin": LOCAL})
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), LOCAL)


class Events(LiveCase):
    def test_an_event_is_what_a_page_has(self):
        name = self.topic()
        self.append(name, {"events": [
            {"value": {"a": 1}},
            {"value": None, "key": "k", "timestamp": 1795341600000, "headers": {"h": "ü"}}]}, ENVELOPE)
        self.append(name, '{"b" : 1.10,\r\n "c":"\\u0000\\r\\n", "d":[\n]}')
        stream = self.follow(name, from_="earliest")
        self.assertEqual([event.data for event in stream.take(3)], self.page_texts(name))
        self.assertEqual({event.type for event in stream.events()}, {"message"})

    def test_bare_values(self):
        name = self.topic()
        self.append(name, '["", 0, null, {"a":\n[ 1 ]}]')
        stream = self.follow(name, from_="earliest", view="value")
        self.assertEqual([event.data for event in stream.take(4)], ['""', "0", "null", '{"a": [ 1 ]}'])

    def test_live_ones_come_at_once_and_look_the_same(self):
        name = self.topic(partitions=4)
        streams = [self.follow(name) for _ in range(3)]
        for number in range(20):
            began = time.monotonic()
            self.append(name, json.dumps({"n": number}), key=f"k{number}")
            for stream in streams:
                self.assertEqual(json.loads(stream.take(1)[0].data)["value"], {"n": number})
            self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(sorted(event.data for event in streams[0].events()), sorted(self.page_texts(name)))

    def test_every_durability_is_heard(self):
        name = self.topic()
        stream = self.follow(name)
        for ack, status in (("disk", 200), ("os", 200), ("none", 202)):
            self.assertEqual(self.post(name, f'"{ack}"', ack=ack).status, status)
            self.assertEqual(stream.values(1), [ack])

    def test_large_ones(self):
        name = self.topic(max_event_bytes=4 << 20)
        live = self.follow(name)
        texts = ["x" * size for size in (100, 70000, 3 << 20, 5)]
        for text in texts:
            self.append(name, json.dumps(text))
        self.assertEqual(live.values(4), texts)
        self.assertEqual(self.follow(name, from_="earliest").values(4), texts)

    def test_many(self):
        name = self.topic(partitions=4, ack="os")
        live = self.follow(name)
        for number in range(10):
            batch = [{"value": number * 500 + n, "partition": n % 4} for n in range(500)]
            self.append(name, {"events": batch}, ENVELOPE)
        late = self.follow(name, from_="earliest")
        for stream in (live, late):
            documents = [json.loads(event.data) for event in stream.take(5000, timeout=20)]
            self.assertEqual(sorted(document["value"] for document in documents), list(range(5000)))
            for partition in range(4):
                offsets = [document["offset"] for document in documents if document["partition"] == partition]
                self.assertEqual(offsets, list(range(1250)))

    def test_a_key(self):
        name = self.topic()
        self.append(name, {"events": [{"value": n, "key": "ab"[n % 2]} for n in range(6)]}, ENVELOPE)
        stream = self.follow(name, from_="earliest", key="a")
        self.assertEqual(stream.values(3), [0, 2, 4])
        self.append(name, {"events": [{"value": n, "key": "ab"[n % 2]} for n in range(6, 10)]}, ENVELOPE)
        self.assertEqual(stream.values(2), [6, 8])


class Resuming(LiveCase):
    def ids(self, name, **query):
        """Every id that a stream of a topic gives, the one at its start first."""
        stream = self.follow(name, **query)
        total = sum(self.next_offsets(name))
        return [event.id for event in stream.take(total)], stream

    def test_every_id_resumes_behind_its_event(self):
        name = self.topic(partitions=3)
        for number in range(12):
            self.append(name, str(number), partition=number % 3)
        ids, stream = self.ids(name, from_="earliest")
        texts = [event.data for event in stream.events()]
        self.assertEqual(len(set(ids)), 12)
        for number, position in enumerate(ids[:-1]):
            rest = self.follow(name, {"Last-Event-ID": position}).take(11 - number)
            self.assertEqual(sorted(event.data for event in rest), sorted(texts[number + 1:]))
        stream = self.follow(name, {"Last-Event-ID": ids[-1]})
        self.append(name, '"new"')
        self.assertEqual(stream.values(1), ["new"])

    def test_ids_of_live_events_resume_too(self):
        name = self.topic(partitions=2)
        stream = self.follow(name)
        ids = [stream.id]
        for number in range(6):
            self.append(name, str(number), partition=number % 2)
            ids.append(stream.take(1)[0].id)
        for number, position in enumerate(ids[:-1]):
            self.assertEqual(sorted(self.follow(name, {"Last-Event-ID": position}).values(6 - number)),
                             list(range(number, 6)))

    def test_the_id_at_the_start_resumes_as_well(self):
        name = self.topic()
        self.append(name, "1")
        position = self.follow(name).id
        self.append(name, "[2,3]")
        self.assertEqual(self.follow(name, {"Last-Event-ID": position}).values(2), [2, 3])

    def test_header_then_parameter_then_the_rest(self):
        name = self.topic()
        self.append(name, "[0,1,2,3]")
        cursors = [self.page(name, limit=limit)["next"] for limit in (1, 2, 3)]
        header, parameter, cursor = {"Last-Event-ID": cursors[2]}, {"last_event_id": cursors[1]}, {"cursor": cursors[0]}
        self.assertEqual(self.follow(name, header, **parameter, **cursor).values(1), [3])
        self.assertEqual(self.follow(name, header, from_="earliest").values(1), [3])
        self.assertEqual(self.follow(name, header, offset=0).values(1), [3])
        self.assertEqual(self.follow(name, **parameter, **cursor).values(2), [2, 3])
        self.assertEqual(self.follow(name, **cursor).values(3), [1, 2, 3])

    def test_ids_and_cursors_are_one_thing(self):
        name = self.topic()
        self.append(name, "[0,1,2,3]")
        position = self.follow(name, from_="earliest").take(2)[1].id
        self.assertEqual(self.values(name, cursor=position), [2, 3])
        self.assertEqual(self.follow(name, cursor=position).values(2), [2, 3])

    def test_malformed_ids(self):
        name = self.topic()
        good = self.page(name)["next"]
        changed = good[:-1] + ("A" if good[-1] != "A" else "B")
        for wrong in ("x", changed, good + "A", good[:-2], "0", "A" * 5000):
            with self.subTest(wrong[:30]):
                path = f"/topics/{name}/events"
                self.assert_problem(self.refused(path, {"Last-Event-ID": wrong}), 400, "cursor_invalid")
                self.assert_problem(self.refused(path, last_event_id=wrong), 400, "cursor_invalid")

    def test_what_was_cut_in_the_middle_of_a_batch(self):
        name = self.topic(partitions=2, ack="os")
        values = [f"{n:04} " + "x" * 500 for n in range(2000)]
        batch = [{"value": value, "partition": n % 2} for n, value in enumerate(values)]
        self.append(name, {"events": batch}, ENVELOPE)
        got, position = [], None
        for count in (1, 100, 700, 3, 5):
            with SseStream(self.server.address(), f"/topics/{name}/events",
                           {"Last-Event-ID": position} if position else {}, from_="earliest") as stream:
                taken = stream.take(count)
                got += [json.loads(event.data)["value"] for event in taken]
                position = taken[-1].id
        got += self.follow(name, {"Last-Event-ID": position}).values(2000 - len(got))
        self.assertEqual(sorted(got), values)


class Refusals(LiveCase):
    """What is wrong with a request for a stream is answered as for a page, before there is a stream."""

    def test_problems(self):
        name = self.topic()
        path = f"/topics/{name}/events"
        missing = self.refused("/topics/no-such/events")
        self.assert_problem(missing, 404, "topic_not_found", "no-such")
        self.assert_problem(self.refused("/events", topics=f"{name},no-such"), 404, "topic_not_found", "no-such")
        for query, code in (({"nonsense": 1}, ("bad_parameter", "unknown_parameter")),
                            ({"cursor": "x"}, "cursor_invalid"), ({"from_": "never"}, "bad_parameter"),
                            ({"offset": "x"}, "bad_parameter"), ({"view": "nonsense"}, "bad_parameter")):
            with self.subTest(query):
                self.assert_problem(self.refused(path, **query), 400, code)
        self.assert_problem(self.refused(path, offset=7), 416, "offset_beyond")
        self.assertEqual(self.refused(path, partition=3).status, self.get(path, partition=3).status)

    def test_a_wrong_method(self):
        answer = self.request("DELETE", f"/topics/{self.topic()}/events", headers={"Accept": SSE})
        self.assert_problem(answer, 405, "method_not_allowed")


class LongHeaders(LiveCase):
    """8 KiB of headers, with a Last-Event-ID of 1 KiB among them, on every route."""

    PADDING = {f"X-Padding-{number}": "p" * 680 for number in range(10)}

    def test_streams(self):
        wide = self.topic(partitions=256, ack="os")
        for partition in range(256):
            self.append(wide, f"[0{',0' * 127}]", partition=partition)
        position = self.page(wide, from_="latest")["next"]
        self.assertGreater(len(position), 1000)
        for path in (f"/topics/{wide}/events", f"/events?topics={wide}"):
            with self.subTest(path):
                if path.startswith("/events"):
                    position = self.get(path + "&from=latest").json()["next"]
                stream = self.stream(path, self.PADDING | {"Last-Event-ID": position}).started()
                before = len(stream.events())
                self.append(wide, '"here"', partition=83)
                self.assertEqual(len(stream.take(1)), 1, before)

    def test_every_other_route(self):
        name = self.topic()
        headers = self.PADDING | {"Last-Event-ID": "A" * 1024}
        for path in (f"/topics/{name}", "/topics", f"/topics/{name}/events", f"/events?topics={name}", "/groups",
                     "/livez", "/readyz", "/openapi.yaml"):
            with self.subTest(path):
                self.assertEqual(self.get(path, headers).status, 200)
        self.assertEqual(self.post(name, "1", headers=headers).status, 200)
        self.assertEqual(self.request("PATCH", f"/topics/{name}", {}, headers).status, 200)
        self.assertEqual(self.request("PUT", f"/topics/{name}", headers=headers).status, 200)
        commit = {"offsets": [{"topic": name, "partition": 0, "offset": 1}]}
        self.assertEqual(self.request("POST", f"/groups/of-{name}/offsets", commit, headers).status, 200)
        self.assertEqual(self.request("DELETE", f"/groups/of-{name}", headers=headers).status, 204)
        self.assertEqual(self.request("DELETE", f"/topics/{name}", headers=headers).status, 204)


if __name__ == "__main__":
    unittest.main()
