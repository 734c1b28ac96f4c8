"""Positions that cannot be honoured: each problem brings a cursor from which the same request goes on."""

import unittest

from client import target_of
from harness import ENVELOPE, HttpCase, unique
from server import Server


class Positions(HttpCase):
    def goes_on(self, problem, path, **query):
        """The page that the same request gets with the cursor of the problem."""
        self.assertIsInstance(problem.get("cursor"), str, problem)
        answer = self.get(path, cursor=problem["cursor"], **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def test_beyond_the_next_offset(self):
        name = self.topic()
        self.append(name, "[1,2]")
        problem = self.assert_problem(self.get(f"/topics/{name}/events", offset=3), 416, "offset_beyond", "2")
        page = self.goes_on(problem, f"/topics/{name}/events")
        self.assertEqual((page["events"], page["up_to_date"]), ([], True))
        self.append(name, "3")
        self.assertEqual(self.goes_on(problem, f"/topics/{name}/events")["events"][0]["value"], 3)

    def test_beyond_with_a_partition(self):
        name = self.topic(partitions=3)
        query = {"partition": 2, "limit": 5}
        answer = self.get(f"/topics/{name}/events", offset=2**63 - 1, **query)
        problem = self.assert_problem(answer, 416, "offset_beyond")
        self.append(name, "[1,2]", partition=2)
        page = self.goes_on(problem, f"/topics/{name}/events", **query)
        self.assertEqual([event["value"] for event in page["events"]], [1, 2])

    def test_a_topic_made_again(self):
        name = self.topic()
        self.append(name, "[1,2,3]")
        cursor = self.page(name)["next"]
        self.request("DELETE", f"/topics/{name}")
        self.topic(name)
        self.append(name, '["new",2,3,4,5]')
        problem = self.assert_problem(self.get(f"/topics/{name}/events", cursor=cursor), 410, "topic_recreated", name)
        page = self.goes_on(problem, f"/topics/{name}/events")
        self.assertEqual([event["value"] for event in page["events"]], ["new", 2, 3, 4, 5])

    def test_one_of_several_made_again_keeps_the_place_in_the_others(self):
        a, b = self.topic(), self.topic(partitions=2)
        self.append(a, "[1,2]")
        self.append(b, {"events": [{"value": n, "partition": n % 2} for n in range(4)]}, ENVELOPE)
        selection = {"topics": f"{a},{b}"}
        cursor = self.get("/events", **selection).json()["next"]
        self.request("DELETE", f"/topics/{a}")
        self.topic(a)
        self.append(a, '"again"')
        self.append(b, '"more"')
        problem = self.assert_problem(self.get("/events", cursor=cursor, **selection), 410, "topic_recreated", a)
        page = self.goes_on(problem, "/events", **selection)
        self.assertEqual(sorted(event["value"] for event in page["events"]), ["again", "more"])

    def test_a_topic_that_is_gone(self):
        name = self.topic()
        cursor = self.page(name)["next"]
        self.request("DELETE", f"/topics/{name}")
        self.assert_problem(self.get(f"/topics/{name}/events", cursor=cursor), 404, "topic_not_found", name)

    def test_an_unknown_topic(self):
        self.assert_problem(self.get("/topics/no-such/events"), 404, "topic_not_found", "no-such")
        self.assert_problem(self.get("/topics/a%20b/events"), 400, "invalid_name")

    def test_head_has_the_status_without_the_body(self):
        name = self.topic()
        answer = self.request("HEAD", f"/topics/{name}/events", offset=9)
        self.assertEqual((answer.status, answer.body), (416, b""))
        self.assertEqual(answer.header("Content-Type").split(";")[0], "application/problem+json")


class OtherData(HttpCase):
    """A cursor of a data directory that is gone: whoever comes with it must hear that what it knows is not there."""

    def setUp(self):
        prefix = unique("other")
        self.name, self.wildcard = self.topic(f"{prefix}.a"), f"{prefix}.*"
        self.append(self.name, "[1,2,3]")

    def of_other_data(self, engine, path, make, **query):
        """Asks for a page with a cursor that another server has given, and goes on as it is told to."""
        with Server("--engine", engine, data=None if engine == "rocksdb" else False) as other:
            client = other.client()
            for name in make:
                client.request("PUT", f"/topics/{name}")
                client.request("POST", f"/topics/{name}/events", b'"new"')
            answer = client.request("GET", target_of(path, **query))
            problem = self.assert_problem(answer, 410, "topic_recreated")
            query["cursor"] = problem["cursor"]
            page = client.request("GET", target_of(path, **query)).json()
            self.assertEqual([event["value"] for event in page["events"]], ["new"] * len(make))

    def test_of_one_topic(self):
        for path, query in ((f"/topics/{self.name}/events", {}), ("/events", {"topics": self.name})):
            cursor = self.get(path, **query).json()["next"]
            for engine in ("rocksdb", "memory"):
                with self.subTest(path=path, engine=engine):
                    self.of_other_data(engine, path, [self.name], cursor=cursor, **query)

    def test_of_a_wildcard(self):
        cursor = self.get("/events", topics=self.wildcard).json()["next"]
        self.of_other_data("rocksdb", "/events", [self.name, self.name + "-more"], cursor=cursor, topics=self.wildcard)
        self.of_other_data("rocksdb", "/events", [], cursor=cursor, topics=self.wildcard)


if __name__ == "__main__":
    unittest.main()
