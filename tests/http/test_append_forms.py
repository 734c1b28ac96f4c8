"""The forms a body may have, and what an answer to a write says."""

import json
import time
import unittest

from harness import ENVELOPE, NDJSON, HttpCase, unique


class OneEvent(HttpCase):
    def test_objects_and_scalars_are_one_event(self):
        bodies = ["{}", '{"a":[1,2]}', "1", "-0.5e3", '"text"', "true", "false", "null", '""']
        name = self.topic()
        for offset, body in enumerate(bodies):
            answer = self.append(name, body)
            self.assertEqual(answer, {"ack": "disk", "count": 1,
                                      "partitions": [{"partition": 0, "first_offset": offset, "count": 1}]})
        self.assertEqual(self.values(name), [json.loads(body) for body in bodies])

    def test_an_event_as_it_is_read_back(self):
        name = self.topic()
        before = int(time.time() * 1000)
        self.append(name, '{"a":1}')
        event, = self.page(name)["events"]
        self.assertEqual(list(event), ["topic", "partition", "offset", "timestamp", "value"])
        self.assertEqual((event["topic"], event["partition"], event["offset"]), (name, 0, 0))
        self.assertTrue(before - 1000 <= event["timestamp"] <= time.time() * 1000 + 1000)

    def test_content_types_that_are_read_as_json(self):
        name = self.topic()
        kinds = [None, "application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=\"UTF-8\"",
                 "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "application/octet-stream",
                 "nonsense", "application/vnd.other+json"]
        for kind in kinds:
            with self.subTest(kind):
                self.append(name, '{"kind":1}', kind)
        self.assertEqual(self.values(name), [{"kind": 1}] * len(kinds))

    def test_a_form_body_is_not_decoded(self):
        name = self.topic()
        answer = self.post(name, "a=1&b=2", "application/x-www-form-urlencoded")
        self.assert_not_written(answer, 400, ("invalid_json", "invalid_events"))
        self.assert_empty(name)

    def test_a_chunked_body(self):
        name = self.topic()
        answer = self.post(name, iter([b'{"a"', b":", b"[1,2", b"]}"]))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.values(name), [{"a": [1, 2]}])


class ArrayBatch(HttpCase):
    def test_each_element_is_an_event(self):
        name = self.topic()
        self.assertEqual(self.append(name, ' [1, "two" ,{"three":3},[4,[5]],null ] ')["count"], 5)
        self.assertEqual(self.values(name), [1, "two", {"three": 3}, [4, [5]], None])

    def test_an_empty_one_is_nothing_to_write(self):
        name = self.topic()
        self.assertEqual(self.append(name, " [ ] ")["count"], 0)
        self.assert_empty(name)


class Lines(HttpCase):
    def check(self, body, expected, content_type=NDJSON, **query):
        name = self.topic()
        self.assertEqual(self.append(name, body, content_type, **query)["count"], len(expected))
        self.assertEqual(self.stored(name), expected)

    def test_plain(self):
        self.check('{"a":1}\n2\n"c"\n', [b'{"a":1}', b"2", b'"c"'])

    def test_crlf_empty_lines_and_a_last_line_without_its_end(self):
        self.check('\r\n1\r\n\r\n \t\n\n 2 \r\n[3]', [b"1", b"2", b"[3]"])

    def test_an_array_is_the_value_of_its_line(self):
        self.check("[1,2]\n[]\n", [b"[1,2]", b"[]"])

    def test_parameters_of_the_type_and_its_case_do_not_matter(self):
        self.check("1\n2", [b"1", b"2"], "Application/X-NDJSON; charset=utf-8")

    def test_format_says_it_too(self):
        self.check("1\n2", [b"1", b"2"], "text/plain", format="ndjson")
        self.check("1\n2", [b"1", b"2"], None, format="ndjson")

    def test_no_lines_are_nothing_to_write(self):
        for body in ("\n", "\r\n\r\n", "  \n \t"):
            with self.subTest(body):
                self.check(body, [])

    def test_a_line_holds_one_value(self):
        name = self.topic()
        for body in ("1 2\n", "1\n{} {}\n", "{\n}\n"):
            with self.subTest(body):
                self.assert_not_written(self.post(name, body, NDJSON), 400, "invalid_events")
        self.assert_empty(name)


