"""Memory stays flat while a gigabyte goes in and comes out: nothing that passes is kept. A release's figure."""

import os
import unittest

from harness import NDJSON, own_server

MIB = 1 << 20
BODIES = 64
WARM_BODIES = 16
GROWTH_MAX = 256 * MIB  # write buffers and table caches may still fill after the first quarter


class MemoryFlat(unittest.TestCase):
    def setUp(self):
        self.server = own_server(self, "--access-log", "off")
        self.client = self.server.client()
        self.client.request("PUT", "/topics/bulk", b'{"partitions":4}')

    def body(self):
        """Just under 16 MiB of lines that do not compress to nothing."""
        line = b'{"noise":"%s"}\n'
        noise = [os.urandom(2040).hex().encode() for _ in range(64)]
        lines = [line % noise[number % 64] for number in range(16 * MIB // len(line % noise[0]))]
        return b"".join(lines), len(lines)

    def test_in_and_out(self):
        body, lines = self.body()
        warm = 0
        for number in range(BODIES):
            ack = "disk" if number % 2 else "os"
            answer = self.client.request("POST", f"/topics/bulk/events?ack={ack}", body, {"Content-Type": NDJSON})
            self.assertEqual((answer.status, answer.json()["count"]), (200, lines), answer)
            if number + 1 == WARM_BODIES:
                warm = self.server.resident_bytes()
        written = self.server.resident_bytes()
        self.read_back(lines * BODIES)
        read = self.server.resident_bytes()
        print(f"    memory: {warm // MIB} MiB after 256 MiB, {written // MIB} after 1 GiB, {read // MIB} after reading")
        self.assertLess(written, warm + GROWTH_MAX)
        self.assertLess(read, warm + GROWTH_MAX)
        self.server.stop()

    def read_back(self, expected):
        path = "/topics/bulk/events?format=ndjson&view=value&limit=10000&max_bytes=8388608"
        target, count = path, 0
        while count < expected:
            answer = self.client.request("GET", target)
            self.assertEqual(answer.status, 200)
            here = answer.body.count(b"\n")
            self.assertGreater(here, 0, f"the end came after {count} of {expected}")
            count += here
            target = f"{path}&cursor={answer.header('Next-Cursor')}"
        self.assertEqual(count, expected)


if __name__ == "__main__":
    unittest.main()
