"""Chromium behind each proxy: the page at / under the name of the site, and EventSources over restarts."""

import json
import subprocess
import threading
from pathlib import Path

import fronts
from cases import ProxyCase, Restarting, serve_echo
from server import seconds

HERE = Path(__file__).resolve().parent


class Chromium:
    """browser.js, which does what it is told."""

    def __init__(self, modules, chromium):
        self.process = subprocess.Popen(["node", HERE / "browser.js", modules, chromium], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, command, **given):
        """An answer that does not come in time ends the browser, and so this."""
        timer = threading.Timer(seconds(60), self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(json.dumps({"command": command, **given}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise AssertionError(f"the browser ended in {command}")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{command}: {answer['error']}")
        return answer.get("result")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(seconds(20))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Browsing(Restarting):
    """Instead of the cases of Restarting, those of a browser."""

    modules = chromium = None
    test_nothing_is_lost_and_nothing_comes_twice = test_what_is_answered_while_it_is_away = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Chromium(cls.modules, cls.chromium)
        cls.addClassCleanup(cls.browser.close)

    def test_the_page_reads_and_writes(self):
        topic = self.topic()
        self.post_straight(topic, "seen before")
        self.browser.ask("open", page="page", url=f"{self.front.origin}/#{topic}")
        self.assertEqual(self.browser.ask("protocol", page="page"), "h2")
        self.browser.ask("send", page="page", text='"seen after"', shown="seen after")
        self.assertEqual([value for _, _, value in self.log_of(topic)], ["seen before", "seen after"])
        self.assertEqual(self.browser.ask("complaints", page="page"), [])

    def test_an_event_source_over_restarts(self):
        """Of a page of the site, and of a page of another one, which CORS must let back in."""
        topic = self.topic(partitions=2)
        self.browser.ask("open", page="own", url=f"{self.front.origin}/")
        self.browser.ask("open", page="other", url=serve_echo(self))
        for page in ("own", "other"):
            self.browser.ask("listen", page=page, url=f"{self.front.origin}/topics/{topic}/events?from=earliest")

        def least(what):
            counts = [self.browser.ask("counts", page=page) for page in ("own", "other")]
            self.assertNotIn(2, [each["state"] for each in counts], "an EventSource has closed for good")
            return min(each[what] for each in counts)

        log = self.over_restarts(topic, lambda: least("events"), lambda: least("opened"))
        for page in ("own", "other"):
            with self.subTest(page):
                noted = self.browser.ask("noted", page=page)
                self.assertEqual({kind for kind, _, _ in noted["events"]}, {"message"})
                got = [json.loads(data) for _, data, _ in noted["events"]]
                self.assertEqual(sorted((each["partition"], each["offset"], each["value"]) for each in got), log)


def make_cases(modules, chromium):
    """The classes of cases, one a proxy."""
    return [type(f"{name.capitalize()}Browsing", (Browsing, ProxyCase),
                 {"make": staticmethod(make), "modules": modules, "chromium": chromium})
            for name, make in fronts.ALL.items()]
