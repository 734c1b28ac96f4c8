"""Writes that are refused: what is wrong is listed, nothing is written, or with partial=true the good ones only."""

import unittest

from harness import ENVELOPE, NDJSON, HttpCase, unique


class Listed(HttpCase):
    def refused(self, topic, body, content_type=None, **query):
        problem = self.assert_not_written(self.post(topic, body, content_type, **query), 400, "invalid_events")
        for error in problem["errors"]:
            self.assertEqual({name: type(value) for name, value in error.items()},
                             {"index": int, "message": str, "position": int})
            self.assertTrue(error["message"])
        return problem["errors"]

    def test_each_bad_line_with_its_index_and_byte(self):
        name = self.topic()
        body = '{"a":1}\n{"a":x}\n\n3\n"unended\n5\n'
        errors = self.refused(name, body, NDJSON)
        self.assertEqual([error["index"] for error in errors], [1, 3])
        self.assertIn(errors[0]["position"], range(8, 16))
        self.assertIn(errors[1]["position"], range(19, 28))
        self.assert_empty(name)

    def test_positions_are_of_the_byte(self):
        name = self.topic()
        errors = self.refused(name, '"äää"\n{"a":x}\n', NDJSON)
        self.assertEqual([(error["index"], error["position"]) for error in errors], [(1, 9 + 5)])

    def test_envelopes_by_index(self):
        name = self.topic(partitions=2)
        body = {"events": [{"value": 1}, {"value": 2, "partition": 2}, {"value": 3}, {"key": "k"}]}
        errors = self.refused(name, body, ENVELOPE)
        self.assertEqual([error["index"] for error in errors], [1, 3])
        self.assert_empty(name)

    def test_one_bad_event_keeps_all_out_over_all_partitions(self):
        name = self.topic(partitions=8)
        events = [{"value": number, "partition": number % 8} for number in range(100)] + [{"value": 1, "key": 2}]
        errors = self.refused(name, {"events": events}, ENVELOPE)
        self.assertEqual([error["index"] for error in errors], [100])
        self.assert_empty(name)

    def test_very_many_errors_are_still_a_small_answer(self):
        name = self.topic()
        answer = self.post(name, "x\n" * 50000, NDJSON)
        self.assert_not_written(answer, 400, "invalid_events")
        self.assertLess(len(answer.body), 2 << 20)


class Partial(HttpCase):
    def test_the_good_ones_are_written_and_the_others_listed(self):
        name = self.topic()
        answer = self.append(name, '1\nnope\n3\n{"a":}\n5\n', NDJSON, partial="true")
        self.assertEqual(answer["count"], 3)
        self.assertEqual(answer["partitions"], [{"partition": 0, "first_offset": 0, "count": 3}])
        self.assertEqual([error["index"] for error in answer["errors"]], [1, 3])
        self.assertEqual(self.values(name), [1, 3, 5])

    def test_envelopes(self):
        name = self.topic(partitions=2)
        body = {"events": [{"value": 1, "partition": 1}, {"value": 2, "partition": 9}, {"key": "k"}]}
        answer = self.append(name, body, ENVELOPE, partial="true")
        self.assertEqual((answer["count"], [error["index"] for error in answer["errors"]]), (1, [1, 2]))
        self.assertEqual(self.values(name), [1])

    def test_none_good_is_nothing_written(self):
        name = self.topic()
        answer = self.append(name, "nope\n[\n", NDJSON, partial="true")
        self.assertEqual((answer["count"], len(answer["errors"])), (0, 2))
        self.assert_empty(name)

    def test_false_is_the_default(self):
        name = self.topic()
        self.assert_not_written(self.post(name, "1\nx\n", NDJSON, partial="false"), 400, "invalid_events")
        self.assert_empty(name)


