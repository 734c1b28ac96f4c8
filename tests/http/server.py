"""One server process under test: started with a deadline, always ended by its pid, its standard error searched."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from client import Client

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/sanitizers"))

import reports  # noqa: E402: it lies in a folder of its own

SCALE = max(1.0, float(os.environ.get("HTTP_TEST_SCALE", "1")))  # how much slower this build is than a release

START_SECONDS = 15
STOP_SECONDS = 5  # what the program promises after SIGTERM
REQUEST_SECONDS = 30
CPUCLOCK_SCHED = 2  # of a process, with its id as bits: see clock_getcpuclockid(3)

_running = set()


def processor_seconds(pid):
    """What a process has used so far, to the nanosecond: /proc counts in hundredths of a second."""
    return time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)


class ServerError(AssertionError):
    """The process did not do what a process has to do: start, stop, keep sanitizers quiet."""


def binary():
    """The program under test."""
    return os.environ.get("HTTP_TEST_BINARY", str(ROOT / "build/test/tailrace"))


def seconds(release_seconds):
    """A time limit of a release build, stretched for the build under test."""
    return release_seconds * SCALE


def clean_environment(extra=None):
    """This process's environment without settings of the server that happen to be in it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAILRACE_")}
    environment.update(extra or {})
    return environment


def run_program(*arguments, env=None, timeout=10):
    """Runs the program to its end; for --help and for starts that must fail."""
    return subprocess.run([binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=clean_environment(env), timeout=seconds(timeout), check=False)


class Server:
    """`data` is kept when it is given, and otherwise lives as long as this object."""

    def __init__(self, *flags, data=None, listen=("127.0.0.1:0",), column_families=4, env=None):
        self.directory = tempfile.mkdtemp(prefix="tailrace-http-")
        self.data = str(data) if data else os.path.join(self.directory, "data")
        self.arguments = [binary(), "serve"]
        for where in listen:
            self.arguments += ["--listen", where]
        if data is not False:
            self.arguments += ["--data", self.data]
        if column_families:
            self.arguments += ["--column-families", str(column_families)]
        self.arguments += [str(flag) for flag in flags]
        self.listeners = max(1, len(listen))
        self.env = env
        self.process = None
        self.starts = 0
        self.clients = []

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self):
        self.starts += 1
        with open(self._file("out"), "wb") as out, open(self._file("err"), "wb") as err:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            env=clean_environment(self.env), cwd=self.directory)
        _running.add(self)
        self._await_listening()
        return self

    def _await_listening(self):
        deadline = time.monotonic() + seconds(START_SECONDS)
        while True:
            self.listening = [line.split(" ", 1)[1] for line in self._text("out").splitlines(keepends=True)
                              if line.startswith("listening ") and line.endswith("\n")]
            self.listening = [where.strip() for where in self.listening]
            if len(self.listening) >= self.listeners:
                return
            if self.process.poll() is not None:
                self._fail(f"ended with {self.process.returncode} instead of listening")
            if time.monotonic() > deadline:
                self._fail("is not listening in time")
            time.sleep(0.002)

    def stop(self):
        """SIGTERM; it must end by itself, in time, with 0, and without a sanitizer's report."""
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGTERM)
        return self.wait_stopped()

    def wait_stopped(self):
        began = time.monotonic()
        try:
            code = self.process.wait(seconds(STOP_SECONDS))
        except subprocess.TimeoutExpired:
            self._fail(f"is still there {seconds(STOP_SECONDS):.0f} s after SIGTERM")
        _running.discard(self)
        self.check_stderr()
        if code != 0:
            self._fail(f"ended with {code} after SIGTERM")
        return time.monotonic() - began

    def kill(self):
        """kill -9, by pid, and reaped. Harmless when it is gone already."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        _running.discard(self)

    def remove(self):
        """Ends the process if it is still there and removes the temporary directory."""
        self.kill()
        for client in self.clients:
            client.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        try:
            if kind is None and self.process.poll() is None:
                self.stop()
        finally:
            self.remove()

    # -- what it says --------------------------------------------------------------------------------------------

    @property
    def pid(self):
        return self.process.pid

    def address(self, index=0):
        """What to connect to: (host, port), or the path of a unix socket."""
        where = self.listening[index]
        if where.startswith("unix:"):
            return where.removeprefix("unix:")
        parts = urlsplit(where)
        return parts.hostname, parts.port

    def client(self, index=0):
        client = Client(self.address(index), seconds(REQUEST_SECONDS))
        self.clients.append(client)
        return client

    def stderr(self):
        return self._text("err")

    def check_stderr(self):
        """Fails on a sanitizer's report, wherever it was written."""
        found = reports.parse(self.stderr() + reports.written_by(self.pid))
        if found:
            self._fail(f"was reported by a sanitizer: {found[0].kind}\n{found[0].text[-6000:]}")

    def resident_bytes(self):
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise ServerError("no VmRSS")

    def processor_seconds(self):
        return processor_seconds(self.pid)

    def _file(self, kind):
        return os.path.join(self.directory, f"{kind}.{self.starts}")

    def _text(self, kind):
        with open(self._file(kind), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _fail(self, what):
        self.kill()
        raise ServerError(f"server {what}\n{self.stderr()[-6000:]}")


def exit_on_sigterm():
    """For programs that use this: a SIGTERM to them still runs what ends the servers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@atexit.register
def _end_all():
    for server in list(_running):
        server.remove()
