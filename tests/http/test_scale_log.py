"""Standard error is a pipe that nobody reads: the log may lose lines, and the service nothing."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from client import Client
from server import STOP_SECONDS, binary, clean_environment, processor_seconds, seconds

REQUESTS = 3000
TARGET = "/topics?prefix=" + "x" * 180  # its line is 300 bytes long: 3,000 are more than the log's ring and a pipe hold


class Piped:
    """A server whose standard error is a pipe; `read_on` begins to read it."""

    def __init__(self, case, *flags, **options):
        directory = tempfile.TemporaryDirectory(prefix="tailrace-log-")
        case.addCleanup(directory.cleanup)
        command = [binary(), "serve", "--listen", "127.0.0.1:0", "--engine", "memory", *flags]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=clean_environment(), cwd=directory.name, **options)
        self.pid = self.process.pid
        case.addCleanup(self.end)
        line = self.process.stdout.readline().decode()
        case.assertRegex(line, r"^listening http://127\.0\.0\.1:\d+$")
        self.client = Client(("127.0.0.1", int(line.rpartition(":")[2])), seconds(10))
        case.addCleanup(self.client.close)
        self.text, self.thread = b"", None

    def end(self):
        self.process.kill()
        self.process.wait()
        if self.thread:
            self.thread.join(seconds(10))
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()

    def ask(self, target=TARGET):
        return self.client.request("GET", target).status

    def dropped(self):
        text = self.client.request("GET", "/metrics").body.decode()
        return int(re.search(r"^tailrace_log_lines_dropped_total (\d+)$", text, re.MULTILINE)[1])

    def _read(self):
        while part := os.read(self.process.stderr.fileno(), 65536):
            self.text += part

    def read_on(self):
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def await_text(self, pattern):
        deadline = time.monotonic() + seconds(10)
        while not (hit := re.search(pattern, self.text)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern} is not in the log within 10 s; its end is {self.text[-400:]}")
            time.sleep(0.01)
        return hit

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds(STOP_SECONDS))
        return code, time.monotonic() - began


class UnreadLog(unittest.TestCase):
    def flooded(self, **options):
        server = Piped(self, "--access-log", "on", **options)
        answers = [server.ask() for _ in range(REQUESTS)]
        self.assertEqual(answers.count(200), REQUESTS)
        dropped = server.dropped()
        self.assertGreater(dropped, 100)
        return server, dropped

    def test_all_are_answered_and_the_gap_is_reported(self):
        server, dropped = self.flooded()
        server.read_on()
        server.await_text(rb"prefix=x+")
        while not re.search(rb"event=log dropped=", server.text):  # the next line that fits says so
            self.assertEqual(server.ask("/livez"), 200)
            time.sleep(0.01)

        reported = int(server.await_text(rb"level=warning event=log dropped=(\d+)\n")[1])
        self.assertGreaterEqual(reported, dropped)
        self.assertEqual(server.ask("/topics?prefix=afterwards"), 200)
        server.await_text(rb"prefix=afterwards")
        self.assertEqual(server.dropped(), reported)

        self.assertEqual(server.stop()[0], 0)
        server.thread.join(seconds(10))
        lines = server.text.decode().splitlines()
        self.assertTrue(all(line.startswith("time=") for line in lines))
        self.assertTrue(lines[-1].endswith(" event=end"), lines[-1])
        written = sum("prefix=\"" in line or "prefix=x" in line for line in lines)
        self.assertGreaterEqual(written + reported, REQUESTS)

    def test_sigterm_ends_it_unread(self):
        server, _ = self.flooded()
        code, took = server.stop()
        print(f"    stopped after {took:.2f} s", flush=True)
        self.assertEqual(code, 0)
        self.assertLess(took, STOP_SECONDS)

    def test_it_waits_without_working(self):
        server, _ = self.flooded()
        before = processor_seconds(server.pid)
        time.sleep(2)
        self.assertLess(processor_seconds(server.pid) - before, 0.1)
        self.assertEqual(server.ask(), 200)

    def test_a_reader_that_goes_ends_nothing(self):
        server = Piped(self, "--access-log", "on")
        server.process.stderr.close()
        self.assertEqual([server.ask() for _ in range(100)].count(200), 100)
        deadline = time.monotonic() + seconds(5)
        while server.dropped() == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertGreater(server.dropped(), 0)
        self.assertEqual(server.stop()[0], 0)

    def test_closed_from_the_start(self):
        with tempfile.TemporaryDirectory(prefix="tailrace-log-") as directory:
            process = subprocess.Popen([binary(), "serve", "--listen", "127.0.0.1:0", "--data", directory + "/data",
                                        "--column-families", "4", "--access-log", "on"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, env=clean_environment(), preexec_fn=lambda: os.close(2))
            try:
                port = int(process.stdout.readline().decode().rpartition(":")[2])
                with contextlib.closing(Client(("127.0.0.1", port), seconds(10))) as client:
                    self.assertEqual([client.request("GET", TARGET).status for _ in range(100)].count(200), 100)
                self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/2"), "/dev/null")
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(seconds(STOP_SECONDS)), 0)
            finally:
                process.kill()
                process.wait()
                process.stdout.close()


if __name__ == "__main__":
    unittest.main()
