"""Bytes are kept: what is read back is what was sent, but for white space around a value and line ends inside it."""

import json
import unittest

from harness import ENVELOPE, NDJSON, HttpCase

KEPT = ["1.10", "1e2", "-0", "0.0", "1E+400", "123456789012345678901234567890", "-1.00000000000000000000000001e-9999",
        '"\\u0041\\/\\u00e4\\n"', '"\\u0000"', '"\\ud800"', '"\\uDC00x"', '"ä€𝄞"', '"\x7f"', '{"b":1,"a":2,"b":3}',
        '{"":""}', '{ "a" : [ 1 ,\t2 ] }', "[" * 128 + "]" * 128, '"</script>"', '{"__proto__":null}']


class Kept(HttpCase):
    def test_spelling_escapes_and_order(self):
        expected = [text.encode() for text in KEPT]
        single, lines, array, envelope = (self.topic(ack="os") for _ in range(4))
        for text in KEPT:
            if not text.startswith("["):
                self.append(single, text)
        self.append(lines, "\n".join(KEPT), NDJSON)
        self.append(array, "[" + ",".join(KEPT) + "]")
        self.append(envelope, '{"events":[' + ",".join(f'{{"value":{text}}}' for text in KEPT) + "]}", ENVELOPE)
        self.assertEqual(self.stored(single), [text for text in expected if not text.startswith(b"[")])
        for name in (lines, array, envelope):
            self.assertEqual(self.stored(name), expected)

    def test_every_shape_of_a_page_gives_them(self):
        name = self.topic(ack="os")
        self.append(name, "\n".join(KEPT), NDJSON)
        expected = [text.encode() for text in KEPT]
        lines = self.get(f"/topics/{name}/events", format="ndjson").body.split(b"\n")[:-1]
        self.assertEqual([line.split(b'"value":', 1)[1][:-1] for line in lines], expected)
        page = self.get(f"/topics/{name}/events").body
        values = self.get(f"/topics/{name}/events", view="value").body
        for offset, text in enumerate(expected):
            self.assertIn(b'"value":' + text + b"}", page)
            self.assertIn(text, values)
            one = self.get(f"/topics/{name}/events/0/{offset}").body
            self.assertTrue(one.rstrip().endswith(b'"value":' + text + b"}"), one)

    def test_white_space_around_goes_and_line_ends_inside_become_spaces(self):
        name = self.topic()
        self.append(name, ' \r\n\t{\r\n  "a": [1,\n\t2],\r"b" :null\n}\r\n ')
        self.append(name, '[ 1 ,\n {"x":\r\n1} ]')
        self.assertEqual(self.stored(name), [b'{    "a": [1, \t2], "b" :null }', b"1", b'{"x":  1}'])

    def test_lines_are_one_line_each_whatever_was_sent(self):
        name = self.topic()
        self.append(name, '{"text":"a\\r\\nb\\u2028"}')
        self.append(name, '{\n"a"\n:\n1\n}', key="line\nend\r")
        lines = self.get(f"/topics/{name}/events", format="ndjson").body
        self.assertEqual((lines.count(b"\n"), lines.count(b"\r")), (2, 0))
        self.assertEqual(json.loads(lines.split(b"\n")[1])["key"], "line\nend\r")

    def test_keys_and_headers_come_back_as_text(self):
        name = self.topic()
        text = "\x00\x1f\"\\/\u007f\u2028ä€𝄞"
        body = {"events": [{"value": 1, "key": text, "headers": {text: text, "empty": ""}}]}
        self.append(name, body, ENVELOPE)
        event, = self.page(name)["events"]
        self.assertEqual((event["key"], event["headers"]), (text, {text: text, "empty": ""}))


class Large(HttpCase):
    def test_an_event_of_one_mib_both_ways(self):
        name = self.topic(ack="os")
        event = b'"' + b"x" * (1048576 - 2) + b'"'
        self.append(name, event)
        self.append(name, event + b"\n1\n", NDJSON)
        self.assertEqual(self.stored(name, limit=1), [event])
        first = self.get(f"/topics/{name}/events", max_bytes=10)
        self.assertEqual([len(found["value"]) for found in first.json()["events"]], [1048574])
        self.assertEqual(self.stored(name, offset=1, max_bytes=4000000), [event, b"1"])

    def test_lines_of_16_mib_and_pages_of_10000(self):
        name = self.topic(ack="os")
        line = b'{"n":"%06d","fill":"' + b"y" * 210 + b'"}\n'
        count = 16 * 1048576 // len(line % 0)
        body = b"".join(line % number for number in range(count))
        self.assertEqual(self.append(name, body, NDJSON)["count"], count)

        seen, query = [], {}
        while True:
            answer = self.get(f"/topics/{name}/events", view="value", format="ndjson", limit=10000, max_bytes=8 << 20,
                              **query)
            self.assertEqual(answer.status, 200, answer)
            part = answer.body.split(b"\n")[:-1]
            if not part:
                break
            self.assertLessEqual(len(part), 10000)
            seen += part
            query = {"cursor": answer.header("Next-Cursor")}
        self.assertEqual(b"\n".join(seen) + b"\n", body)

    def test_a_page_of_10000_small_events(self):
        name = self.topic(ack="os")
        self.append(name, "\n".join(str(number) for number in range(12000)), NDJSON)
        self.assertEqual(self.values(name, limit=10000), list(range(10000)))

    def test_many_events_over_many_partitions(self):
        name = self.topic(partitions=16, ack="os")
        events = [{"value": number, "partition": number % 16} for number in range(20000)]
        answer = self.append(name, {"events": events}, ENVELOPE)
        self.assertEqual(answer["partitions"], [{"partition": partition, "first_offset": 0, "count": 1250}
                                                for partition in range(16)])
        for partition in (0, 7, 15):
            self.assertEqual(self.values(name, partition=partition, limit=10000), list(range(partition, 20000, 16)))


if __name__ == "__main__":
    unittest.main()
