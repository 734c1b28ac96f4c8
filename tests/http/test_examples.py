"""Every example is run: what it produces is there, what it consumes is complete, and it goes on where it was."""

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from server import ROOT, Server, seconds

EXAMPLES = ROOT / "examples"
PYTHON = (sys.executable, EXAMPLES / "python" / "produce_consume.py")
NODE = ("node", EXAMPLES / "javascript" / "produce_consume.mjs")
WEBLOG = EXAMPLES / "weblog"
LOG = WEBLOG / "access.log"


def run(*command, text="", timeout=30):
    """Runs to the end; gives standard output."""
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True,
                          timeout=seconds(timeout), check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


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

    @property
    def url(self):
        return self.server.listening[0]

    def topic(self, name, settings=b""):
        self.assertEqual(self.server.client().request("PUT", f"/topics/{name}", settings).status, 201)

    def events(self, topic):
        answer = self.server.client().request("GET", f"/topics/{topic}/events?limit=100000&max_bytes=60000000")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["events"]


class ProduceConsume:
    """For each language; its example is self.example."""

    def start_consumer(self, *flags):
        """In the background; gives the process and the file of its standard output."""
        out = open(self.directory / "out", "w+", encoding="utf-8")
        self.addCleanup(out.close)
        process = subprocess.Popen([str(part) for part in (*self.example, "consume", self.url, "t", *flags)],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, Path(out.name)

    def await_lines(self, path, count):
        deadline = time.monotonic() + seconds(20)
        while len(path.read_text(encoding="utf-8").splitlines()) < count:
            self.assertLess(time.monotonic(), deadline, path.read_text(encoding="utf-8"))
            time.sleep(0.02)
        return lines(path.read_text(encoding="utf-8"))

    def test_produce(self):
        self.topic("t", b'{"partitions":4}')
        answer = json.loads(run(*self.example, "produce", self.url, "t", "--key", "ada & bob", text='{"n":1}\n{"n":"ä"}\n'))
        self.assertEqual(answer["count"], 2)
        events = self.events("t")
        self.assertEqual([event["value"] for event in events], [{"n": 1}, {"n": "ä"}])
        self.assertEqual({event["key"] for event in events}, {"ada & bob"})

    def test_what_is_refused_is_said(self):
        done = subprocess.run([*map(str, self.example), "produce", self.url, "none"], input="1", capture_output=True,
                              text=True, timeout=seconds(30), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("topic_not_found", done.stderr)
        done = subprocess.run([*map(str, self.example), "consume", self.url, "none"], capture_output=True,
                              text=True, timeout=seconds(30), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("topic_not_found", done.stderr)

    def test_consume_goes_on_where_it_was(self):
        self.topic("t")
        run(*self.example, "produce", self.url, "t", text="\n".join(f'{{"n":{n}}}' for n in range(10)))
        state = self.directory / "state"
        seen = []
        for count in (4, 1, 5):
            seen.append(lines(run(*self.example, "consume", self.url, "t", "--state", state, "--count", count)))
        self.assertEqual([len(part) for part in seen], [4, 1, 5])
        self.assertEqual([value["n"] for part in seen for value in part], list(range(10)))

    def test_consume_outlives_a_restart(self):
        self.topic("t")
        process, out = self.start_consumer("--state", self.directory / "state")
        run(*self.example, "produce", self.url, "t", text="1\n2\n")
        self.await_lines(out, 2)
        listen = self.url.removeprefix("http://")
        self.server.stop()
        self.server = self.serve(listen)
        run(*self.example, "produce", self.url, "t", text="3\n4\n")
        self.assertEqual(self.await_lines(out, 4), [1, 2, 3, 4])
        self.assertIsNone(process.poll())


class Python(ProduceConsume, ExampleCase):
    example = PYTHON


class JavaScript(ProduceConsume, ExampleCase):
    example = NODE


class Weblog(ExampleCase):
    def replay(self, *flags):
        return run(sys.executable, WEBLOG / "replay.py", "--url", self.url, *flags, timeout=60)

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

    def test_speed(self):
        log = self.directory / "log"
        line = '127.0.0.9 - - [22/Nov/2026:14:00:{:02} +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n'
        log.write_text("".join(line.format(second) for second in (0, 10, 20)), encoding="utf-8")
        began = time.monotonic()
        self.replay("--speed", "20", log)
        self.assertGreater(time.monotonic() - began, 1)
        self.assertEqual([event["value"]["time"][-8:-6] for event in self.events("weblog")], ["00", "10", "20"])

    def test_its_page_is_served(self):
        listen = self.url.removeprefix("http://")
        self.server.stop()
        self.server = self.serve(listen, "--static", WEBLOG)
        answer = self.server.client().request("GET", "/")
        self.assertEqual(answer.body, (WEBLOG / "index.html").read_bytes())

    def test_the_log_can_be_made_again(self):
        out = self.directory / "made.log"
        run(sys.executable, WEBLOG / "make_log.py", "--seconds", "1.5", "--visitors", "12", "--out", out)
        made = len(out.read_text(encoding="utf-8").splitlines())
        self.assertGreater(made, 5)
        self.assertIn(f"{made} events sent, 0 lines skipped", self.replay("--speed", "0", out))


if __name__ == "__main__":
    unittest.main()