class Envelopes(HttpCase):
    def events(self, *events, **query):
        name = self.topic(partitions=3)
        self.append(name, {"events": list(events)}, ENVELOPE, **query)
        return {(event["partition"], event["offset"]): event for event in self.page(name)["events"]}

    def test_every_member(self):
        event = self.events({"value": {"a": 1}, "key": "k", "headers": {"h": "text", "ü": "ß"},
                             "timestamp": 1234567890123, "partition": 2})[2, 0]
        self.assertEqual(list(event), ["topic", "partition", "offset", "timestamp", "received_at", "key", "headers",
                                       "value"])
        self.assertEqual((event["key"], event["headers"]), ("k", {"h": "text", "ü": "ß"}))
        self.assertEqual((event["timestamp"], event["value"]), (1234567890123, {"a": 1}))
        self.assertLess(abs(event["received_at"] - time.time() * 1000), 60000)

    def test_only_value_is_required_and_null_is_a_value(self):
        found = self.events({"value": None, "partition": 0}, {"value": [1, [2]], "partition": 0})
        self.assertEqual([event["value"] for event in found.values()], [None, [1, [2]]])
        self.assertNotIn("key", found[0, 0])
        self.assertNotIn("headers", found[0, 0])

    def test_member_order_and_space_do_not_matter(self):
        name = self.topic()
        body = ' { "events" : [ { "key" : "k\\u0041" , "value" : 1.10 } ] } '
        self.append(name, body, ENVELOPE + "; charset=utf-8")
        event, = self.page(name)["events"]
        self.assertEqual(event["key"], "kA")
        self.assertEqual(self.stored(name), [b"1.10"])

    def test_the_query_applies_to_events_that_do_not_say_otherwise(self):
        found = self.events({"value": 1}, {"value": 2, "key": "own", "timestamp": 100000000007, "partition": 0},
                            key="common", timestamp="2026-11-22T10:00:00Z", partition=1)
        self.assertEqual((found[1, 0]["key"], found[1, 0]["timestamp"]), ("common", 1795341600000))
        self.assertEqual((found[0, 0]["key"], found[0, 0]["timestamp"]), ("own", 100000000007))

    def test_a_time_may_be_rfc_3339(self):
        found = self.events({"value": 1, "timestamp": "2026-11-22T11:00:00.25+01:00", "partition": 0})
        self.assertEqual(found[0, 0]["timestamp"], 1795341600250)

    def test_none_are_nothing_to_write(self):
        name = self.topic()
        self.assertEqual(self.append(name, '{"events":[]}', ENVELOPE)["count"], 0)

    def test_what_is_no_envelope(self):
        name = self.topic()
        one = '{"events":[{"value":1,%s}]}'
        wrong = ["[]", "1", "{}", '{"events":{}}', '{"events":[1]}', '{"events":[{}]}', '{"events":[{"key":"k"}]}',
                 '{"events":[],"more":1}', one % '"kee":"k"', one % '"key":1', one % '"headers":[]',
                 one % '"headers":{"h":1}', one % '"timestamp":-1', one % '"timestamp":"soon"', one % '"timestamp":1.5',
                 one % '"partition":"0"', one % '"partition":-1', one % '"partition":1', one % '"partition":0.5',
                 one % '"headers":{"client-ip":"x"}', one % '"key":"\\ud800"', one % ('"key":"' + "k" * 1025 + '"'),
                 one % ('"headers":{"h":"' + "v" * 1025 + '"}'), one % ('"headers":{"' + "n" * 1025 + '":"v"}')]
        for body in wrong:
            with self.subTest(body[:60]):
                codes = ("invalid_events", "invalid_json", "unknown_member", "bad_request")
                self.assert_not_written(self.post(name, body, ENVELOPE), 400, codes)
        self.assert_empty(name)

    def test_an_unknown_member_is_named(self):
        name = self.topic()
        for body in ('{"events":[{"value":1,"kee":"k"}]}', '{"events":[],"kee":1}'):
            self.assert_not_written(self.post(name, body, ENVELOPE), 400, ("invalid_events", "unknown_member"), "kee")

    def test_ids_are_refused_until_they_mean_something(self):
        name = self.topic()
        self.assert_not_written(self.post(name, '{"events":[{"value":1,"id":"x"}]}', ENVELOPE), 400, "not_supported",
                                "id")
        self.assert_empty(name)

    def test_a_key_of_one_kib_is_taken(self):
        found = self.events({"value": 1, "key": "ä" * 512, "partition": 0})
        self.assertEqual(found[0, 0]["key"], "ä" * 512)


