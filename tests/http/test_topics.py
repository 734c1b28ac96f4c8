"""Topics: create, list, describe, change, delete; settings and what is said of the wrong ones."""

import time
import unittest

from harness import HttpCase, unique

DEFAULTS = {"partitions": 1, "max_event_bytes": 1048576, "ack": "disk", "key_pointer": None, "dedupe_ms": 0,
            "retention_ms": None, "retention_bytes": None, "cleanup_policy": "delete"}


class Create(HttpCase):
    def test_without_a_body_it_has_the_defaults(self):
        name = unique()
        answer = self.request("PUT", f"/topics/{name}")
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.header("Location"), f"/topics/{name}")
        self.assertEqual(answer.header("Content-Type").split(";")[0], "application/json")
        topic = answer.json()
        self.assertEqual(topic["name"], name)
        self.assertIsInstance(topic["id"], str)
        self.assertLess(abs(topic["created_at"] - time.time() * 1000), 60000)
        self.assertEqual(topic["settings"], DEFAULTS)
        self.assertTrue(all(isinstance(capability, str) for capability in topic["capabilities"]))
        self.assertEqual(topic["partitions"], [{"partition": 0, "first_offset": 0, "next_offset": 0, "bytes": 0}])

    def test_settings_are_kept(self):
        given = {"partitions": 3, "max_event_bytes": 1000, "ack": "os", "key_pointer": "/user/id"}
        name = self.topic(**given)
        topic = self.describe(name)
        self.assertEqual(topic["settings"], DEFAULTS | given)
        self.assertEqual([partition["partition"] for partition in topic["partitions"]], [0, 1, 2])

    def test_settings_of_later_are_taken_when_they_change_nothing(self):
        name = self.topic(dedupe_ms=0, retention_ms=None, retention_bytes=None, cleanup_policy="delete")
        self.assertEqual(self.describe(name)["settings"], DEFAULTS)

    def test_again_is_200_when_what_is_given_is_what_it_has(self):
        name = self.topic(partitions=2, ack="os")
        before = self.describe(name)
        for body in (None, {}, {"partitions": 2}, {"ack": "os", "partitions": 2}):
            answer = self.request("PUT", f"/topics/{name}", body)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.json(), before)

    def test_again_with_other_settings_names_those_that_differ(self):
        name = self.topic(partitions=2, ack="os")
        answer = self.request("PUT", f"/topics/{name}", {"partitions": 2, "ack": "disk", "max_event_bytes": 5})
        problem = self.assert_not_written(answer, 409, "topic_exists", "ack", "max_event_bytes")
        self.assertNotIn("partitions", problem["detail"])

    def test_names(self):
        for name in ("a", "A.b_c-9", "x" * 200, "...", "_one"):
            with self.subTest(name):
                self.assertEqual(self.request("PUT", f"/topics/{name}").status, 201)
        for name in (".", "..", "x" * 201, "a%20b", "a%2Fb", "%C3%A4", "a*", "a,b", "a%0Ab"):
            with self.subTest(name):
                self.assert_not_written(self.request("PUT", f"/topics/{name}"), 400, "invalid_name")
        self.assert_not_written(self.request("PUT", "/topics/a%00b"), 400, ("invalid_name", "bad_request"))
        self.assert_not_written(self.request("PUT", "/topics/__groups"), 400, "reserved_name", "__")

    def test_an_escaped_name_is_the_same_name(self):
        name = self.topic(unique("a.b"))
        self.assertEqual(self.describe(name.replace(".", "%2E").replace("-", "%2d"))["name"], name)

    def test_wrong_settings_are_named(self):
        wrong = [("partitions", 0), ("partitions", 257), ("partitions", "3"), ("partitions", 1.5), ("partitions", True),
                 ("partitions", -1), ("partitions", None), ("max_event_bytes", 0), ("max_event_bytes", "1"),
                 ("max_event_bytes", -5), ("ack", "both"), ("ack", 1), ("key_pointer", "user"), ("key_pointer", "/a~2"),
                 ("key_pointer", 7), ("key_pointer", "/" + "k" * 600), ("cleanup_policy", "never"),
                 ("dedupe_ms", "x"), ("retention_ms", "x"), ("retention_ms", -1), ("retention_bytes", -1)]
        name = unique()
        for setting, value in wrong:
            with self.subTest(setting=setting, value=value):
                answer = self.request("PUT", f"/topics/{name}", {setting: value})
                self.assert_not_written(answer, 400, ("bad_setting", "not_supported"), setting)
        self.assertEqual(self.get(f"/topics/{name}").status, 404)

    def test_what_is_not_there_yet_is_refused_by_name(self):
        name = unique()
        for setting, value in (("dedupe_ms", 1000), ("retention_ms", 604800000), ("retention_bytes", 1 << 30),
                               ("cleanup_policy", "compact")):
            with self.subTest(setting):
                answer = self.request("PUT", f"/topics/{name}", {setting: value})
                self.assert_not_written(answer, 400, "not_supported", setting)
        self.assertEqual(self.get(f"/topics/{name}").status, 404)

    def test_what_the_engine_cannot_do_is_422(self):
        answer = self.request("PUT", f"/topics/{unique()}", {"ack": "replicated"})
        self.assert_not_written(answer, 422, "unsupported_by_engine", "replicated")

    def test_unknown_members_are_named(self):
        answer = self.request("PUT", f"/topics/{unique()}", {"partition": 3})
        self.assert_not_written(answer, 400, "unknown_member", "partition")

    def test_bodies_that_are_no_settings(self):
        for body in ("{", "nonsense", b"\xff", '{"ack":"os"} x'):
            with self.subTest(body):
                self.assert_not_written(self.request("PUT", f"/topics/{unique()}", body), 400, "invalid_json")
        for body in ("[]", "3", "null", '"x"'):
            with self.subTest(body):
                answer = self.request("PUT", f"/topics/{unique()}", body)
                self.assert_not_written(answer, 400, ("bad_request", "invalid_json", "bad_setting"))


