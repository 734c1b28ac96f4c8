#!/usr/bin/env python3
"""Produces events, and consumes them as a consumer group, with Python's standard library alone.

    produce_consume.py produce URL TOPIC [--key KEY]             # lines of JSON from standard input, one event each
    produce_consume.py consume URL TOPIC --group GROUP [--count N]

`consume` prints the value of each event. The server keeps the group's position: start the program again, on any
machine, and it goes on there. It outlives restarts of the server. Each event is processed at least once: an event that
was processed but not yet committed when the program died is processed again."""

import argparse
import http.client
import json
import random
import sys
import time
from urllib.parse import quote, urlencode, urlsplit

PAGE_EVENTS = 500
WAIT_MS = 20_000  # how long the server holds an empty page back
ANSWER_SECONDS = WAIT_MS / 1000 + 10  # no answer for longer than that: the connection is dead
PRODUCE_SECONDS = 60  # how long to try to send
PAUSE_SECONDS = (0.25, 15)  # before the first try again, and at most


class Refused(Exception):
    """The server said no. The same request will not succeed later."""


class TryAgain(Exception):
    """There is no answer, or one after which the same request may succeed later. Nothing was written."""

    def __init__(self, message, after_seconds=0):
        super().__init__(message)
        self.after_seconds = after_seconds


class Unknown(Exception):
    """The connection broke before the answer: whether the write happened is not known."""


class Moved(Exception):
    """The position does not exist any more; `cursor` is where to go on."""

    def __init__(self, message, cursor):
        super().__init__(message)
        self.cursor = cursor


def connect(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=ANSWER_SECONDS)
    try:
        connection.connect()
    except OSError as error:
        raise TryAgain(f"no connection: {error}") from error
    return connection


def error_of(problem, retry_after):
    text = f"{problem['code']}: {problem['detail']}"
    if "cursor" in problem:
        return Moved(text, problem["cursor"])
    if problem.get("written", False) is None:
        return Unknown(text)
    return TryAgain(text, int(retry_after or 0)) if problem["retryable"] else Refused(text)


def call(url, method, path, body=None, content_type="application/json"):
    """The answer's document. Everything that can go wrong is one of the four exceptions above."""
    connection = connect(url)
    try:
        connection.request(method, path, body, {"Content-Type": content_type} if body is not None else {})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:  # a proxy's page of HTML is a ValueError
        raise (TryAgain if method == "GET" else Unknown)(f"no answer: {error!r}") from error
    finally:
        connection.close()
    if response.status >= 400:
        raise error_of(answer, response.getheader("Retry-After"))
    return answer


class Pause:
    """Twice as long each time, up to a limit, and with chance in it: clients do not all come back at once."""

    def __init__(self):
        self.reset()

    def reset(self):
        self._seconds = PAUSE_SECONDS[0]

    def take(self, error):
        seconds = max(random.uniform(0.5, 1) * self._seconds, getattr(error, "after_seconds", 0))
        print(f"again in {seconds:.1f} s: {error}", file=sys.stderr)
        time.sleep(seconds)
        self._seconds = min(2 * self._seconds, PAUSE_SECONDS[1])


def events_path(topic, **query):
    return f"/topics/{quote(topic, safe='')}/events?{urlencode(query)}"


# ---- producing ----


def produce(url, topic, lines, key=None):
    """Appends events, one JSON text each, all or none of them; gives the server's answer. Tries again only when nothing
    was written, so that no event is written twice."""
    body = "\n".join(lines).encode()
    path = events_path(topic, **({} if key is None else {"key": key}))
    deadline = time.monotonic() + PRODUCE_SECONDS
    pause = Pause()
    while True:
        try:
            return call(url, "POST", path, body, "application/x-ndjson")
        except TryAgain as error:
            if time.monotonic() > deadline:
                raise
            pause.take(error)


# ---- consuming ----


def commit(url, group, cursor):
    call(url, "POST", f"/groups/{quote(group, safe='')}/offsets", json.dumps({"cursor": cursor}))


def consume(url, topic, group, process, count=0):
    """Calls `process` with each event that the group has not committed, and commits after each page. Ends after `count`
    events; 0 is never."""
    start = {"group": group, "from": "earliest"}  # where the group has committed nothing: from the first event
    processed = 0
    uncommitted = None  # the cursor behind the last event that was processed
    pause = Pause()
    while True:
        try:
            if uncommitted is not None:
                commit(url, group, uncommitted)
                uncommitted = None
            if count and processed == count:
                return
            limit = min(PAGE_EVENTS, count - processed) if count else PAGE_EVENTS
            page = call(url, "GET", events_path(topic, limit=limit, wait_ms=WAIT_MS, **start))
            pause.reset()
        except (TryAgain, Unknown) as error:  # to commit twice does no harm
            pause.take(error)
            continue
        except Moved as moved:  # retention was faster than this program, or the topic was made anew
            print(f"events are lost: {moved}", file=sys.stderr)
            start = {"cursor": moved.cursor}
            continue
        for event in page["events"]:
            process(event)
        start = {"cursor": page["next"]}
        processed += len(page["events"])
        if page["events"]:
            uncommitted = page["next"]


def print_value(event):
    print(json.dumps(event["value"], ensure_ascii=False), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["produce", "consume"])
    parser.add_argument("url", help="http://127.0.0.1:8080")
    parser.add_argument("topic")
    parser.add_argument("--key", help="of every event that is produced")
    parser.add_argument("--group", default="example", help="the consumer group whose position is kept")
    parser.add_argument("--count", type=int, default=0, help="end after so many events")
    arguments = parser.parse_args()

    if arguments.what == "produce":
        print(json.dumps(produce(arguments.url, arguments.topic, sys.stdin.read().splitlines(), arguments.key)))
    else:
        consume(arguments.url, arguments.topic, arguments.group, print_value, arguments.count)


if __name__ == "__main__":
    try:
        main()
    except (Refused, TryAgain, Unknown) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
