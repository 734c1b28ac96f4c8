"""Pages of one topic: where they start, how much they hold, which events, and how a reader goes on."""

import json
import time
import unittest
from urllib.parse import urljoin

from harness import ENVELOPE, NDJSON, HttpCase


def now_ms():
    return int(time.time() * 1000)


def rfc3339(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03}Z"


def two_moments(case, timestamp):
    """A topic with 1, said to be of this time, and 2, said to be of 1970; and a moment between their commits."""
    name = case.topic(ack="os")
    case.append(name, "1", timestamp=timestamp)
    time.sleep(0.03)
    middle = now_ms() - 10
    case.append(name, "2", timestamp="1970-01-01T00:00:00.003Z")
    return name, middle


class Reading(HttpCase):
    def numbers(self, count, **settings):
        name = self.topic(**({"ack": "os"} | settings))
        self.append(name, json.dumps(list(range(count))))
        return name

    def walk(self, topic, **query):
        """All pages, by `next`; gives the values and how many pages it took."""
        values, pages = [], 0
        while True:
            page = self.page(topic, **query)
            pages += 1
            values += [event["value"] for event in page["events"]]
            if page["up_to_date"] and not page["events"]:
                return values, pages
            self.assertLess(pages, 1000)
            query = {name: value for name, value in query.items() if name not in ("offset", "from_")}
            query["cursor"] = page["next"]


class Starts(Reading):
    def test_earliest_is_the_default(self):
        name = self.numbers(5)
        self.assertEqual(self.values(name), [0, 1, 2, 3, 4])
        self.assertEqual(self.values(name, from_="earliest"), [0, 1, 2, 3, 4])

    def test_latest(self):
        name = self.numbers(5)
        page = self.page(name, from_="latest")
        self.assertEqual((page["events"], page["up_to_date"]), ([], True))
        self.append(name, '"new"')
        self.assertEqual(self.values(name, cursor=page["next"]), ["new"])

    def test_offset(self):
        name = self.numbers(5)
        self.assertEqual(self.values(name, offset=3), [3, 4])
        self.assertEqual(self.values(name, offset=0, partition=0, limit=1), [0])
        page = self.page(name, offset=5)
        self.assertEqual((page["events"], page["up_to_date"]), ([], True))

    def test_offset_wants_a_partition_when_there_are_several(self):
        name = self.topic(partitions=2)
        self.append(name, "[1,2]", partition=1)
        self.assert_problem(self.get(f"/topics/{name}/events", offset=1), 400, "bad_parameter", "partition")
        self.assertEqual(self.values(name, offset=1, partition=1), [2])

    def test_the_last_n_of_each_partition(self):
        name = self.topic(partitions=2, ack="os")
        for partition in range(2):
            self.append(name, json.dumps([[partition, number] for number in range(10)]), partition=partition)
        self.assertEqual(sorted(self.values(name, from_="-3")), [[p, n] for p in range(2) for n in (7, 8, 9)])
        self.assertEqual(len(self.values(name, from_="-100")), 20)

    def test_times(self):
        name, middle = two_moments(self, timestamp=100000000000)
        for start in (middle, rfc3339(middle)):
            self.assertEqual(self.values(name, from_=start), [2])
        self.assertEqual(self.values(name, from_=100000000000), [1, 2])
        self.assertEqual(self.values(name, from_="1970-01-01T00:00:00Z"), [1, 2])
        self.assertEqual(self.values(name, from_="2001-01-01T00:00:00+02:00"), [1, 2])
        self.assertEqual(self.values(name, from_=now_ms() + 3600000), [])

    def test_cursor(self):
        name = self.numbers(7)
        page = self.page(name, limit=3)
        self.assertRegex(page["next"], r"\A[0-9A-Za-z._-]+\Z")
        self.assertEqual(self.values(name, cursor=page["next"]), [3, 4, 5, 6])
        self.assertEqual(self.values(name, cursor=page["next"]), [3, 4, 5, 6])

    def test_one_start_at_a_time(self):
        name = self.numbers(3)
        cursor = self.page(name)["next"]
        for query in ({"offset": 0, "from_": "earliest"}, {"cursor": cursor, "offset": 0},
                      {"cursor": cursor, "from_": "latest"}):
            with self.subTest(query):
                self.assert_problem(self.get(f"/topics/{name}/events", **query), 400, "bad_parameter")


