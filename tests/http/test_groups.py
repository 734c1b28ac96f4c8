"""Consumer groups: what is committed, refused, listed and forgotten; reading from where a group stands."""

import threading
import time
import unittest

from harness import HttpCase, unique


class GroupCase(HttpCase):
    def commit(self, group, *offsets, **document):
        """POST of offsets, each (topic, partition, offset) or a whole dictionary; or of another document."""
        items = [item if isinstance(item, dict) else dict(zip(("topic", "partition", "offset"), item))
                 for item in offsets]
        return self.request("POST", f"/groups/{group}/offsets", document or {"offsets": items})

    def committed(self, group, *offsets, **document):
        """The same, and it must be taken; gives the answer's document."""
        answer = self.commit(group, *offsets, **document)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def group(self, group):
        answer = self.get(f"/groups/{group}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def places(self, group):
        """{(topic, partition): offset} of a group; empty when there is no such group."""
        answer = self.get(f"/groups/{group}")
        if answer.status == 404:
            self.assert_problem(answer, 404, "group_not_found", group)
            return {}
        return {(entry["topic"], entry["partition"]): entry["offset"] for entry in answer.json()["offsets"]}

    def filled(self, *counts):
        """A topic with a partition for each count, and so many events in it: {"n": 0}, {"n": 1}, …"""
        name = self.topic(partitions=len(counts))
        for partition, count in enumerate(counts):
            if count > 0:
                self.append(name, [{"n": n} for n in range(count)], partition=partition)
        return name


class Commit(GroupCase):
    def test_what_is_committed_is_told_again(self):
        topic, group = self.filled(5, 3), unique("g")
        before = time.time() * 1000
        offsets = [{"topic": topic, "partition": 1, "offset": 1, "metadata": "node-3"},
                   {"topic": topic, "partition": 0, "offset": 5}]
        self.assertEqual(self.committed(group, *offsets),
                         {"group": group, "offsets": [{"topic": topic, "partition": 1, "offset": 1},
                                                      {"topic": topic, "partition": 0, "offset": 5}]})
        told = self.group(group)
        for entry in told["offsets"]:
            self.assertLess(abs(entry.pop("committed_at") - before), 60000)
        self.assertEqual(told, {"group": group, "lag": 2, "offsets": [
            {"topic": topic, "partition": 0, "offset": 5, "lag": 0, "metadata": None},
            {"topic": topic, "partition": 1, "offset": 1, "lag": 2, "metadata": "node-3"}]})

    def test_what_is_told_can_be_committed(self):
        topic, group = self.filled(2), unique("g")
        self.committed(group, {"topic": topic, "partition": 0, "offset": 1, "metadata": None})
        entry = self.group(group)["offsets"][0]
        again = {name: entry[name] for name in ("topic", "partition", "offset", "metadata")}
        self.committed(unique("g"), again)

    def test_lag_follows_the_events(self):
        topic, group = self.filled(2, 0), unique("g")
        self.committed(group, (topic, 0, 2), (topic, 1, 0))
        self.assertEqual(self.group(group)["lag"], 0)
        self.append(topic, "[1,2,3]", partition=1)
        self.append(topic, "[1]", partition=0)
        told = self.group(group)
        self.assertEqual([entry["lag"] for entry in told["offsets"]], [1, 3])
        self.assertEqual(told["lag"], 4)

    def test_offsets_are_told_by_topic_name_and_partition(self):
        names = [self.topic(unique(f"order.{letter}"), partitions=2) for letter in "cab"]
        group = unique("g")
        self.committed(group, *[(name, partition, 0) for name in names for partition in (1, 0)])
        wanted = [(name, partition) for name in sorted(names) for partition in (0, 1)]
        self.assertEqual(list(self.places(group)), wanted)

    def test_a_rewind_is_a_commit(self):
        topic, group = self.filled(5), unique("g")
        for offset in (5, 2, 2, 0, 3):
            self.committed(group, (topic, 0, offset))
            self.assertEqual(self.places(group), {(topic, 0): offset})

    def test_other_partitions_are_left_alone(self):
        topic, group = self.filled(5, 5), unique("g")
        self.committed(group, (topic, 0, 1), (topic, 1, 2))
        self.committed(group, (topic, 1, 3))
        self.assertEqual(self.places(group), {(topic, 0): 1, (topic, 1): 3})

    def test_metadata_is_text(self):
        topic, group = self.filled(1), unique("g")
        for metadata in ("", "ü\u0000\n\"", "m" * 4096, None):
            with self.subTest(metadata):
                self.committed(group, {"topic": topic, "partition": 0, "offset": 1, "metadata": metadata})
                self.assertEqual(self.group(group)["offsets"][0]["metadata"], metadata)
        self.committed(group, {"topic": topic, "partition": 0, "offset": 1, "metadata": "x"})
        self.committed(group, (topic, 0, 1))
        self.assertIsNone(self.group(group)["offsets"][0]["metadata"])
        for metadata in ("m" * 4097, "ü" * 2049, 7, ["x"]):
            with self.subTest(metadata):
                answer = self.commit(group, {"topic": topic, "partition": 0, "offset": 0, "metadata": metadata})
                self.assert_not_written(answer, 400, "bad_request", "metadata", "offsets[0]")
        self.assertEqual(self.places(group), {(topic, 0): 1})

    def test_nothing_to_commit(self):
        group = unique("g")
        self.assertEqual(self.committed(group, offsets=[]), {"group": group, "offsets": []})
        self.assertEqual(self.places(group), {})

    def test_whole_numbers_have_several_spellings(self):
        topic, group = self.filled(3), unique("g")
        self.committed(group, {"topic": topic, "partition": 0.0, "offset": 2.0})
        self.assertEqual(self.places(group), {(topic, 0): 2})


class Refused(GroupCase):
    """Each is refused whole: a good commit stands beside the one that is wrong."""

    def setUp(self):
        self.name, self.other, self.members = self.filled(3), self.filled(3), unique("g")
        self.committed(self.members, (self.name, 0, 1))

    def refuse(self, *offsets):
        answer = self.commit(self.members, (self.other, 0, 1), *offsets)
        self.assertEqual(self.places(self.members), {(self.name, 0): 1})
        return answer

    def test_beyond_the_next_offset(self):
        for offset in (4, 2**63 - 1):
            problem = self.assert_not_written(self.refuse((self.name, 0, offset)), 409, "commit_beyond")
            self.assertEqual((problem["index"], problem["topic"], problem["partition"], problem["next_offset"]),
                             (1, self.name, 0, 3))

    def test_expected_is_compared_with_what_is_stored(self):
        entry = {"topic": self.name, "partition": 0, "offset": 2, "expected": 2}
        problem = self.assert_not_written(self.refuse(entry), 412, "offset_mismatch")
        self.assertEqual((problem["index"], problem["topic"], problem["stored"]), (1, self.name, 1))
        self.committed(self.members, entry | {"expected": 1})
        self.assertEqual(self.places(self.members), {(self.name, 0): 2})

    def test_expected_where_nothing_is_stored(self):
        answer = self.commit(unique("g"), {"topic": self.name, "partition": 0, "offset": 2, "expected": 0})
        self.assertIsNone(self.assert_not_written(answer, 412, "offset_mismatch")["stored"])
        entry = {"topic": self.name, "partition": 0, "offset": 2, "expected": None}
        self.assert_not_written(self.refuse(entry), 400, "bad_request", "expected")

    def test_unknown_topics_and_partitions(self):
        self.assert_not_written(self.refuse(("no-such", 0, 0)), 404, "topic_not_found", "no-such")
        for partition in (1, 255, 256, 2**32 - 1):
            self.assert_not_written(self.refuse((self.name, partition, 0)), 404, "partition_not_found", partition)

    def test_another_topic_id(self):
        entry = {"topic": self.name, "partition": 0, "offset": 2}
        old = self.describe(self.name)["id"]
        self.committed(self.members, entry | {"offset": 1, "topic_id": old})
        self.request("DELETE", f"/topics/{self.name}")
        self.topic(self.name)
        answer = self.commit(self.members, (self.other, 0, 1), entry | {"offset": 0, "topic_id": old})
        self.assert_not_written(answer, 409, "topic_recreated", self.name)
        self.assertEqual(self.places(self.members), {})
        for text in ("", "x" * 16, old.upper() + "0", int(old, 16) >> 2, None):
            answer = self.commit(self.members, entry | {"offset": 0, "topic_id": text})
            self.assert_not_written(answer, 400, "bad_request", "topic_id")

    def test_a_partition_twice(self):
        self.assert_not_written(self.refuse((self.name, 0, 1), (self.name, 0, 1)), 400, "bad_request", "twice")

    def test_members_that_are_wrong_missing_or_unknown(self):
        entry = {"topic": self.name, "partition": 0, "offset": 2}
        wrong = [("offset", -1), ("offset", 1.5), ("offset", 2**64), ("offset", 1e300), ("offset", "1"), ("offset", None), ("offset", True),
                 ("partition", -1), ("partition", 2**32), ("partition", 0.1), ("partition", "0"), ("topic", 1),
                 ("topic", None), ("expected", -1), ("expected", "1")]
        for member, value in wrong:
            with self.subTest(member=member, value=value):
                self.assert_not_written(self.refuse(entry | {member: value}), 400, "bad_request", member, "offsets[1]")
        for member in entry:
            answer = self.refuse({name: value for name, value in entry.items() if name != member})
            self.assert_not_written(answer, 400, "bad_request", member, "missing")
        self.assert_not_written(self.refuse(entry | {"ofset": 1}), 400, "unknown_member", "ofset")
        self.assert_not_written(self.refuse(entry | {"topic": "a b"}), 400, "invalid_name")

    def test_documents_that_are_none(self):
        path = f"/groups/{self.members}/offsets"
        for body in ("{}", "[]", "3", '{"offsets":{}}', '{"offsets":null}', '{"offsets":[3]}',
                     '{"offsets":[],"cursor":""}'):
            with self.subTest(body):
                self.assert_not_written(self.request("POST", path, body), 400, "bad_request")
        for body in ('{"offsets":[', '{"offsets":[],"offsets":[]}', '{"offsets":[{"offset":1,"offset":1}]}',
                     '{"offsets":[],"\\u006fffsets":[]}', '{"offsets":[]} x', "[" * 129 + "]" * 129):
            with self.subTest(body):
                self.assert_not_written(self.request("POST", path, body), 400, "invalid_json")
        self.assert_not_written(self.request("POST", path, '{"offsets":[],"x":1}'), 400, "unknown_member", "x")
        self.assert_not_written(self.request("POST", path, '{"offsets":null,"x":null}'), 400, "unknown_member", "x")
        self.assert_not_written(self.request("POST", path, b" " * 65537), 413, "body_too_large")
        for cursor in ("", "nonsense", "AYCYulQBAZY9WDBtguAyAgABAAGAUVXD", 7, None):
            with self.subTest(cursor):
                self.assert_not_written(self.commit(self.members, cursor=cursor), 400, "cursor_invalid")

    def test_names(self):
        for name in ("a%20b", "x" * 201, "..%2f", "%C3%A4", "a%00b"):
            with self.subTest(name):
                self.assert_not_written(self.commit(name, (self.name, 0, 0)), 400, "invalid_name")
                self.assert_problem(self.get(f"/groups/{name}"), 400, "invalid_name")
        self.assert_not_written(self.commit("__g", (self.name, 0, 0)), 400, "reserved_name")
        self.committed("x" * 200, (self.name, 0, 0))

    def test_of_many_that_expect_the_same_one_wins(self):
        clients, results = [self.server.client() for _ in range(8)], []
        path = f"/groups/{self.members}/offsets"
        body = '{"offsets":[{"topic":"%s","partition":0,"offset":2,"expected":1}]}' % self.name
        threads = [threading.Thread(target=lambda client=client: results.append(
            client.request("POST", path, body.encode()).status)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(results), [200] + [412] * 7)


class Cursor(GroupCase):
    def test_a_cursor_commits_all_its_positions(self):
        a, b, group = self.filled(5, 1), self.filled(4), unique("g")
        page = self.get("/events", topics=f"{a},{b}", limit=6).json()
        seen = {(a, 0): 0, (a, 1): 0, (b, 0): 0}
        for event in page["events"]:
            seen[event["topic"], event["partition"]] = event["offset"] + 1
        answer = self.committed(group, cursor=page["next"])
        self.assertEqual({(o["topic"], o["partition"]): o["offset"] for o in answer["offsets"]}, seen)
        self.assertEqual(self.places(group), seen)
        self.assertEqual(self.group(group)["lag"], 4)

    def test_a_cursor_of_nothing(self):
        cursor = self.get("/events", topics="no.such.*").json()["next"]
        self.assertEqual(self.committed(unique("g"), cursor=cursor)["offsets"], [])

    def test_a_cursor_of_a_topic_that_is_gone(self):
        a, b, group = self.filled(2), self.filled(2), unique("g")
        cursor = self.get("/events", topics=f"{a},{b}").json()["next"]
        self.request("DELETE", f"/topics/{a}")
        self.assert_not_written(self.commit(group, cursor=cursor), 409, "topic_recreated")
        self.topic(a)
        self.assert_not_written(self.commit(group, cursor=cursor), 409, "topic_recreated")
        self.assertEqual(self.places(group), {})


class Listing(GroupCase):
    def test_in_name_order_with_prefix_limit_and_after(self):
        topic = self.filled(3)
        names = [f"list.{tail}" for tail in ("b", "a", "c10", "c1", "B", "z_")]
        for number, name in enumerate(names):
            self.committed(name, (topic, 0, number % 4))
        answer = self.get("/groups", prefix="list.")
        self.assertEqual(answer.status, 200, answer)
        lags = {name: 3 - number % 4 for number, name in enumerate(names)}
        self.assertEqual(answer.json(), {"groups": [{"group": name, "lag": lags[name]} for name in sorted(names)],
                                         "next": None})
        self.assertEqual([group["group"] for group in self.listed("groups", prefix="list.")], sorted(names))
        found = self.get("/groups", prefix="list.", after="list.b0").json()["groups"]
        self.assertEqual([group["group"] for group in found], ["list.c1", "list.c10", "list.z_"])

    def test_nothing_is_an_empty_list(self):
        self.assertEqual(self.get("/groups", prefix="no.such.").json(), {"groups": [], "next": None})

    def test_wrong_parameters_are_named(self):
        for query in ({"limit": "x"}, {"limit": 0}, {"limit": 1001}, {"prefixes": "a"}, {"prefix": "x" * 201},
                      {"after": "a\0b"}):
            with self.subTest(query):
                self.assert_problem(self.get("/groups", **query), 400, "bad_parameter", *query)


class Forgetting(GroupCase):
    def test_whole_and_in_parts(self):
        a, b, group = self.filled(1, 1), self.filled(1), unique("g")
        self.committed(group, (a, 0, 1), (a, 1, 1), (b, 0, 1))
        answer = self.request("DELETE", f"/groups/{group}/topics/{a}")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(self.places(group), {(b, 0): 1})
        self.assert_not_written(self.request("DELETE", f"/groups/{group}/topics/{a}"), 404, "group_not_found", a)
        self.assert_not_written(self.request("DELETE", f"/groups/{group}/topics/no-such"), 404, "topic_not_found")
        self.assertEqual(self.request("DELETE", f"/groups/{group}").status, 204)
        self.assertEqual(self.places(group), {})
        self.assert_not_written(self.request("DELETE", f"/groups/{group}"), 404, "group_not_found", group)

    def test_a_deleted_topic_is_forgotten_by_every_group(self):
        a, b, both, one = self.filled(1), self.filled(1), unique("g"), unique("g")
        self.committed(both, (a, 0, 1), (b, 0, 1))
        self.committed(one, (a, 0, 1))
        self.request("DELETE", f"/topics/{a}")
        self.assertEqual(self.places(both), {(b, 0): 1})
        self.assertEqual(self.places(one), {})
        self.topic(a)
        self.assertEqual(self.places(both), {(b, 0): 1})

    def test_methods_and_head(self):
        group = unique("g")
        for path, methods in ((f"/groups/{group}", "GET, HEAD, DELETE, OPTIONS"), ("/groups", "GET, HEAD, OPTIONS"),
                              (f"/groups/{group}/offsets", "POST, OPTIONS"),
                              (f"/groups/{group}/topics/a", "DELETE, OPTIONS")):
            answer = self.request("PUT", path)
            self.assert_problem(answer, 405, "method_not_allowed")
            self.assertEqual(answer.header("Allow"), methods)
        self.assertEqual(self.request("HEAD", f"/groups/{group}").status, 404)


class Reading(GroupCase):
    def places_of(self, events):
        return [(event["topic"], event["partition"], event["offset"]) for event in events]

    def test_from_what_is_committed(self):
        topic, group = self.filled(5), unique("g")
        self.committed(group, (topic, 0, 3))
        self.assertEqual(self.values(topic, group=group), [{"n": 3}, {"n": 4}])
        self.assertEqual(self.places(group), {(topic, 0): 3})  # reading commits nothing

    def test_read_commit_read(self):
        topic, group, seen = self.filled(7, 4), unique("g"), []
        for _ in range(20):
            page = self.page(topic, group=group, limit=3)
            if not page["events"]:
                break
            seen += self.places_of(page["events"])
            self.committed(group, cursor=page["next"])
        self.assertEqual(sorted(seen), [(topic, 0, n) for n in range(7)] + [(topic, 1, n) for n in range(4)])
        self.assertEqual(self.group(group)["lag"], 0)

    def test_else_from(self):
        topic, other, group = self.filled(3, 3), self.filled(2), unique("g")
        self.committed(group, (topic, 1, 2))
        topics = f"{topic},{other}"
        for query, rest in (({}, [(topic, 0, 0), (topic, 0, 1), (topic, 0, 2), (other, 0, 0), (other, 0, 1)]),
                            ({"from_": "-1"}, [(topic, 0, 2), (other, 0, 1)]),
                            ({"from_": "latest"}, []), ({"from_": "2100-01-01T00:00:00Z"}, [])):
            with self.subTest(query):
                page = self.get("/events", topics=topics, group=group, **query).json()
                self.assertEqual(sorted(self.places_of(page["events"])), sorted([(topic, 1, 2), *rest]))

    def test_a_group_that_nobody_knows_has_committed_nothing(self):
        topic = self.filled(2)
        self.assertEqual(len(self.page(topic, group=unique("g"))["events"]), 2)
        self.assertEqual(self.page(topic, group=unique("g"), from_="latest")["events"], [])

    def test_the_link_goes_on_without_the_group(self):
        topic, group = self.filled(5), unique("g")
        self.committed(group, (topic, 0, 1))
        answer = self.get(f"/topics/{topic}/events", group=group, from_="latest", limit=2)
        link = answer.header("Link").partition(">")[0].lstrip("<")
        self.assertNotIn("group", link)
        self.assertEqual([event["offset"] for event in self.request("GET", link).json()["events"]], [3, 4])

    def test_a_topic_made_again_has_no_place(self):
        topic, group = self.filled(5), unique("g")
        self.committed(group, (topic, 0, 5))
        self.request("DELETE", f"/topics/{topic}")
        self.topic(topic)
        self.append(topic, "[1]")
        self.assertEqual(self.values(topic, group=group), [1])

    def test_what_does_not_go_with_it(self):
        topic = self.filled(1)
        cursor = self.page(topic)["next"]
        for query in ({"cursor": cursor}, {"offset": 0}):
            self.assert_problem(self.get(f"/topics/{topic}/events", group="g", **query), 400, "bad_parameter", "group")
        self.assert_problem(self.get(f"/topics/{topic}/events", group="a b"), 400, "invalid_name")
        self.assert_problem(self.get(f"/topics/{topic}/events", group=""), 400, "invalid_name")
        self.assert_problem(self.get(f"/topics/{topic}/events", group="__g"), 400, "reserved_name")


if __name__ == "__main__":
    unittest.main()
