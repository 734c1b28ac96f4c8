"""What a reader costs that waits for events: memory, and descriptors that are there for nobody."""

import os
import time
import unittest

from harness import allow_descriptors, own_server
from server import seconds
from streams import SseStream

READERS = 3000
OWN_BYTES_MAX = 1500
HEADERS = {f"X-Filler-{number}": "x" * 100 for number in range(9)}  # 1 KiB with what each request has


class Idle(unittest.TestCase):
    def setUp(self):
        allow_descriptors(self, 2 * READERS)
        self.server = own_server(self, "--access-log", "off")
        client = self.server.client()
        self.assertEqual(client.request("PUT", "/topics/idle").status, 201)
        client.close()

    def open(self, count, version="1.1"):
        streams = [SseStream(self.server.address(), "/topics/idle/events", HEADERS, version=version)
                   for _ in range(count)]
        for stream in streams:
            self.addCleanup(stream.close)
            stream.started()
        return streams

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def assert_descriptors(self, wanted):
        deadline = time.monotonic() + seconds(1)
        while self.descriptors() > wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertLessEqual(self.descriptors(), wanted)

    def test_memory(self):
        """The best of three: allocations of the kernel and of glibc come in steps."""
        costs = []
        self.open(200)
        for _ in range(3):
            before = self.server.resident_bytes()
            streams = self.open(READERS // 3)
            costs.append((self.server.resident_bytes() - before) / len(streams))
        print(f"    bytes of an idle reader: {' '.join(f'{cost:.0f}' for cost in costs)}")
        self.assertLessEqual(min(costs), OWN_BYTES_MAX)

    def test_descriptors(self):
        """One for each reader, and none when it has left; also when libmicrohttpd has nothing else to do."""
        before = self.descriptors()
        for version in ("1.1", "1.0"):
            streams = self.open(300, version)
            self.assert_descriptors(before + len(streams))
            for stream in streams:
                stream.close()
            self.assert_descriptors(before)


if __name__ == "__main__":
    unittest.main()
