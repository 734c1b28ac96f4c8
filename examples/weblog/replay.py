#!/usr/bin/env python3
"""Replays a web server's access log ("combined" format) into a topic, one event a line, keyed by visitor.

    replay.py [--url http://127.0.0.1:8080] [--topic weblog] [--speed 10] [--loop] [LOG]

--speed is how much faster than it happened; 0 is as fast as possible. A server that is away is waited for. Where it is
not known whether it has written a request, the request is sent again, so that some events may be there twice: that does
not matter to a count of page views. Only Python's standard library."""

import argparse
import http.client
import json
import random
import re
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

LINE = re.compile(r'(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) (\S+)[^"]*" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"')
BATCH_MAX = 1000  # events of one request
ANSWER_SECONDS = 30
TRY_SECONDS = 60  # how long to wait for a server that is away
PAUSE_SECONDS = (0.25, 5)  # before the first try again, and at most


def parse(line):
    """The event of a line, or None when it is not one."""
    hit = LINE.match(line)
    if not hit:
        return None
    visitor, when, method, path, status, size, referrer, agent = hit.groups()
    return {"time": datetime.strptime(when, "%d/%b/%Y:%H:%M:%S %z").isoformat(), "visitor": visitor, "method": method,
            "path": path, "status": int(status), "bytes": 0 if size == "-" else int(size),
            "referrer": None if referrer in ("", "-") else referrer, "agent": agent}


class Away(Exception):
    """There is no answer, or one after which the same request may succeed later."""


def call_once(method, url, body, content_type):
    """The answer's document; a problem becomes an error with its detail."""
    request = urllib.request.Request(url, body.encode(), {"Content-Type": content_type}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        is_ours = error.headers.get_content_type() == "application/problem+json"  # and not a proxy's page of HTML
        problem = json.load(error) if is_ours else {"detail": error.reason, "retryable": error.code >= 500}
        raise (Away if problem["retryable"] else SystemExit)(f"{method} {url}: {problem['detail']}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Away(f"{method} {url}: {error}") from None


def call(method, url, body, content_type):
    """Repeats the call until there is an answer, with longer and longer pauses."""
    deadline = time.monotonic() + TRY_SECONDS
    pause = PAUSE_SECONDS[0]
    while True:
        try:
            return call_once(method, url, body, content_type)
        except Away as error:
            if time.monotonic() > deadline:
                raise SystemExit(str(error)) from None
            print(f"again: {error}", file=sys.stderr, flush=True)
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(2 * pause, PAUSE_SECONDS[1])


def make_topic(url):
    """Keyed by visitor: all that one visitor does is in one partition, in order."""
    call("PUT", url, json.dumps({"partitions": 4, "key_pointer": "/visitor"}), "application/json")


def send(url, events):
    for at in range(0, len(events), BATCH_MAX):
        lines = "".join(json.dumps(event) + "\n" for event in events[at : at + BATCH_MAX])
        call("POST", f"{url}/events", lines, "application/x-ndjson")


def batches(events, speed):
    """Events that happened in the same second, when it is their time."""
    began = time.monotonic()
    first = datetime.fromisoformat(events[0]["time"])
    waiting = []
    for event in events:
        if waiting and event["time"] != waiting[0]["time"]:
            yield waiting
            waiting = []
        if speed > 0:
            due = began + (datetime.fromisoformat(event["time"]) - first).total_seconds() / speed
            time.sleep(max(0, due - time.monotonic()))
        waiting.append(event)
    yield waiting


def spread(batch, speed):
    """A log knows only seconds: what happened within one is sent in ten pieces."""
    pieces = 10 if speed > 0 else 1
    size = -(-len(batch) // pieces)
    for at in range(0, len(batch), size):
        yield batch[at : at + size]
        if speed > 0:
            time.sleep(0.9 / speed / pieces)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", nargs="?", default=str(Path(__file__).with_name("access.log")))
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--topic", default="weblog")
    parser.add_argument("--speed", type=float, default=10)
    parser.add_argument("--loop", action="store_true", help="begin again at the end")
    arguments = parser.parse_args()

    with open(arguments.log, encoding="utf-8", errors="replace") as log:
        parsed = [parse(line) for line in log]
    events = sorted((event for event in parsed if event), key=lambda event: event["time"])
    if not events:
        raise SystemExit(f"{arguments.log}: no line of the combined format")
    url = f"{arguments.url}/topics/{quote(arguments.topic, safe='')}"
    make_topic(url)
    sent = 0
    while True:
        for batch in batches(events, arguments.speed):
            for piece in spread(batch, arguments.speed):
                send(url, piece)
                sent += len(piece)
        print(f"{sent} events sent, {len(parsed) - len(events)} lines skipped", flush=True)
        if not arguments.loop:
            return


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
