"""Bases of the cases that run the examples: a server, a folder, and what the example of each language must do."""

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from scripted_server import ScriptedServer
from server import ROOT, Server, seconds

EXAMPLES = ROOT / "examples"
WEBLOG = EXAMPLES / "weblog"
LOG = WEBLOG / "access.log"


def run(*command, text="", timeout=30):
    """Runs to the end; gives standard output."""
    done = run_any(*command, text=text, timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def run_any(*command, text="", timeout=30):
    """Runs to the end, whatever that is."""
    return subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True,
                          timeout=seconds(timeout), check=False)


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def problem(status, code, retryable, **more):
    document = {"type": "about:blank", "title": code, "status": status, "detail": f"made up: {code}", "code": code,
                "retryable": retryable, **more}
    return status, document, {"Content-Type": "application/problem+json"}


def page(values, following):
    return 200, {"events": [{"topic": "t", "partition": 0, "offset": number, "timestamp": 0, "value": value}
                            for number, value in enumerate(values)], "next": following, "up_to_date": True}, {}


class ExampleCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="tailrace-examples-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.server = self.serve("127.0.0.1:0")

    def serve(self, listen, *flags):
        server = Server(*flags, data=self.directory / "data", listen=(listen,))
        self.addCleanup(server.remove)
        return server.start()

    def restart(self, *flags):
        """At the same address, with the same data."""
        listen = self.url.removeprefix("http://")
        self.server.stop()
        self.server = self.serve(listen, *flags)

    @property
    def url(self):
        return self.server.listening[0]

    def topic(self, name, settings=b""):
        self.assertEqual(self.server.client().request("PUT", f"/topics/{name}", settings).status, 201)

    def append(self, topic, *values):
        answer = self.server.client().request("POST", f"/topics/{topic}/events", json.dumps(values).encode())
        self.assertEqual(answer.status, 200, answer)

    def events(self, topic):
        answer = self.server.client().request("GET", f"/topics/{topic}/events?limit=100000&max_bytes=60000000")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["events"]

    def start(self, *command):
        """In the background; gives the process and the file of its standard output."""
        out = open(self.directory / "out", "w+", encoding="utf-8")
        self.addCleanup(out.close)
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, Path(out.name)

    def await_lines(self, path, count):
        deadline = time.monotonic() + seconds(20)
        while len(path.read_text(encoding="utf-8").splitlines()) < count:
            self.assertLess(time.monotonic(), deadline, path.read_text(encoding="utf-8"))
            time.sleep(0.02)
        return lines(path.read_text(encoding="utf-8"))

    def assert_outlives_a_restart(self, *command):
        """The program prints what is appended to the topic t, before a restart of the server and after it."""
        self.topic("t")
        process, out = self.start(*command)
        self.append("t", 1, 2)
        self.await_lines(out, 2)
        self.restart()
        self.append("t", 3, 4)
        self.assertEqual(self.await_lines(out, 4), [1, 2, 3, 4])
        self.assertIsNone(process.poll())


