"""What the program says to a person: standard error is a terminal here."""

import contextlib
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from client import exchange
from server import Server, binary, clean_environment, seconds


class Terminal(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="tailrace-terminal-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def terminal(self, *flags, env=None, listen=("127.0.0.1:0",)):
        """What a person at a terminal sees of a server that was asked once, and the address it listens on."""
        ours, theirs = os.openpty()
        out = Path(self.directory, "out")
        where = [text for address in listen for text in ("--listen", address)]
        with out.open("wb") as stdout:
            process = subprocess.Popen([binary(), "serve", "--engine", "memory", *where, *flags], stdin=subprocess.DEVNULL,
                                       stdout=stdout, stderr=theirs, env=clean_environment(env))
        os.close(theirs)
        try:
            deadline = time.monotonic() + seconds(10)
            while out.read_text(encoding="ascii").count("\n") < len(listen):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            first = out.read_text(encoding="ascii").splitlines()[0].removeprefix("listening ")
            if first.startswith("http"):
                at = urlsplit(first)
                exchange((at.hostname, at.port), b"GET /livez HTTP/1.0\r\n\r\n", seconds(5))
        finally:
            process.terminate()
            process.wait(seconds(10))
        seen = b""
        with contextlib.suppress(OSError):  # as a terminal ends that nobody holds any more
            while part := os.read(ours, 65536):
                seen += part
        os.close(ours)
        self.assertEqual(out.read_text(encoding="ascii").count("\n"), len(listen))
        return seen.decode().replace("\r\n", "\n"), first

    def test_a_terminal_shows_where_to_look_and_no_accesses(self):
        seen, url = self.terminal()
        self.assertEqual(seen.count(f"open {url} in a browser\n"), 1, seen)
        self.assertNotIn("event=request", seen)
        for asked in ({"flags": ("--access-log", "on")}, {"env": {"TAILRACE_ACCESS_LOG": "on"}}):
            seen, _ = self.terminal(*asked.get("flags", ()), env=asked.get("env"))
            self.assertIn("event=request", seen)

    def test_an_address_that_a_browser_can_open(self):
        seen, url = self.terminal(listen=("0.0.0.0:0",))
        self.assertIn(f"open {url.replace('0.0.0.0', '127.0.0.1')} in a browser\n", seen)
        seen, url = self.terminal(listen=("[::]:0",))
        self.assertIn(f"open {url.replace('[::]', '[::1]')} in a browser\n", seen)
        seen, _ = self.terminal(listen=(f"unix:{self.directory}/socket",))
        self.assertNotIn("in a browser", seen)

    def test_elsewhere_accesses_are_logged_and_nobody_is_told_to_look(self):
        with Server() as server:
            server.client().request("GET", "/livez")
            server.stop()
            self.assertIn("event=request", server.stderr())
            self.assertNotIn("in a browser", server.stderr())


if __name__ == "__main__":
    unittest.main()
