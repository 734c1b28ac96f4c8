"""wait_ms: a page that waits, but never when there is something to say."""

import json
import threading
import time
import unittest

from client import Client
from harness import ENVELOPE, unique
from live_case import LiveCase, open_files, within_tries
from server import REQUEST_SECONDS, SCALE, seconds


class Waiting(LiveCase):
    def later(self, delay, work):
        """Does the work in a thread with a connection of its own; gives when that happened once it has."""
        done = []

        def run():
            time.sleep(delay)
            client = Client(self.server.address(), seconds(REQUEST_SECONDS))
            done.append(time.monotonic())
            work(client)
            client.close()

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        return done

    @staticmethod
    def posting(topic, body, **query):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return lambda client: client.request("POST", f"/topics/{topic}/events?{text}", body.encode())

    def timed(self, path, **query):
        began = time.monotonic()
        answer = self.get(path, **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json(), time.monotonic() - began


class AtOnce(Waiting):
    def test_when_there_is_data(self):
        name = self.topic()
        self.append(name, "[1,2]")

        def measure():
            page, took = self.timed(f"/topics/{name}/events", wait_ms=20000)
            self.assertEqual([event["value"] for event in page["events"]], [1, 2])
            return took

        within_tries("a page with data and wait_ms", measure, 0.5 * SCALE)

    def test_when_an_event_comes(self):
        name = self.topic(partitions=4)

        def measure():
            cursor = self.page(name, from_="latest")["next"]
            sent = self.later(0.3, self.posting(name, '"now"', partition=3))
            page, _ = self.timed(f"/topics/{name}/events", cursor=cursor, wait_ms=20000)
            self.assertEqual([event["value"] for event in page["events"]], ["now"])
            return time.monotonic() - sent[0]

        within_tries("from the POST to the waiting page", measure, 0.5 * SCALE)

    def test_of_every_durability(self):
        name = self.topic()
        for ack in ("disk", "os", "none"):
            cursor = self.page(name, from_="latest")["next"]
            self.later(0.2, self.posting(name, "1", ack=ack))
            page, took = self.timed(f"/topics/{name}/events", cursor=cursor, wait_ms=20000)
            self.assertEqual(len(page["events"]), 1)
            self.assertLess(took, seconds(10))

    def test_head_never_waits(self):
        name = self.topic()

        def measure():
            began = time.monotonic()
            answer = self.request("HEAD", f"/topics/{name}/events?wait_ms=20000")
            self.assertEqual(answer.status, 200, answer)
            return time.monotonic() - began

        within_tries("HEAD with wait_ms", measure, 0.5 * SCALE)


class Deadlines(Waiting):
    def test_an_empty_page(self):
        name = self.topic()
        self.append(name, "1")

        def measure():
            page, took = self.timed(f"/topics/{name}/events", from_="latest", wait_ms=400)
            self.assertEqual((page["events"], page["up_to_date"]), ([], True))
            self.assertGreaterEqual(took, 0.39)
            self.append(name, "2")
            self.assertEqual(len(self.page(name, cursor=page["next"])["events"]), 1)
            return took

        within_tries("an empty page that waited 400 ms", measure, 1.4 * SCALE)

    def test_no_longer_than_events_can_come_that_it_would_show(self):
        name = self.topic()
        self.append(name, "1")
        for until_ms, least in ((int(1000 * time.time()) - 1, 0), (int(1000 * time.time()) + 500, 0.3)):
            page, took = self.timed(f"/topics/{name}/events", from_="latest", wait_ms=20000, until=until_ms)
            self.assertEqual(page["events"], [])
            self.assertGreaterEqual(took, least)
            self.assertLess(took, seconds(3))

    def test_of_lines(self):
        answer = self.get(f"/topics/{self.topic()}/events", format="ndjson", wait_ms=300)
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertTrue(answer.header("Next-Cursor"))

    def test_what_is_no_time(self):
        name = self.topic()
        for wrong in ("60001", "-1", "x", "", "1.5", "99999999999999999999"):
            with self.subTest(wrong):
                self.assert_problem(self.get(f"/topics/{name}/events", wait_ms=wrong), 400, "bad_parameter", "wait_ms")
        self.assertEqual(self.get(f"/topics/{name}/events", wait_ms=0).json()["events"], [])

    def test_problems_do_not_wait(self):
        began = time.monotonic()
        self.assertEqual(self.get("/topics/no-such/events", wait_ms=20000).status, 404)
        name = self.topic()
        self.assertEqual(self.get(f"/topics/{name}/events", offset=5, wait_ms=20000).status, 416)
        self.assertLess(time.monotonic() - began, seconds(5))


class WhatWakes(Waiting):
    def test_any_topic_of_the_selection(self):
        a, b = self.topic(), self.topic()
        cursor = self.get("/events", topics=f"{a},{b}", from_="latest").json()["next"]
        self.later(0.2, self.posting(b, '"b"'))
        page, _ = self.timed("/events", topics=f"{a},{b}", cursor=cursor, wait_ms=20000)
        self.assertEqual([event["topic"] for event in page["events"]], [b])

    def test_a_new_topic_of_a_wildcard(self):
        prefix = unique("wait.")

        def make(client):
            client.request("PUT", f"/topics/{prefix}.new")
            client.request("POST", f"/topics/{prefix}.new/events", b'"first"')

        self.later(0.2, make)
        page, took = self.timed("/events", topics=f"{prefix}.*", wait_ms=20000)
        self.assertEqual([event["value"] for event in page["events"]], ["first"])
        self.assertLess(took, seconds(10))

    def test_a_new_partition(self):
        name = self.topic()
        cursor = self.page(name, from_="latest")["next"]

        def grow(client):
            client.request("PATCH", f"/topics/{name}", b'{"partitions":2}')
            client.request("POST", f"/topics/{name}/events?partition=1", b'"grown"')

        self.later(0.2, grow)
        page, took = self.timed(f"/topics/{name}/events", cursor=cursor, wait_ms=20000)
        self.assertEqual([event["value"] for event in page["events"]], ["grown"])
        self.assertLess(took, seconds(10))

    def test_not_another_key(self):
        name = self.topic()
        self.later(0.2, self.posting(name, '"theirs"', key="theirs"))
        self.later(0.6, self.posting(name, '"mine"', key="mine"))
        page, took = self.timed(f"/topics/{name}/events", key="mine", wait_ms=20000)
        self.assertEqual([event["value"] for event in page["events"]], ["mine"])
        self.assertGreater(took, 0.5)

    def test_not_another_partition(self):
        name = self.topic(partitions=2)
        self.later(0.2, self.posting(name, "0", partition=0))
        self.later(0.6, self.posting(name, "1", partition=1))
        page, _ = self.timed(f"/topics/{name}/events", partition=1, wait_ms=20000)
        self.assertEqual([event["value"] for event in page["events"]], [1])

    def test_the_end_of_the_topic(self):
        name = self.topic()
        self.later(0.3, lambda client: client.request("DELETE", f"/topics/{name}"))
        began = time.monotonic()
        answer = self.get(f"/topics/{name}/events", wait_ms=20000)
        self.assertLess(time.monotonic() - began, seconds(10))
        self.assertIn(answer.status, (200, 404, 410), answer)

    def test_a_group(self):
        name = self.topic()
        self.append(name, "1")
        document = {"offsets": [{"topic": name, "partition": 0, "offset": 1}]}
        self.request("POST", f"/groups/of-{name}/offsets", document)
        self.later(0.2, self.posting(name, "2"))
        page, _ = self.timed(f"/topics/{name}/events", group=f"of-{name}", wait_ms=20000)
        self.assertEqual([event["value"] for event in page["events"]], [2])


class Many(Waiting):
    def wait_in_thread(self, topic, cursor, results):
        client = Client(self.server.address(), seconds(REQUEST_SECONDS))
        answer = client.request("GET", f"/topics/{topic}/events?cursor={cursor}&wait_ms=20000")
        results.append([event["value"] for event in answer.json()["events"]])
        client.close()

    def test_all_wake(self):
        name = self.topic()
        cursor = self.page(name)["next"]
        results = []
        threads = [threading.Thread(target=self.wait_in_thread, args=(name, cursor, results)) for _ in range(100)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        began = time.monotonic()
        self.append(name, '"all"')
        for thread in threads:
            thread.join(seconds(25))
        self.assertEqual(results, [["all"]] * 100)
        self.assertLess(time.monotonic() - began, seconds(10))

    def test_no_wake_up_is_lost(self):
        """Each event comes while pages are looking whether there is one, a little sooner or later in each round, and is
        the last for a while: nobody heals what was missed."""
        name = self.topic(ack="os")
        clients = [Client(self.server.address(), seconds(REQUEST_SECONDS)) for _ in range(6)]
        cursor = self.page(name)["next"]
        for number in range(int(1500 / SCALE)):
            began = time.monotonic()
            for client in clients:
                client.connection.request("GET", f"/topics/{name}/events?wait_ms=5000&cursor={cursor}")
            time.sleep((number % 40) * 0.00001)
            self.append(name, str(number))
            for client in clients:
                page = json.loads(client.connection.getresponse().read())
                self.assertEqual([event["value"] for event in page["events"]], [number])
            self.assertLess(time.monotonic() - began, 3 * SCALE, f"in round {number}")
            cursor = page["next"]
        for client in clients:
            client.close()

    def test_those_who_went_are_let_go(self):
        name = self.topic()
        before = open_files(self.server)
        for _ in range(50):
            client = Client(self.server.address(), 0.02)
            with self.assertRaises(TimeoutError):  # by which it closes
                client.request("GET", f"/topics/{name}/events?wait_ms=1500")
        deadline = time.monotonic() + seconds(10)
        while open_files(self.server) > before + 5 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertLessEqual(open_files(self.server), before + 5)

    def test_pages_that_waited_go_on(self):
        name = self.topic()
        cursor = self.page(name)["next"]
        events = [{"value": n} for n in range(5)]
        for number in range(3):
            self.later(0.1, lambda client: client.request(
                "POST", f"/topics/{name}/events", json.dumps({"events": events}).encode(), {"Content-Type": ENVELOPE}))
            page, _ = self.timed(f"/topics/{name}/events", cursor=cursor, wait_ms=20000)
            self.assertEqual([event["offset"] for event in page["events"]], list(range(number * 5, number * 5 + 5)))
            cursor = page["next"]


if __name__ == "__main__":
    unittest.main()
