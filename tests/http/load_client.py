"""The load client of tests/live as a process: started with a limit on its time, always ended and reaped."""

import atexit
import json
import os
import selectors
import subprocess
import time

from server import binary, seconds

_running = set()


class LoadClient:
    """Readers of one path. Flags are given as keywords: expect=10 is --expect 10, whole=True is --whole."""

    def __init__(self, server, path, limit=60, **flags):
        host, port = server.address()
        program = os.environ.get("HTTP_TEST_LIVE_CLIENT",
                                 os.path.join(os.path.dirname(binary()), "tests/live/live_client"))
        arguments = [program, "--host", host, "--port", str(port), "--path", path]
        arguments += ["--seconds", str(int(seconds(limit)))]
        for name, value in flags.items():
            if value is not False:
                arguments.append("--" + name.replace("_", "-"))
            if not isinstance(value, bool):
                arguments.append(str(value))
        self.limit = seconds(limit) + 10
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        _running.add(self)
        self.began = time.monotonic()
        self.output = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def _read_line(self):
        """The next line as a document, or None at the end of its output."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.output:
                if not selector.select(max(0.0, self.began + self.limit - time.monotonic())):
                    raise AssertionError(f"the load client says nothing for {self.limit} s")
                part = os.read(self.process.stdout.fileno(), 65536)
                if not part:
                    return None
                self.output += part
        line, _, self.output = self.output.partition(b"\n")
        return json.loads(line)

    def await_open(self):
        """Waits until every reader has a position; gives itself."""
        return self._await_word("open")

    def await_complete(self):
        """Waits until every reader has what it expects; with `hold` they stay."""
        return self._await_word("complete")

    def _await_word(self, word):
        told = self._read_line()
        if told is None or word not in told or "readers" in told:
            raise AssertionError(f"never {word}: {told}")
        return self

    def result(self):
        """Waits for the end; the result of all readers. With `hold`, this ends it."""
        if self.process.stdin:
            self.process.stdin.close()
        document, line = None, self._read_line()
        while line is not None:
            document, line = line, self._read_line()
        self.end()
        if document is None or "readers" not in document:
            raise AssertionError(f"the load client ended without a result: {document}")
        return document

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        _running.discard(self)


@atexit.register
def _end_all():
    for client in list(_running):
        client.end()
