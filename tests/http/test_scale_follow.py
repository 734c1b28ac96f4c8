"""Who follows finds its events: behind many of other keys, and in topics that have just joined its selection."""

import json
import socket
import time
import unittest

from harness import ENVELOPE, allow_descriptors, own_server
from server import Server, seconds
from streams import SseStream

OTHERS = 1000000
BATCH = 50000
GROWTHS = 2000
PROMPT_S = 0.1
CHANNELS = 3000
TOPICS = 200
POLLS = 4000
POLL_ROUNDS = 5
UNRELATED_ROUNDS = 4
RESTING_S = 0.002  # in 0.3 s: it looks at its clocks
POLL_S = 0.00006  # of processor time
SHORTEST_MAX = 1.5
UNRELATED_S = 0.0004  # of processor time; 0.8 ms when every channel was woken


class BehindOtherKeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--access-log", "off")
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.client = cls.server.client()
        assert cls.client.request("PUT", "/topics/keys").status == 201
        cls.begin = cls.client.request("GET", "/topics/keys/events").json()["next"]
        body = json.dumps([1] * BATCH).encode()
        for _ in range(OTHERS // BATCH):
            assert cls.client.request("POST", "/topics/keys/events?ack=os&key=other", body).status == 200
        document = {"events": [{"value": "here", "key": "mine"}]}
        assert cls.client.request("POST", "/topics/keys/events", json.dumps(document).encode(),
                                  {"Content-Type": ENVELOPE}).status == 200

    def test_a_page_that_waits(self):
        answer = self.client.request("GET", f"/topics/keys/events?key=mine&wait_ms=20000&cursor={self.begin}").json()
        self.assertEqual([event["value"] for event in answer["events"]], ["here"])

    def test_a_stream(self):
        began = time.monotonic()
        with SseStream(self.server.address(), "/topics/keys/events", key="mine", cursor=self.begin) as stream:
            self.assertLess(time.monotonic() - began, 5)
            self.assertEqual(stream.values(1, timeout=20), ["here"])


class Growth(unittest.TestCase):
    def grow(self, engine):
        """Between the read that found a topic new and the watch of it nothing may be missed."""
        server = own_server(self, "--engine", engine, "--auto-create", "--access-log", "off")
        client = server.client()
        with SseStream(server.address(), "/events", topics="w.*") as stream:
            stream.started()
            worst = 0
            for number in range(GROWTHS):
                self.assertEqual(client.request("POST", f"/topics/w.{number}/events?ack=os", b"%d" % number).status, 200)
                began = time.monotonic()  # a topic is created on disk, which may take longer
                self.assertEqual(stream.values(1, timeout=5), [number])
                worst = max(worst, time.monotonic() - began)
                client.request("DELETE", f"/topics/w.{number}")
                stream.taken += 1 if stream.wait(lambda s: s.events()[-1].type == "gap", 5) else 0
        client.close()
        print(f"    slowest of {GROWTHS} events of new topics, {engine}: {1000 * worst:.1f} ms")
        self.assertLess(worst, seconds(PROMPT_S))

    def test_memory(self):
        self.grow("memory")

    def test_rocksdb(self):
        self.grow("rocksdb")


class UnrelatedTopics(unittest.TestCase):
    def assert_cheap(self, paths):
        """What is made beside channels that can never show it costs next to nothing, however many there are."""
        allow_descriptors(self, 2 * CHANNELS)
        server = own_server(self, "--engine", "memory", "--access-log", "off", "--first-heartbeat-ms", 3600000)
        client = server.client()
        self.assertEqual(client.request("PUT", "/topics/channels").status, 201)
        for path in paths:
            stream = SseStream(server.address(), path)
            self.addCleanup(stream.close)
            stream.started()
        time.sleep(1)  # they have parked
        costs = []
        for begin in range(0, TOPICS, TOPICS // UNRELATED_ROUNDS):
            before = server.processor_seconds()
            for number in range(begin, begin + TOPICS // UNRELATED_ROUNDS):
                self.assertEqual(client.request("PUT", f"/topics/unrelated.{number}").status, 201)
            time.sleep(0.2)
            costs.append((server.processor_seconds() - before) / (TOPICS // UNRELATED_ROUNDS))
        print(f"    a topic beside {len(paths)} channels: {' '.join(f'{1000 * cost:.2f}' for cost in costs)} ms of processor time")
        self.assertLess(min(costs), seconds(UNRELATED_S))

    def test_beside_keys(self):
        self.assert_cheap([f"/topics/channels/events?key={number}" for number in range(CHANNELS)])

    def test_beside_wildcards(self):
        self.assert_cheap([f"/events?topics=channels,elsewhere.{number}*" for number in range(CHANNELS)])


class LongPolls(unittest.TestCase):
    def rest(self, server):
        """Until the server does next to nothing: everybody waits."""
        deadline = time.monotonic() + seconds(20)
        used = 0
        while server.processor_seconds() - used > RESTING_S and time.monotonic() < deadline:
            used = server.processor_seconds()
            time.sleep(0.3)

    def ask_all(self, server, polls):
        """What the shortest answer to all of them costs: the yardstick, where the machine is slow."""
        before = server.processor_seconds()
        for poll in polls:
            poll.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for poll in polls:
            self.assertIn(b" 200 ", poll.recv(65536)[:20])
        return (server.processor_seconds() - before) / len(polls)

    def test_woken_by_one_event(self):
        """Those who wait for the same page read it once. The least of some rounds: what else runs only adds to it."""
        allow_descriptors(self, 2 * POLLS)
        server = own_server(self, "--engine", "memory", "--access-log", "off")
        client = server.client()
        self.assertEqual(client.request("PUT", "/topics/polls").status, 201)
        costs, shortest = [], []
        for number in range(POLL_ROUNDS):
            cursor = client.request("GET", "/topics/polls/events?from=latest").json()["next"]
            request = f"GET /topics/polls/events?wait_ms=60000&cursor={cursor} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            polls = [socket.create_connection(server.address()) for _ in range(POLLS)]
            for poll in polls:
                poll.sendall(request.encode())
            self.rest(server)
            before = server.processor_seconds()
            self.assertEqual(client.request("POST", "/topics/polls/events?ack=os", b"%d" % number).status, 200)
            for poll in polls:
                poll.settimeout(seconds(20))
                self.assertIn(b'"value":%d}' % number, poll.recv(65536))
            costs.append((server.processor_seconds() - before) / POLLS)
            shortest.append(self.ask_all(server, polls))
            for poll in polls:
                poll.close()
        print(f"    a long poll of {POLLS} that one event wakes: {' '.join(f'{1e6 * cost:.0f}' for cost in costs)} us; "
              f"the shortest answer: {' '.join(f'{1e6 * cost:.0f}' for cost in shortest)} us")
        self.assertLessEqual(min(costs), max(seconds(POLL_S), SHORTEST_MAX * min(shortest)))


if __name__ == "__main__":
    unittest.main()