class Listing(HttpCase):
    def test_in_name_order_with_prefix_limit_and_after(self):
        names = [self.topic(f"list.{tail}") for tail in ("b", "a", "c10", "c1", "B", "z_")]
        answer = self.get("/topics", prefix="list.")
        self.assertEqual(answer.status, 200, answer)
        everything = answer.json()
        self.assertEqual([topic["name"] for topic in everything["topics"]], sorted(names))
        self.assertIsNone(everything["next"])
        self.assertEqual(everything["topics"][0], self.describe(sorted(names)[0]))

        self.assertEqual([topic["name"] for topic in self.listed("topics", prefix="list.")], sorted(names))

    def test_after_a_name_that_is_not_there(self):
        for tail in ("a", "c"):
            self.topic(f"after.{tail}")
        found = self.get("/topics", prefix="after.", after="after.b").json()
        self.assertEqual([topic["name"] for topic in found["topics"]], ["after.c"])

    def test_nothing_is_an_empty_list(self):
        self.assertEqual(self.get("/topics", prefix="no.such.").json(), {"topics": [], "next": None})

    def test_wrong_parameters_are_named(self):
        for query in ({"limit": "x"}, {"limit": "-1"}, {"limit": ""}, {"prefixes": "a"}):
            with self.subTest(query):
                self.assert_problem(self.get("/topics", **query), 400, "bad_parameter", *query)


