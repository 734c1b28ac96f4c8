"""What streams cost while nothing happens: a figure of a release build."""

import time
import unittest

from live_case import within_tries
from test_live_load import PARTITIONS, LoadCase, publish


class IdleCost(LoadCase):
    flags = ("--access-log", "off", "--read-threads", "2")  # a server that has done nothing else

    def test_idle_streams(self):
        name = self.topic(partitions=PARTITIONS)
        readers = self.load(f"/topics/{name}/events", readers=1000, hold=True, limit=120).await_open()

        def measure():
            time.sleep(1)
            before, began = self.server.processor_seconds(), time.monotonic()
            time.sleep(10)
            return (self.server.processor_seconds() - before) / (time.monotonic() - began)

        within_tries("part of a core with 1,000 idle streams", measure, 0.01)
        publish(self.client, name, 100)
        result = readers.result()
        self.assertEqual((result["fault"], result["opened"], result["closed"]), ("", 1000, 0), result)


if __name__ == "__main__":
    unittest.main()
