"""The examples that need Python alone: what they produce is there, what they consume is complete, and they go on where
they were. The others are in test_examples_more."""

import sys
import time
import unittest

from examples_case import EXAMPLES, LOG, WEBLOG, ExampleCase, Follow, ProduceConsume, WeblogCase
from server import seconds


class PythonProduceConsume(ProduceConsume, ExampleCase):
    produce_consume = (sys.executable, EXAMPLES / "python/produce_consume.py")


class PythonFollow(Follow, ExampleCase):
    follow = (sys.executable, EXAMPLES / "python/follow.py")


class Weblog(WeblogCase):
    def test_the_log_is_one(self):
        count = len(LOG.read_text(encoding="utf-8").splitlines())
        self.assertGreater(count, 1000)
        self.assertIn(f"{count} events sent, 0 lines skipped", self.replay("--speed", "0"))
        events = self.events("weblog")
        self.assertEqual(len(events), count)
        self.assertTrue(all(event["key"] == event["value"]["visitor"] for event in events))
        visitors = {}
        for event in events:
            self.assertEqual(visitors.setdefault(event["key"], event["partition"]), event["partition"])
        self.assertGreater(len(visitors), 10)
        self.assertGreater(len(set(visitors.values())), 1)
        statuses = {event["value"]["status"] for event in events}
        self.assertLessEqual({200, 304, 404}, statuses)

    def test_what_is_no_line_is_skipped(self):
        log = self.directory / "log"
        with open(LOG, encoding="utf-8") as source:
            log.write_text("nonsense\n" + "".join(source.readline() for _ in range(3)) + "\n", encoding="utf-8")
        self.assertIn("3 events sent, 2 lines skipped", self.replay("--speed", "0", "--topic", "short", log))
        self.assertEqual(len(self.events("short")), 3)

    def test_a_server_that_is_away_is_waited_for(self):
        listen = self.url.removeprefix("http://")
        self.server.stop()
        process, _ = self.start(sys.executable, WEBLOG / "replay.py", "--url", f"http://{listen}", "--speed", "0")
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        self.server = self.serve(listen)
        self.assertEqual(process.wait(seconds(30)), 0)
        self.assertEqual(len(self.events("weblog")), len(LOG.read_text(encoding="utf-8").splitlines()))

    def test_speed(self):
        log = self.directory / "log"
        line = '127.0.0.9 - - [22/Nov/2026:14:00:{:02} +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n'
        log.write_text("".join(line.format(second) for second in (0, 10, 20)), encoding="utf-8")
        began = time.monotonic()
        self.replay("--speed", "20", log)
        self.assertGreater(time.monotonic() - began, 1)
        self.assertEqual([event["value"]["time"][-8:-6] for event in self.events("weblog")], ["00", "10", "20"])

    def test_its_page_is_served(self):
        self.restart("--static", WEBLOG)
        answer = self.server.client().request("GET", "/")
        self.assertEqual(answer.body, (WEBLOG / "index.html").read_bytes())


if __name__ == "__main__":
    unittest.main()