class Change(HttpCase):
    def patch(self, name, settings):
        return self.request("PATCH", f"/topics/{name}", settings)

    def test_settings_change_one_by_one(self):
        name = self.topic(partitions=2)
        before = self.describe(name)
        for given in ({"ack": "os"}, {"max_event_bytes": 77}, {"key_pointer": "/k"}, {"key_pointer": None}):
            answer = self.patch(name, given)
            self.assertEqual(answer.status, 200, answer)
            topic = answer.json()
            self.assertEqual(topic["settings"], before["settings"] | given)
            self.assertEqual(topic, self.describe(name))
            self.assertEqual((topic["id"], topic["created_at"]), (before["id"], before["created_at"]))
            before = topic

    def test_partitions_grow_and_keep_their_events(self):
        name = self.topic(partitions=1)
        self.append(name, "[1,2,3]")
        answer = self.patch(name, {"partitions": 4})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.next_offsets(name), [3, 0, 0, 0])
        self.append(name, "4", partition=3)
        self.assertEqual(self.next_offsets(name), [3, 0, 0, 1])
        self.assertEqual(self.values(name, partition=0), [1, 2, 3])

    def test_partitions_do_not_shrink(self):
        name = self.topic(partitions=3)
        self.assert_not_written(self.patch(name, {"partitions": 2}), 409, "partitions_shrink")
        self.assertEqual(len(self.describe(name)["partitions"]), 3)
        self.assertEqual(self.patch(name, {"partitions": 3}).status, 200)

    def test_refusals(self):
        name = self.topic()
        self.assert_not_written(self.patch(name, {"partitions": 300}), 400, "bad_setting", "partitions")
        self.assert_not_written(self.patch(name, {"paritions": 3}), 400, "unknown_member", "paritions")
        self.assert_not_written(self.patch(name, {"dedupe_ms": 5}), 400, "not_supported", "dedupe_ms")
        self.assert_not_written(self.patch(name, {"ack": "replicated"}), 422, "unsupported_by_engine")
        self.assert_not_written(self.patch(name, "{"), 400, "invalid_json")
        self.assert_not_written(self.patch("no-such-topic", {"ack": "os"}), 404, "topic_not_found", "no-such-topic")
        self.assertEqual(self.describe(name)["settings"], DEFAULTS)

    def test_a_change_with_one_wrong_setting_changes_nothing(self):
        name = self.topic()
        self.assert_not_written(self.patch(name, {"ack": "os", "partitions": 0}), 400, "bad_setting", "partitions")
        self.assertEqual(self.describe(name)["settings"], DEFAULTS)


class Delete(HttpCase):
    def test_it_is_gone_with_its_events(self):
        name = self.topic(partitions=2)
        self.append(name, "[1,2]")
        answer = self.request("DELETE", f"/topics/{name}")
        self.assertEqual((answer.status, answer.body), (204, b""), answer)
        self.assert_problem(self.get(f"/topics/{name}"), 404, "topic_not_found", name)
        self.assert_problem(self.get(f"/topics/{name}/events"), 404, "topic_not_found", name)
        self.assert_not_written(self.post(name, "1"), 404, "topic_not_found", name)
        self.assert_not_written(self.request("DELETE", f"/topics/{name}"), 404, "topic_not_found", name)

    def test_made_again_it_is_another(self):
        name = self.topic()
        self.append(name, "[1,2]")
        old = self.describe(name)
        self.request("DELETE", f"/topics/{name}")
        self.topic(name)
        self.assertNotEqual(self.describe(name)["id"], old["id"])
        self.assert_empty(name)
        self.append(name, "3")
        self.assertEqual(self.values(name), [3])

    def test_bad_names(self):
        self.assert_problem(self.get("/topics/a%20b"), 400, "invalid_name")
        self.assert_not_written(self.request("DELETE", "/topics/a%20b"), 400, "invalid_name")


class AutoCreate(HttpCase):
    flags = ("--auto-create",)

    def test_a_post_makes_the_topic(self):
        name = unique("auto")
        self.append(name, '{"a":1}')
        self.assertEqual(self.describe(name)["settings"], DEFAULTS)
        self.assertEqual(self.values(name), [{"a": 1}])

    def test_not_for_a_bad_name_and_not_for_a_read(self):
        self.assert_not_written(self.post("a%20b", "1"), 400, "invalid_name")
        self.assert_not_written(self.post("__x", "1"), 400, "reserved_name")
        self.assert_problem(self.get("/topics/never-posted/events"), 404, "topic_not_found")


if __name__ == "__main__":
    unittest.main()