class Refused(HttpCase):
    def test_an_unknown_topic_shows_how_to_make_it(self):
        name = unique("missing")
        self.assert_not_written(self.post(name, "1"), 404, "topic_not_found", f"PUT /topics/{name}")

    def test_what_is_not_there_yet_is_named(self):
        name = self.topic()
        for header in ("Producer-Id", "Producer-Epoch", "Producer-Seq", "Idempotency-Key"):
            with self.subTest(header):
                answer = self.post(name, "1", headers={header: "0"})
                self.assert_not_written(answer, 400, "not_supported", header)
        self.assert_not_written(self.post(name, "1", expected_offset=0, partition=0), 400, "not_supported",
                                "expected_offset")
        self.assert_empty(name)

    def test_a_coded_body(self):
        name = self.topic()
        for coding in ("br", "deflate", "nonsense"):
            with self.subTest(coding):
                answer = self.post(name, "1", headers={"Content-Encoding": coding})
                self.assert_not_written(answer, 415, "unsupported_encoding", coding)
        self.assert_empty(name)
        self.append(name, "1")

    def test_an_event_over_the_topics_limit(self):
        name = self.topic(max_event_bytes=10)
        self.append(name, '"12345678"')
        self.append(name, '   "12345678"\n')
        for body in ('"123456789"', '[1,"123456789"]'):
            self.assert_not_written(self.post(name, body), 413, "event_too_large", "10")
        self.assert_not_written(self.post(name, '1\n"123456789"\n', NDJSON), 413, "event_too_large")
        self.assertEqual(self.next_offsets(name), [2])

    def test_a_body_over_16_mib(self):
        name = self.topic(max_event_bytes=1000)
        body = b'"' + b"x" * 998 + b'"\n'
        body *= (16 << 20) // len(body) + 1
        self.assert_not_written(self.post(name, body, NDJSON), 413, "body_too_large")
        self.assert_not_written(self.post(name, iter([body[:1 << 20]] * 17), NDJSON), 413, "body_too_large")
        self.assert_empty(name)
        self.append(name, "1")

    def test_too_many_events(self):
        name = self.topic()
        self.assert_not_written(self.post(name, "1\n" * 100001, NDJSON), 413, "too_many_events", "100000")
        self.assert_not_written(self.post(name, "[" + "1," * 100000 + "1]"), 413, "too_many_events")
        self.assert_empty(name)
        self.assertEqual(self.append(name, "1\n" * 100000, NDJSON)["count"], 100000)


class SmallLimits(HttpCase):
    flags = ("--max-body-bytes", "1024", "--max-body-events", "3")

    def test_body_bytes(self):
        name = self.topic()
        self.append(name, '"' + "x" * 1022 + '"')
        self.assert_not_written(self.post(name, '"' + "x" * 1023 + '"'), 413, "body_too_large", "1024")
        self.assert_not_written(self.post(name, iter([b" " * 600, b" " * 600])), 413, "body_too_large")
        self.assertEqual(self.next_offsets(name), [1])

    def test_body_events(self):
        name = self.topic()
        self.append(name, "[1,2,3]")
        self.assert_not_written(self.post(name, "[1,2,3,4]"), 413, "too_many_events", "3")
        self.assert_not_written(self.post(name, "1\n2\n3\n4", NDJSON), 413, "too_many_events")
        self.assert_not_written(self.post(name, {"events": [{"value": 1}] * 4}, ENVELOPE), 413, "too_many_events")
        self.assertEqual(self.next_offsets(name), [3])

    def test_a_control_document_has_the_limit_too(self):
        answer = self.request("PUT", f"/topics/{unique()}", " " * 2000)
        self.assert_not_written(answer, 413, "body_too_large")


class ReservedNames(HttpCase):
    def test_of_headers_whatever_their_case(self):
        name = self.topic()
        for header in ("client-ip", "Client-Ip", "CLIENT-", "cLIENT-x"):
            with self.subTest(header):
                body = {"events": [{"value": 1, "headers": {header: "x"}}]}
                self.assert_not_written(self.post(name, body, ENVELOPE), 400, "invalid_events", "client-")
        self.append(name, {"events": [{"value": 1, "headers": {"client": "x", "xclient-": "x"}}]}, ENVELOPE)


if __name__ == "__main__":
    unittest.main()
