"""Several topics in one page: lists and wildcards, and a cursor that goes on while topics grow and are made."""

import json
import unittest

from harness import ENVELOPE, HttpCase, unique


class Multi(HttpCase):
    def multi(self, topics, **query):
        answer = self.get("/events", topics=topics, **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def walk(self, topics, **query):
        events = []
        for _ in range(1000):
            page = self.multi(topics, **query)
            events += page["events"]
            query = {name: value for name, value in query.items() if name != "from_"} | {"cursor": page["next"]}
            if page["up_to_date"] and not page["events"]:
                return events, page["next"]
        raise AssertionError("no end")

    def values(self, topics, **query):  # of the selection, whatever the order of the topics
        return sorted(event["value"] for event in self.walk(topics, **query)[0])


class Selections(Multi):
    def test_a_list(self):
        a, b = self.topic(), self.topic()
        self.append(a, "[1,2]")
        self.append(b, "[3]")
        found = self.multi(f"{a},{b}")["events"]
        self.assertEqual(sorted((event["topic"], event["value"]) for event in found), sorted([(a, 1), (a, 2), (b, 3)]))
        self.assertEqual(self.values(b), [3])

    def test_a_wildcard_ends_a_name(self):
        prefix = unique("web.")
        for tail, value in (("a", 1), ("b", 2), ("", 3)):
            self.append(self.topic(f"{prefix}.{tail}"), str(value))
        other = self.topic()
        self.append(other, "4")
        self.assertEqual(self.values(f"{prefix}.*"), [1, 2, 3])
        self.assertEqual(self.values(f"{prefix}.*,{other}"), [1, 2, 3, 4])
        self.assertEqual(self.values(f"{prefix}.a,{prefix}.*"), [1, 2, 3])
        self.assertGreaterEqual(len(self.walk("*", limit=5000)[0]), 4)

    def test_refusals(self):
        name = self.topic()
        self.assert_problem(self.get("/events"), 400, "bad_parameter", "topics")
        for wrong in ("", ",", f"{name},", "a*b", "**", "a b", "*a"):
            with self.subTest(wrong):
                self.assert_problem(self.get("/events", topics=wrong), 400, ("bad_parameter", "invalid_name"))
        missing = unique("missing")
        self.assert_problem(self.get("/events", topics=f"{name},{missing}"), 404, "topic_not_found", missing)

    def test_same_shapes_as_one_topic(self):
        a, b = self.topic(), self.topic()
        self.append(a, "[1,2]")
        self.append(b, "[3]")
        answer = self.get("/events", topics=f"{a},{b}", format="ndjson", view="value")
        self.assertEqual(sorted(answer.body.split()), [b"1", b"2", b"3"])
        self.assertTrue(answer.header("Next-Cursor"))
        self.assertEqual(self.request("HEAD", "/events", topics=f"{a},{b}").status, 200)
        self.assertIn("rel=\"next\"", self.get("/events", topics=a).header("Link"))

    def test_small_pages_lose_nothing(self):
        names = [self.topic(partitions=3, ack="os") for _ in range(4)]
        for name in names:
            events = [{"value": [name, n], "partition": n % 3} for n in range(50)]
            self.append(name, {"events": events}, ENVELOPE)
        for limit in (1, 7, 100):
            events, _ = self.walk(",".join(names), limit=limit)
            places = [(event["topic"], event["partition"], event["offset"]) for event in events]
            self.assertEqual((len(places), len(set(places))), (200, 200))
            for name in names:
                for partition in range(3):
                    offsets = [offset for topic, part, offset in places if (topic, part) == (name, partition)]
                    self.assertEqual(offsets, sorted(offsets))


class Growth(Multi):
    def test_partitions_made_after_the_cursor_start_at_their_beginning(self):
        name = self.topic()
        self.append(name, "1")
        cursor = self.page(name, from_="latest")["next"]
        self.request("PATCH", f"/topics/{name}", {"partitions": 3})
        self.append(name, {"events": [{"value": n, "partition": n} for n in range(3)]}, ENVELOPE)
        page = self.page(name, cursor=cursor)
        self.assertEqual(sorted(event["value"] for event in page["events"]), [0, 1, 2])
        self.assertEqual(self.page(name, cursor=page["next"])["events"], [])

    def test_topics_made_after_the_cursor_too(self):
        prefix = unique("grow.")
        first = self.topic(f"{prefix}.a")
        self.append(first, "1")
        cursor = self.multi(f"{prefix}.*", from_="latest")["next"]
        self.append(self.topic(f"{prefix}.b", partitions=2), "[2,3]", partition=1)
        self.append(first, "4")
        self.assertEqual(self.values(f"{prefix}.*", cursor=cursor), [2, 3, 4])

    def test_from_an_empty_selection(self):
        prefix = unique("none.")
        page = self.multi(f"{prefix}.*", from_="latest")
        self.assertEqual((page["events"], page["up_to_date"]), ([], True))
        self.append(self.topic(f"{prefix}.a"), "[1,2]")
        self.assertEqual(self.values(f"{prefix}.*", cursor=page["next"]), [1, 2])

    def test_a_page_in_between_does_not_forget_the_new_ones(self):
        prefix = unique("between.")
        old = self.topic(f"{prefix}.a", ack="os")
        self.append(old, json.dumps(list(range(100))))
        cursor = self.multi(f"{prefix}.*", limit=10)["next"]
        self.append(self.topic(f"{prefix}.b", ack="os"), json.dumps(list(range(100, 150))))
        events, seen = self.walk(f"{prefix}.*", cursor=cursor, limit=10)[0], set(range(10))
        found = {event["value"] for event in events}
        self.assertEqual(len(events), len(found))
        self.assertEqual(found | seen, set(range(150)))

    def test_under_a_wildcard_a_deleted_topic_is_left_out(self):
        prefix = unique("gone.")
        for tail in "ab":
            self.append(self.topic(f"{prefix}.{tail}"), f'["{tail}"]')
        cursor = self.multi(f"{prefix}.*")["next"]
        self.request("DELETE", f"/topics/{prefix}.a")
        self.append(f"{prefix}.b", '"more"')
        self.assertEqual(self.values(f"{prefix}.*", cursor=cursor), ["more"])


class Cursors(Multi):
    def test_a_cursor_is_for_its_selection(self):
        a, b = self.topic(partitions=2), self.topic(partitions=2)
        cursor = self.page(a)["next"]
        self.assert_problem(self.get(f"/topics/{b}/events", cursor=cursor), 400, "cursor_mismatch")
        self.assert_problem(self.get("/events", topics=f"{a},{b}", cursor=cursor), 400, "cursor_mismatch")
        self.assert_problem(self.get(f"/topics/{a}/events", cursor=cursor, partition=0), 400, "cursor_mismatch")
        multi = self.multi(f"{a},{b}")["next"]
        self.assert_problem(self.get(f"/topics/{a}/events", cursor=multi), 400, "cursor_mismatch")
        self.assert_problem(self.get("/events", topics=a[:-1] + "*", cursor=multi), 400, "cursor_mismatch")

    def test_limits_and_shape_are_no_part_of_the_selection(self):
        name = self.topic()
        self.append(name, "[1,2]")
        cursor = self.page(name, limit=1)["next"]
        self.assertEqual(self.stored(name, cursor=cursor, limit=9, max_bytes=5000), [b"2"])

    def test_a_cursor_that_was_not_made_here(self):
        name = self.topic()
        cursor = self.page(name)["next"]
        changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
        middle = len(cursor) // 2
        swapped = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1:]
        for wrong in ("", "x", changed, swapped, cursor[:-3], cursor + "AAAA", "A" * 4000, "ä", "%", cursor + "="):
            with self.subTest(wrong[:40]):
                answer = self.get(f"/topics/{name}/events", cursor=wrong)
                self.assert_problem(answer, 400, ("cursor_invalid", "bad_parameter"), "cursor")

    def test_more_partitions_than_a_cursor_holds(self):
        prefix = unique("wide.")
        names = [self.topic(f"{prefix}.{number}", partitions=256) for number in range(8)]
        self.assert_problem(self.get("/events", topics=f"{prefix}.*"), 400, "too_many_partitions")
        self.assertEqual(self.multi(names[0])["events"], [])
        for name in names:
            self.request("DELETE", f"/topics/{name}")


if __name__ == "__main__":
    unittest.main()
