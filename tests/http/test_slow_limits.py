"""Readers that take too little, at the limits that the program has by itself. It takes 80 s: once, in the release."""

import time
import unittest

from live_case import open_sockets
from test_live_slow import EVENTS, GOOD, SlowCase


class LimitsOfTheProgram(SlowCase):
    """15 s and a minute, all kinds of readers side by side."""

    def test_all_kinds(self):
        self.start("--idle-timeout-ms", "600000")  # our own connections must not go while sockets are counted
        writer, good = self.writer(), self.load(readers=GOOD, expect=EVENTS, whole=True, limit=150)
        began = time.monotonic()
        sockets = open_sockets(self.server)
        self.lazy(3, 4000)
        self.lazy(3, 700)
        self.lazy(3, 1)
        self.lazy(3, 0)
        self.assertEqual(open_sockets(self.server), sockets + 12)
        writer.start()
        took = self.await_sockets(sockets + 6, 25, "readers at 0 and 1 bytes a second")
        self.assertLess(took, 20)  # 15 s, and what the socket's buffers took first
        self.await_sockets(sockets + 3, 75, "readers at 700 bytes a second")
        time.sleep(max(0.0, began + 80 - time.monotonic()))
        self.assertEqual(open_sockets(self.server), sockets + 3, "those at 4,000 bytes a second are kept")
        writer.join()
        self.assert_undisturbed(good)
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