class HowMuch(Reading):
    def test_500_by_default(self):
        name = self.numbers(600)
        page = self.page(name)
        self.assertEqual((len(page["events"]), page["up_to_date"]), (500, False))

    def test_walking_gives_each_event_once_and_in_order(self):
        name = self.numbers(1000)
        for limit in (1000, 333, 7):
            self.assertEqual(self.walk(name, limit=limit)[0], list(range(1000)))
        self.assertEqual(self.walk(name, max_bytes=50)[0], list(range(1000)))

    def test_walking_several_partitions(self):
        name = self.topic(partitions=5, ack="os")
        events = [{"value": [n % 5, n], "partition": n % 5} for n in range(500)]
        self.append(name, {"events": events}, ENVELOPE)
        for limit in (3, 64, 1000):
            values, _ = self.walk(name, limit=limit)
            self.assertEqual(len(values), 500)
            for partition in range(5):
                self.assertEqual([n for p, n in values if p == partition], list(range(partition, 500, 5)))

    def test_max_bytes_but_the_first_always_whole(self):
        name = self.topic(ack="os")
        self.append(name, json.dumps(["x" * 998] * 10))
        self.assertEqual(len(self.values(name, max_bytes=1)), 1)
        self.assertIn(len(self.values(name, max_bytes=2500)), (1, 2, 3))
        self.assertEqual(len(self.values(name, max_bytes=1 << 20)), 10)

    def test_one_mib_by_default(self):
        name = self.topic(ack="os")
        self.append(name, json.dumps(["x" * 99998] * 30))
        size = len(self.get(f"/topics/{name}/events").body)
        self.assertTrue(900000 <= size <= 1300000, size)

    def test_up_to_date(self):
        name = self.numbers(5)
        self.assertFalse(self.page(name, limit=2)["up_to_date"])
        page = self.page(name)
        self.assertTrue(page["up_to_date"])
        self.assertEqual(self.page(name, cursor=page["next"])["events"], [])

    def test_until(self):
        name, middle = two_moments(self, timestamp=99999999999999)
        for end in (middle, rfc3339(middle)):
            self.assertEqual(self.values(name, until=end), [1])
        self.assertEqual(self.values(name, until=now_ms() + 3600000), [1, 2])
        self.assertEqual(self.values(name, until=100000000000), [])
        self.assertEqual(self.values(name, from_=middle, until=middle), [])


class Which(Reading):
    def test_partitions(self):
        name = self.topic(partitions=4, ack="os")
        self.append(name, {"events": [{"value": p, "partition": p} for p in range(4)]}, ENVELOPE)
        self.assertEqual(sorted(self.values(name, partition="0,2")), [0, 2])
        self.assertEqual(self.values(name, partition="3"), [3])
        for wrong in ("4", "0,4", "x", "", "0,,1", "-1"):
            with self.subTest(wrong):
                answer = self.get(f"/topics/{name}/events", partition=wrong)
                self.assert_problem(answer, 400, "bad_parameter", "partition")

    def test_key(self):
        name = self.topic(partitions=4, ack="os")
        events = [{"value": n, "key": f"k{n % 10}"} for n in range(1000)] + [{"value": -1}, {"value": -2, "key": ""}]
        self.append(name, {"events": events}, ENVELOPE)
        self.assertEqual(self.walk(name, key="k3", limit=9)[0], list(range(3, 1000, 10)))
        self.assertEqual(self.walk(name, key="nobody")[0], [])
        page = self.page(name, key="k3", limit=10)
        self.append(name, "4711", key="k3")
        self.assertEqual(self.walk(name, key="k3", cursor=page["next"])[0], list(range(103, 1000, 10)) + [4711])


