"""Targets as clients write them: a slash at the end, a cache buster, other names of a parameter."""

import unittest

from harness import HttpCase
from live_case import LiveCase


class SlashAtTheEnd(HttpCase):
    def test_one_does_not_count(self):
        name = self.topic()
        self.append(name, "1")
        self.request("POST", "/groups/slash-group/offsets",
                     {"offsets": [{"topic": name, "partition": 0, "offset": 1}]})
        for path in ("/topics", f"/topics/{name}", f"/topics/{name}/events", f"/topics/{name}/events/0/0", "/groups",
                     "/groups/slash-group", "/livez", "/readyz", "/openapi.yaml"):
            with self.subTest(path):
                without, behind = self.get(path), self.get(path + "/")
                self.assertEqual((behind.status, behind.header("Content-Type")),
                                 (200, without.header("Content-Type")), behind)
                self.assertEqual(behind.body, without.body)
        self.assertEqual(self.get("/events/", topics=name).body, self.get("/events", topics=name).body)

    def test_of_writes_too(self):
        name = self.topic() + "-slash"
        self.assertEqual(self.request("PUT", f"/topics/{name}/").status, 201)
        self.assertEqual(self.request("PATCH", f"/topics/{name}/", {"partitions": 2}).status, 200)
        self.assertEqual(self.request("POST", f"/topics/{name}/events/", "7", partition=0).status, 200)
        self.assertEqual(self.values(name), [7])
        answer = self.request("POST", f"/groups/of-{name}/offsets/",
                              {"offsets": [{"topic": name, "partition": 0, "offset": 1}]})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.request("DELETE", f"/groups/of-{name}/topics/{name}/").status, 204)
        self.assertEqual(self.request("DELETE", f"/topics/{name}/").status, 204)

    def test_links_lead_on(self):
        name = self.topic()
        self.append(name, "[1,2]")
        link = self.get(f"/topics/{name}/events/", limit=1).header("Link")
        target = link.partition("<")[2].partition(">")[0]
        self.assertEqual([event["value"] for event in self.get(target).json()["events"]], [2])

    def test_two_do(self):
        name = self.topic()
        for path in ("//", "///", "/topics//", f"/topics/{name}//", "//topics/", "/livez//"):
            with self.subTest(path):
                self.assert_problem(self.get(path), 404, "not_found")

    def test_other_methods_are_still_named(self):
        answer = self.request("PUT", "/topics/")
        self.assert_problem(answer, 405, "method_not_allowed")
        self.assertEqual(answer.header("Allow"), "GET, HEAD, OPTIONS")


class CacheBuster(HttpCase):
    def test_everywhere(self):
        name = self.topic()
        self.append(name, "1")
        for path in ("/", "/topics", f"/topics/{name}", f"/topics/{name}/events", f"/topics/{name}/events/0/0",
                     f"/events?topics={name}", "/groups", "/livez", "/readyz", "/metrics", "/openapi.yaml"):
            for buster in ("_=1795645230123", "_", "_=", "_=1&_=2", "%5f=1", "_=%zz"):
                with self.subTest(path=path, buster=buster):
                    answer = self.get(path + ("&" if "?" in path else "?") + buster)
                    self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.request("PUT", f"/topics/{name}?_=1").status, 200)
        self.assertEqual(self.request("POST", f"/topics/{name}/events?_=1&key=a&_=2", "2").status, 200)
        self.assertEqual(self.request("DELETE", f"/topics/{name}?_=1").status, 204)

    def test_is_not_carried_on(self):
        name = self.topic()
        self.append(name, "[1,2]")
        self.assertNotIn("_=", self.get(f"/topics/{name}/events?limit=1&_=1").header("Link"))

    def test_however_many(self):
        self.assertEqual(self.get("/topics?" + "&".join(f"_={number}" for number in range(200))).status, 200)

    def test_is_no_licence_for_slips(self):
        for slip in ("__=1", "_a=1", "a_=1", "+=1"):
            with self.subTest(slip):
                self.assert_problem(self.get("/topics?" + slip), 400, "bad_parameter")


class OtherNamesOfLastEventId(LiveCase):
    names = ("last_event_id", "lastEventId", "lastEventID", "Last-Event-ID")

    def test_each_resumes(self):
        name = self.topic()
        self.append(name, "[1,2,3]")
        first = self.get(f"/topics/{name}/events", limit=1).json()["next"]
        for parameter in self.names:
            with self.subTest(parameter):
                stream = self.stream(f"/topics/{name}/events", from_="earliest", **{parameter: first})
                self.assertEqual(stream.values(2), [2, 3])

    def test_two_of_them_are_one_too_many(self):
        name = self.topic()
        for parameter in self.names[1:]:
            answer = self.get(f"/topics/{name}/events?format=sse&last_event_id=&{parameter}=")
            self.assert_problem(answer, 400, "bad_parameter", "last_event_id", "twice")

    def test_not_of_pages(self):
        name = self.topic()
        for parameter in self.names:
            self.assert_problem(self.get(f"/topics/{name}/events?{parameter}=a"), 400, "bad_parameter", "cursor=")

    def test_what_means_nothing_is_named_as_it_came(self):
        self.assert_problem(self.get("/topics?lastEventId=a"), 400, "bad_parameter", "lastEventId")
        name = self.topic()
        for parameter in ("lasteventid", "last-event-id", "LastEventId"):
            answer = self.get(f"/topics/{name}/events?format=sse&{parameter}=a")
            self.assert_problem(answer, 400, "bad_parameter", parameter)


if __name__ == "__main__":
    unittest.main()
