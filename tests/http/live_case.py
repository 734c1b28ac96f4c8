"""What the modules of the stage `live` share: streams that are closed with their case, and tries by the clock."""

import json
import os
import time

from harness import HttpCase
from server import ServerError
from streams import LineStream, SseStream

TRIES = 3  # for what is held against the clock


class LiveCase(HttpCase):
    """Cases with streams."""

    def stream(self, path, headers=None, **options):
        """An event stream that must have begun; options are of the query, and of SseStream."""
        stream = SseStream(self.server.address(), path, headers, **options)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200, f"{path} {stream.raw!r}")
        return stream

    def follow(self, topic, headers=None, **query):
        """The stream of a topic, with its position known."""
        return self.stream(f"/topics/{topic}/events", headers, **query).started()

    def follow_all(self, topics, headers=None, **query):
        return self.stream("/events", headers, topics=topics, **query).started()

    def line_stream(self, path, headers=None, **query):
        stream = LineStream(self.server.address(), path, headers, follow="true", **query)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200, f"{path} {stream.raw!r}")
        return stream

    def refused(self, path, headers=None, **query):
        """The answer of a request for a stream that is refused."""
        stream = SseStream(self.server.address(), path, headers, **query)
        self.addCleanup(stream.close)
        return stream.refusal()

    def delete(self, topic):
        self.assertEqual(self.request("DELETE", f"/topics/{topic}").status, 204)

    def page_texts(self, topic, **query):
        """The text of each event as a page of lines has it, for comparing byte by byte."""
        answer = self.get(f"/topics/{topic}/events", format="ndjson", **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.body.decode().splitlines()


def note(item):
    """The document of a gap or an end."""
    return json.loads(item.data)


def within_tries(what, measure, limit):
    """Measures up to three times, prints each, and fails when none is below the limit. A measurement that raises is no
    try: what is wrong is wrong at once."""
    for number in range(TRIES):
        measured = measure()
        print(f"    {what}: {measured:.3f} (below {limit:.3f}), try {number + 1}", flush=True)
        if measured < limit:
            return
    raise AssertionError(f"{what}: {measured:.3f} is not below {limit:.3f} in {TRIES} tries")


def open_files(server, kind=""):
    """The descriptors of the process, or those of a kind: `socket:`."""
    folder, count = f"/proc/{server.pid}/fd", 0
    for name in os.listdir(folder):
        try:
            count += os.readlink(os.path.join(folder, name)).startswith(kind)
        except FileNotFoundError:
            pass  # closed meanwhile
    return count


def open_sockets(server):
    return open_files(server, "socket:")


def await_true(condition, timeout, what):
    """Polls; gives the seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > timeout:
            raise ServerError(f"{what}: not within {timeout} s")
        time.sleep(0.02)
    return time.monotonic() - began