class Shapes(Reading):
    def test_ndjson_by_accept_or_format(self):
        name = self.numbers(5)
        page = self.page(name, limit=3)
        for headers, query in (({"Accept": NDJSON}, {}), ({}, {"format": "ndjson"}),
                               ({"Accept": f"text/html;q=0.9, {NDJSON};q=0.8"}, {}),
                               ({"Accept": "application/json"}, {"format": "ndjson"})):
            with self.subTest(headers=headers, query=query):
                answer = self.get(f"/topics/{name}/events", headers, limit=3, **query)
                self.assertEqual(answer.header("Content-Type").split(";")[0], NDJSON)
                self.assertEqual([json.loads(line) for line in answer.body.splitlines()], page["events"])
                self.assertEqual(self.values(name, cursor=answer.header("Next-Cursor")), [3, 4])

    def test_json_for_any_other_accept(self):
        name = self.numbers(1)
        for accept in (None, "*/*", "text/html", "application/*", "image/png", f"{NDJSON};q=0.1, application/json"):
            with self.subTest(accept):
                answer = self.get(f"/topics/{name}/events", {"Accept": accept} if accept else None)
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(answer.header("Content-Type").split(";")[0], "application/json")

    def test_an_empty_page_of_lines_has_its_cursor(self):
        name = self.topic()
        answer = self.get(f"/topics/{name}/events", format="ndjson")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.append(name, "1")
        self.assertEqual(self.values(name, cursor=answer.header("Next-Cursor")), [1])

    def test_view_value(self):
        name = self.topic()
        self.append(name, '[1.0,{"a":[]},null]')
        page = self.page(name, view="value")
        self.assertEqual(page["events"], [1.0, {"a": []}, None])
        self.assertEqual(self.stored(name), [b"1.0", b'{"a":[]}', b"null"])

    def test_the_link_is_the_next_page(self):
        name = self.numbers(9)
        answer = self.get(f"/topics/{name}/events", limit=4)
        values = []
        for _ in range(4):
            values += [event["value"] for event in answer.json()["events"]]
            link, _, relation = answer.header("Link").partition(">")
            self.assertEqual(relation.replace(" ", ""), ';rel="next"')
            self.assertIn(answer.json()["next"], link)
            self.assertIn("limit=4", link)
            target = urljoin(f"/topics/{name}/events", link.lstrip("<"))
            answer = self.client.request("GET", target)
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual(values, list(range(9)))

    def test_the_link_keeps_the_query(self):
        name = self.topic(partitions=2)
        self.append(name, "[1,2,3]", key="a&b =ü", partition=1)
        query = {"key": "a&b =ü", "partition": "1", "view": "value", "from_": "earliest"}
        answer = self.get(f"/topics/{name}/events", limit=1, **query)
        target = urljoin(f"/topics/{name}/events", answer.header("Link").split(">")[0].lstrip("<"))
        self.assertEqual(self.client.request("GET", target).json()["events"], [2])

    def test_head_is_get_without_its_body(self):
        name = self.numbers(3)
        for query in ({}, {"format": "ndjson"}, {"view": "value", "limit": 2}):
            get = self.get(f"/topics/{name}/events", **query)
            head = self.request("HEAD", f"/topics/{name}/events", **query)
            self.assertEqual((head.status, head.body), (200, b""))
            for header in ("Content-Type", "Content-Length", "Cache-Control", "Link", "Next-Cursor"):
                self.assertEqual(head.header(header), get.header(header), header)


class Parameters(Reading):
    def test_wrong_ones_are_named(self):
        name = self.numbers(1)
        for query in ({"limit": "x"}, {"limit": "-1"}, {"limit": ""}, {"limit": "1e3"}, {"limit": "9" * 30},
                      {"max_bytes": "x"}, {"max_bytes": "-1"}, {"offset": "x"}, {"offset": "-1"},
                      {"offset": "18446744073709551616"}, {"until": "later"}, {"view": "keys"}, {"format": "xml"},
                      {"lmit": "5"}, {"from": "yesterday"}, {"from": "-x"}, {"from": ""}, {"partition": "a"},
                      {"LIMIT": "5"}, {"topics": "a"}):
            with self.subTest(query):
                answer = self.get(f"/topics/{name}/events", **query)
                self.assert_problem(answer, 400, "bad_parameter", *query)

    def test_what_pages_and_streams_do_not_share(self):
        name = self.numbers(1)
        path = f"/topics/{name}/events"
        self.assert_problem(self.get(path, follow="true"), 400, "bad_parameter", "follow")
        self.assert_problem(self.get(path, follow="maybe"), 400, "bad_parameter", "follow")
        self.assert_problem(self.get(path, wait_ms=60001), 400, "bad_parameter", "wait_ms")
        self.assert_problem(self.get(path, last_event_id="x"), 400, "bad_parameter", "last_event_id")
        for query in ({"limit": 1}, {"max_bytes": 1}, {"until": 1}, {"wait_ms": 1}):
            with self.subTest(query):
                self.assert_problem(self.get(path, format="sse", **query), 400, "bad_parameter", *query)


if __name__ == "__main__":
    unittest.main()
