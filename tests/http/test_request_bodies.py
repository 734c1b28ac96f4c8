"""Bodies as clients send them: the names that lines of JSON have, and what is refused with the remedy."""

import unittest

from harness import ENVELOPE, NDJSON, HttpCase

LINES = (NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines")
FORM = "application/x-www-form-urlencoded"


class Lines(HttpCase):
    def test_under_all_their_names(self):
        for name in LINES:
            for content_type in (name, name.upper(), name + "; charset=utf-8"):
                with self.subTest(content_type):
                    topic = self.topic()
                    self.assertEqual(self.append(topic, '{"a":1}\n{"a":2}\n', content_type)["count"], 2)
                    self.assertEqual(self.values(topic), [{"a": 1}, {"a": 2}])

    def test_by_format(self):
        for content_type in (None, "application/json", FORM, "text/plain", ENVELOPE):
            with self.subTest(content_type):
                topic = self.topic()
                self.assertEqual(self.append(topic, "1\n2", content_type, format="ndjson")["count"], 2)

    def test_a_page_of_them(self):
        topic = self.topic()
        self.append(topic, "[1,2]")
        for accept in (*LINES, *(name.upper() for name in LINES), "text/html, application/jsonl;q=0.5",
                       "application/json;q=0.1, application/ndjson;q=0.2"):
            with self.subTest(accept):
                answer = self.get(f"/topics/{topic}/events", {"Accept": accept}, view="value")
                self.assertEqual((answer.status, answer.body), (200, b"1\n2\n"))
                self.assertEqual(answer.header("Content-Type"), NDJSON)
                self.assertTrue(answer.header("Next-Cursor"))
        answer = self.get(f"/topics/{topic}/events", {"Accept": "application/jsonl;q=0.1, application/json"})
        self.assertEqual(answer.header("Content-Type"), "application/json")


class Remedies(HttpCase):
    def setUp(self):
        self.name = self.topic()

    def refused(self, status, code, body, content_type, *mentions, headers=None, **query):
        answer = self.post(self.name, body, content_type, headers, **query)
        self.assert_not_written(answer, status, code, *mentions)
        self.assert_empty(self.name)

    def test_multipart(self):
        part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n{"a":1}\r\n--x--\r\n'
        for content_type in ("multipart/form-data; boundary=x", "multipart/mixed", "MULTIPART/RELATED"):
            for body in (part, "{}"):
                with self.subTest(content_type=content_type, body=body):
                    self.refused(415, "unsupported_media_type", body, content_type, "application/json", NDJSON)
        self.refused(415, "unsupported_media_type", "{}", "multipart/mixed", format="ndjson")

    def test_cloud_events(self):
        event = '{"specversion":"1.0","id":"1","source":"/a","type":"b","data":1}'
        for content_type in ("application/cloudevents+json", "application/cloudevents-batch+json; charset=utf-8",
                             "Application/CloudEvents+JSON"):
            with self.subTest(content_type):
                self.refused(415, "unsupported_media_type", event, content_type, "CloudEvents", "application/json")
        for name in ("ce-specversion", "CE-SpecVersion"):
            self.refused(415, "unsupported_media_type", "1", "application/json", "CloudEvents", headers={name: "1.0"})

    def test_what_only_looks_like_one_is_an_event(self):
        self.append(self.name, '{"specversion":"1.0"}')
        self.assertEqual(self.post(self.name, "1", "application/cloud", {"ce-id": "1"}).status, 200)

    def test_several_values(self):
        for body in ('{"a":1}\n{"a":2}', '{"a":1}{"a":2}\n', "1 2", '"a"\r\n"b"', "[1]\n[2]", "[] []", "true\nfalse",
                     '{"a":1}\n{"a":'):
            with self.subTest(body):
                self.refused(400, "invalid_json", body, "application/json", NDJSON)

    def test_but_not_whatever_stands_behind(self):
        for body in ('{"a":1}}', "1,", "{} x", '"a"]'):
            with self.subTest(body):
                answer = self.post(self.name, body)
                self.assert_not_written(answer, 400, "invalid_json")
                self.assertNotIn(NDJSON, answer.json()["detail"])

    def test_forms(self):
        for body in ("a=b&c=d", "payload=%7B%22a%22%3A1%7D", "a=", "items%5B%5D=1", "user[name]=x", "1=2", "null=1",
                     " a=b"):
            for content_type in (FORM, None, "text/plain"):
                with self.subTest(body=body, content_type=content_type):
                    self.refused(400, "invalid_json", body, content_type, "form", "application/json")

    def test_what_curl_sends_is_no_form(self):
        self.append(self.name, '{"a":1}', FORM)
        self.append(self.name, '"a=b"', FORM + "; charset=UTF-8")
        answer = self.post(self.name, '{"a=b"', FORM)
        self.assert_not_written(answer, 400, "invalid_json")
        self.assertNotIn("form", answer.json()["detail"])

    def test_forms_of_settings(self):
        for method, path in (("PUT", "/topics/of-a-form"), ("PATCH", f"/topics/{self.name}"),
                             ("POST", "/groups/g/offsets")):
            answer = self.request(method, path, "partitions=2", {"Content-Type": FORM})
            self.assert_not_written(answer, 400, "invalid_json", "form", "application/json")


if __name__ == "__main__":
    unittest.main()
