"""Many readers at once: each gets everything in order and nothing twice, also when it is cut, or on a wildcard; what
they leave behind when they are gone."""

import json
import threading
import time
import unittest

from harness import ENVELOPE, HttpCase, unique
from live_case import TRIES, await_true, open_files, open_sockets
from load_client import LoadClient
from server import SCALE, Server, seconds

RELEASE = SCALE <= 1
READERS, EVENTS = (1000, 10000) if RELEASE else (50, 500)
PARTITIONS = 4
BATCH = 100
MIB = 1 << 20


def publish(client, topic, events, partitions=PARTITIONS, pause=0.0):
    """Batches over all partitions; `events` in all."""
    for first in range(0, events, BATCH):
        batch = [{"value": {"number": number, "text": "x" * 100}, "partition": number % partitions}
                 for number in range(first, min(first + BATCH, events))]
        answer = client.request("POST", f"/topics/{topic}/events?ack=os", json.dumps({"events": batch}).encode(),
                                {"Content-Type": ENVELOPE})
        if answer.status != 200:
            raise AssertionError(answer)
        time.sleep(pause)


class LoadCase(HttpCase):
    flags = ("--access-log", "off")

    def load(self, path, **flags):
        client = LoadClient(self.server, path, **flags)
        self.addCleanup(client.end)
        return client

    def assert_whole(self, result, readers, events):
        self.assertEqual(result["fault"], "", result)
        self.assertEqual((result["faulty"], result["complete"]), (0, readers), result)
        self.assertEqual((result["events_min"], result["events_max"]), (events, events), result)


class Complete(LoadCase):
    def show(self, what, result):
        print(f"    {what}: {result['readers']} readers, {result['events']} events, "
              f"{result['deliveries_per_s']:.0f} deliveries/s, {result['seconds']:.1f} s", flush=True)

    def test_many_readers_live(self):
        name = self.topic(partitions=PARTITIONS)
        readers = self.load(f"/topics/{name}/events", readers=READERS, expect=EVENTS, whole=True).await_open()
        publish(self.client, name, EVENTS)
        result = readers.result()
        self.show("live", result)
        self.assert_whole(result, READERS, EVENTS)

    def test_many_readers_of_lines(self):
        name = self.topic(partitions=PARTITIONS)
        readers = self.load(f"/topics/{name}/events?follow=true", readers=READERS // 10, expect=EVENTS,
                            whole=True).await_open()
        publish(self.client, name, EVENTS)
        result = readers.result()
        self.show("lines", result)
        self.assert_whole(result, READERS // 10, EVENTS)

    def test_from_the_beginning_while_more_comes(self):
        """Half is there, half comes: from behind to the head without a seam."""
        name = self.topic(partitions=PARTITIONS)
        publish(self.client, name, EVENTS // 2)
        readers = self.load(f"/topics/{name}/events?from=earliest", readers=READERS // 5, expect=EVENTS, whole=True)
        publish(self.client, name, EVENTS - EVENTS // 2)
        result = readers.result()
        self.show("from behind", result)
        self.assert_whole(result, READERS // 5, EVENTS)

    def test_readers_that_are_cut_and_resume(self):
        cuts = 100 if RELEASE else 20
        name = self.topic(partitions=PARTITIONS)
        for where, readers in (("while it comes", 1), ("while it comes", 20), ("when it is there", 20)):
            with self.subTest(where=where, readers=readers):
                path = f"/topics/{name}/events"
                if where == "while it comes":
                    self.delete_if_there(name)
                    self.topic(name, partitions=PARTITIONS)
                client = self.load(path + "?from=earliest", readers=readers, expect=EVENTS, whole=True, cuts=cuts)
                if where == "while it comes":
                    publish(self.client, name, EVENTS, pause=0.01)
                result = client.result()
                self.assert_whole(result, readers, EVENTS)
                self.assertEqual((result["cuts"], result["connections"]), (readers * cuts, readers * (cuts + 1)))

    def delete_if_there(self, name):
        self.request("DELETE", f"/topics/{name}")

    def test_a_wildcard_while_topics_are_made_and_grow(self):
        prefix, topics, each = unique("wide."), 10, EVENTS // 10
        readers = self.load(f"/events?topics={prefix}.*", readers=5, expect=topics * each * 2, whole=True).await_open()
        growing = []
        for number in range(topics):
            growing.append(self.topic(f"{prefix}.{number}"))
            publish(self.client, growing[-1], each, 1)
        for name in growing:
            self.assertEqual(self.request("PATCH", f"/topics/{name}", {"partitions": 3}).status, 200)
            publish(self.client, name, each, 3)
        result = readers.result()
        self.show("wildcard", result)
        self.assert_whole(result, 5, topics * each * 2)

    def test_several_writers(self):
        name = self.topic(partitions=PARTITIONS)
        readers = self.load(f"/topics/{name}/events", readers=max(10, READERS // 10), expect=EVENTS, whole=True)
        readers.await_open()
        threads = [threading.Thread(target=publish, args=(self.server.client(), name, EVENTS // 4)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assert_whole(readers.result(), max(10, READERS // 10), EVENTS)


class Cost(LoadCase):
    flags = ("--access-log", "off", "--read-threads", "2")  # a server that has done nothing else

    def test_what_streams_leave_behind(self):
        count = 5000 if RELEASE else 200
        name = self.topic(partitions=PARTITIONS)
        path = f"/topics/{name}/events"

        def round_of_streams():
            readers = self.load(path, readers=count, hold=True, limit=90).await_open()
            self.assertGreaterEqual(open_sockets(self.server), count)
            publish(self.client, name, 200)
            result = readers.result()
            self.assertEqual((result["fault"], result["opened"]), ("", count), result)

        await_true(lambda: open_sockets(self.server) < 20, seconds(20), "streams of other tests are still there")
        files = open_files(self.server)
        print(f"    before: {self.server.resident_bytes() / MIB:.1f} MiB resident")
        resident = []
        for number in range(TRIES + 1):  # the first fills what is kept for good: arenas of malloc, tables
            round_of_streams()
            await_true(lambda: open_files(self.server) <= files + 2, seconds(20), "the descriptors are not back")
            time.sleep(0.5)
            resident.append(self.server.resident_bytes())
            print(f"    after {count} streams, round {number}: {open_files(self.server)} descriptors of {files}, "
                  f"{resident[-1] / MIB:.1f} MiB resident", flush=True)
        if RELEASE:  # sanitizers keep what was freed
            self.assertLess(resident[-1], resident[0] + max(8 * MIB, resident[0] // 10), resident)


class Neighbours(unittest.TestCase):
    def test_streams_leave_room_for_calls(self):
        """They count as connections, and those that are left are served."""
        with Server("--max-connections", "20", "--access-log", "off") as server:
            client = server.client()
            client.request("PUT", "/topics/full")
            client.close()
            with LoadClient(server, "/topics/full/events", readers=15, hold=True) as readers:
                readers.await_open()
                self.assertEqual(server.client().request("GET", "/livez").status, 200)
                self.assertEqual(readers.result()["fault"], "")


if __name__ == "__main__":
    unittest.main()