class ProduceConsume:
    """For each language; its example is self.produce_consume."""

    def produce(self, *flags, text, url=None):
        return json.loads(run(*self.produce_consume, "produce", url or self.url, "t", *flags, text=text))

    def test_produce(self):
        self.topic("t", b'{"partitions":4}')
        answer = self.produce("--key", "ada & bob", text='{"n":1}\n{"n":"ä"}\n')
        self.assertEqual(answer["count"], 2)
        events = self.events("t")
        self.assertEqual([event["value"] for event in events], [{"n": 1}, {"n": "ä"}])
        self.assertEqual({event["key"] for event in events}, {"ada & bob"})

    def test_what_is_refused_is_said(self):
        for what in ("produce", "consume"):
            done = run_any(*self.produce_consume, what, self.url, "none", text="1")
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("topic_not_found", done.stderr)

    def test_consume_goes_on_where_the_group_was(self):
        self.topic("t", b'{"partitions":2}')
        self.append("t", *range(5))
        self.append("t", *range(5, 10))
        seen = [lines(run(*self.produce_consume, "consume", self.url, "t", "--group", "g", "--count", count))
                for count in (4, 1, 5)]
        self.assertEqual([len(part) for part in seen], [4, 1, 5])
        self.assertEqual(sorted(value for part in seen for value in part), list(range(10)))
        self.assertEqual(self.server.client().request("GET", "/groups/g").json()["lag"], 0)
        other = run(*self.produce_consume, "consume", self.url, "t", "--group", "h", "--count", 10)
        self.assertEqual(sorted(lines(other)), list(range(10)))

    def test_consume_outlives_a_restart(self):
        self.assert_outlives_a_restart(*self.produce_consume, "consume", self.url, "t", "--group", "g")

    def test_produce_waits_for_a_server(self):
        """It tries again as long as nothing was written."""
        answers = [problem(503, "overloaded", True, written=False), (200, {"ack": "disk", "count": 1}, {})]
        with ScriptedServer(answers) as server:
            self.assertEqual(self.produce(text="1\n", url=server.url)["count"], 1)
            self.assertEqual([request[2] for request in server.requests], ["1", "1"])

    def test_produce_sends_nothing_twice(self):
        """When nobody knows whether it was written, that is said."""
        for answer in (None, problem(500, "write_unknown", True, written=None), (502, "<html>", {})):
            with ScriptedServer([answer]) as server:
                done = run_any(*self.produce_consume, "produce", server.url, "t", text="1\n")
                self.assertEqual(done.returncode, 1, done)
                self.assertNotEqual(done.stderr, "")
                self.assertEqual(len(server.requests), 1)

    def test_consume_copes(self):
        """With no answer, a position that is gone, and a commit that fails: nothing is processed twice."""
        answers = [None, (502, "<html>", {}), problem(410, "offset_gone", False, cursor="A"), page(["a", "b"], "B"),
                   problem(503, "overloaded", True, written=False), None, (200, {}, {}), page(["c"], "C"),
                   (200, {}, {})]
        with ScriptedServer(answers) as server:
            done = run_any(*self.produce_consume, "consume", server.url, "t", "--group", "g", "--count", 3)
            self.assertEqual(done.returncode, 0, done)
            self.assertEqual(lines(done.stdout), ["a", "b", "c"])
            self.assertIn("offset_gone", done.stderr)
            reads = [parse_qs(urlsplit(path).query) for method, path, _ in server.requests if method == "GET"]
            self.assertEqual([query.get("cursor") for query in reads], [None, None, None, ["A"], ["B"]])
            self.assertEqual(reads[0]["group"], ["g"])
            commits = [json.loads(body)["cursor"] for method, _, body in server.requests if method == "POST"]
            self.assertEqual(commits, ["B", "B", "B", "C"])


class Follow:
    """For each language; its example is self.follow."""

    def test_what_is_refused_is_said(self):
        done = run_any(*self.follow, self.url, "none")
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("topic_not_found", done.stderr)

    def test_goes_on_where_it_was(self):
        self.topic("t")
        self.append("t", *range(10))
        state = self.directory / "state"
        seen = [lines(run(*self.follow, self.url, "t", "--state", state, "--count", count)) for count in (4, 1, 5)]
        self.assertEqual(seen, [[0, 1, 2, 3], [4], [5, 6, 7, 8, 9]])

    def test_outlives_a_restart(self):
        self.assert_outlives_a_restart(*self.follow, self.url, "t")

    def test_ends_with_its_topic(self):
        """The stream says that it is over, and is asked for once more."""
        self.topic("t")
        self.append("t", 1)
        process, out = self.start(*self.follow, self.url, "t")
        self.await_lines(out, 1)
        self.assertEqual(self.server.client().request("DELETE", "/topics/t").status, 204)
        self.assertEqual(process.wait(seconds(20)), 0)


class WeblogCase(ExampleCase):
    def replay(self, *flags):
        return run(sys.executable, WEBLOG / "replay.py", "--url", self.url, *flags, timeout=60)