class Query(HttpCase):
    def test_key_and_timestamp(self):
        name = self.topic(partitions=4)
        self.append(name, "[1,2]", key="ü &=?", timestamp=1600000000000)
        for event in self.page(name)["events"]:
            self.assertEqual((event["key"], event["timestamp"]), ("ü &=?", 1600000000000))
            self.assertIn("received_at", event)

    def test_wrong_ones_are_named(self):
        name = self.topic(partitions=2)
        for query in ({"timestamp": "soon"}, {"timestamp": "-1"}, {"partition": "x"}, {"partition": "-1"},
                      {"partition": "0x1"}, {"ack": "maybe"}, {"format": "xml"}, {"partial": "perhaps"}, {"kee": "k"}):
            with self.subTest(query):
                self.assert_not_written(self.post(name, "1", **query), 400, "bad_parameter", *query)
        for query in ({"partition": 2}, {"key": "k" * 1025}):
            answer = self.post(name, "1", **query)
            self.assert_not_written(answer, 400, ("bad_parameter", "invalid_events"), *query)
        self.assert_empty(name)


class Ack(HttpCase):
    def test_the_answer_says_what_was_reached(self):
        name = self.topic(ack="os")
        self.assertEqual(self.append(name, "1")["ack"], "os")
        self.assertEqual(self.append(name, "2", ack="disk")["ack"], "disk")
        self.assertEqual(self.append(name, "3", ack="os")["ack"], "os")
        self.assertEqual(self.values(name), [1, 2, 3])

    def test_none_is_202_and_is_written_soon(self):
        name = self.topic()
        answer = self.post(name, "[1,2]", ack="none")
        self.assertEqual(answer.status, 202, answer)
        self.assertEqual((answer.json()["ack"], answer.json()["count"]), ("none", 2))
        deadline = time.monotonic() + 5
        while self.values(name) != [1, 2]:
            self.assertLess(time.monotonic(), deadline, "never written")
            time.sleep(0.01)

    def test_none_is_checked_all_the_same(self):
        name = self.topic()
        self.assert_not_written(self.post(name, "[1,", ack="none"), 400, ("invalid_json", "invalid_events"))

    def test_replicated_is_beyond_this_engine(self):
        name = self.topic()
        self.assert_not_written(self.post(name, "1", ack="replicated"), 422, "unsupported_by_engine", "replicated")
        self.assert_empty(name)


class OneEventByOffset(HttpCase):
    def test_it_is_the_event_of_the_page(self):
        name = self.topic(partitions=2)
        self.append(name, '["a","b"]', partition=1, key="k")
        event = self.get(f"/topics/{name}/events/1/1")
        self.assertEqual(event.status, 200, event)
        self.assertEqual(event.json(), self.page(name, partition=1)["events"][1])

    def test_refusals(self):
        name = self.topic()
        self.append(name, "1")
        self.assert_problem(self.get(f"/topics/{name}/events/0/1"), 404, "event_not_found")
        self.assertEqual(self.get(f"/topics/{name}/events/0/99").status // 100, 4)
        self.assertEqual(self.get(f"/topics/{name}/events/1/0").status // 100, 4)
        for path in ("0/x", "x/0", "0/-1", "0/99999999999999999999999"):
            self.assertIn(self.get(f"/topics/{name}/events/{path}").status, (400, 404), path)
        self.assert_problem(self.get(f"/topics/{unique()}/events/0/0"), 404, "topic_not_found")


if __name__ == "__main__":
    unittest.main()
