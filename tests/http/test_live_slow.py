"""Readers that take too little are cut, the others do not notice: with short limits; test_slow_limits has the usual
ones."""

import threading
import time
import unittest

from harness import unique
from live_case import await_true, open_sockets
from load_client import LoadClient
from server import SCALE, Server, seconds
from streams import SseStream
from test_live_load import publish

STALL_MS, WINDOW_MS = 2000, 4000
GOOD, EVENTS = (50, 4000) if SCALE <= 1 else (10, 1000)
SMALL_BUFFER = 4096


class SlowCase(unittest.TestCase):
    def start(self, *flags):
        self.server = Server("--access-log", "off", *flags)
        self.addCleanup(self.server.remove)
        self.server.start()
        self.client = self.server.client()
        self.topic = unique("slow")
        self.client.request("PUT", f"/topics/{self.topic}", b'{"partitions":4}')
        self.path = f"/topics/{self.topic}/events"

    def writer(self):
        """A thread, not yet started, with a connection of its own: in the background, so that there is always more than a
        slow reader takes."""
        client = self.server.client()
        client.request("GET", "/livez")
        thread = threading.Thread(target=publish, args=(client, self.topic, EVENTS), kwargs={"pause": 0.02})
        self.addCleanup(lambda: thread.ident and thread.join())
        return thread

    def load(self, **flags):
        client = LoadClient(self.server, self.path, hold=True, **flags)
        self.addCleanup(client.end)
        return client.await_open()

    def lazy(self, readers, pace):
        return self.load(readers=readers, pace=pace, receive_buffer=SMALL_BUFFER, limit=150)

    def await_sockets(self, count, most_seconds, what):
        took = await_true(lambda: open_sockets(self.server) <= count, most_seconds, what)
        print(f"    {what} were cut within {took:.1f} s", flush=True)
        return took

    def assert_undisturbed(self, good):
        result = good.await_complete().result()
        self.assertEqual((result["fault"], result["complete"], result["closed"]), ("", GOOD, 0), result)

    def measure_cut(self, pace, most_seconds):
        """How long slow readers live while events come and others read, who may not be disturbed."""
        writer, good = self.writer(), self.load(readers=GOOD, expect=EVENTS, whole=True, limit=150)
        sockets = open_sockets(self.server)
        self.lazy(5, pace)
        await_true(lambda: open_sockets(self.server) == sockets + 5, seconds(5), "five more sockets")  # two each for a moment
        writer.start()
        took = self.await_sockets(sockets, most_seconds, f"5 readers at {pace} bytes a second")
        writer.join()
        self.assert_undisturbed(good)
        self.server.stop()
        return took


class ShortLimits(SlowCase):
    def setUp(self):
        self.start("--stall-timeout-ms", STALL_MS, "--slow-window-ms", WINDOW_MS, "--heartbeat-ms", "500")

    def test_who_takes_nothing(self):
        self.assertGreater(self.measure_cut(0, seconds(20)), STALL_MS / 1000 - 1)

    def test_who_takes_a_byte_a_second(self):
        self.measure_cut(1, seconds(20))

    def test_who_takes_a_little(self):
        """Too much for the first limit, too little for the second."""
        self.measure_cut(700, seconds(30))

    def test_who_takes_enough_is_kept(self):
        """Far behind, but at some KiB a second."""
        sockets = open_sockets(self.server)
        lazy = self.lazy(3, 8000)
        publish(self.client, self.topic, EVENTS)
        time.sleep(2.5 * WINDOW_MS / 1000)
        self.assertGreaterEqual(open_sockets(self.server), sockets + 3)
        self.assertEqual(lazy.result()["closed"], 0)
        self.server.stop()

    def test_who_has_nothing_to_take_is_kept(self):
        lazy = self.lazy(3, 0)
        sockets = open_sockets(self.server)
        time.sleep(2.5 * WINDOW_MS / 1000)
        self.assertEqual(open_sockets(self.server), sockets)
        self.assertEqual(lazy.result()["closed"], 0)
        self.server.stop()

    def test_who_was_cut_resumes(self):
        stream = SseStream(self.server.address(), self.path, receive_buffer=SMALL_BUFFER)
        self.addCleanup(stream.close)
        stream.started()
        sockets = open_sockets(self.server)
        publish(self.client, self.topic, EVENTS)
        await_true(lambda: open_sockets(self.server) < sockets, seconds(30), "it lives on")
        stream.wait(lambda stream: False, 10)  # what was with the kernel
        got = len(stream.events())
        self.assertTrue(stream.closed)
        self.assertLess(got, EVENTS)
        with SseStream(self.server.address(), self.path, {"Last-Event-ID": stream.id}) as rest:
            self.assertEqual(len(rest.take(EVENTS - got, 30)), EVENTS - got)
        self.server.stop()

    def test_memory_of_readers_that_are_behind(self):
        """A position, not a queue: what waits for them is not kept for each."""
        publish(self.client, self.topic, 2000)
        before = self.server.resident_bytes()
        lazy = self.lazy(100, 8000)
        publish(self.client, self.topic, 20000)
        grown = self.server.resident_bytes() - before
        print(f"    100 readers that are 20,000 events behind: {grown / (1 << 20):.1f} MiB more", flush=True)
        if SCALE <= 1:
            self.assertLess(grown, 100 << 20)  # 20,000 events are 5 MiB: kept for each, they would be 500
        self.assertEqual(lazy.result()["fault"], "")
        self.server.stop()


class MemoryLimit(SlowCase):
    """Text that waits for sockets has one limit for all streams. A low one may slow streams down, and cut those that take
    nothing; it may not leave anybody waiting for good."""

    def check(self, lazy):
        self.start("--stream-bytes", "16MiB")
        events = 400 if SCALE <= 1 else 100
        good = self.load(readers=5, expect=events, whole=True, limit=40)
        if lazy > 0:
            self.lazy(lazy, 0)
        body = b'"%s"' % (b"x" * 300000)
        for number in range(events):
            answer = self.client.request("POST", f"{self.path}?ack=os&partition={number % 4}", body)
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual(good.await_complete().result()["fault"], "")
        self.server.stop()

    def test_with_readers_that_keep_up(self):
        self.check(0)

    def test_beside_readers_that_take_nothing(self):
        self.check(20)


if __name__ == "__main__":
    unittest.main()
