#!/usr/bin/env python3
"""Produces and consumes events with Python's standard library alone.

    produce_consume.py produce URL TOPIC [--key KEY]             # lines of JSON from standard input, one event each
    produce_consume.py consume URL TOPIC [--state FILE] [--count N]

`consume` prints the value of each event, live, and writes its place to FILE after each: started again it goes on there,
misses nothing and repeats at most the one event that it had printed but not yet noted. It outlives restarts of the
server."""

import argparse
import http.client
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

SILENCE_SECONDS = 45  # the server says something every 15


class Refused(Exception):
    """The server said no: trying again as it stands is of no use."""


def events_path(topic):
    return f"/topics/{quote(topic, safe='')}/events"


def connect(url):
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=SILENCE_SECONDS)


# ---- producing ----


def produce(url, topic, lines, key=None):
    """Appends events, one JSON text each, all or none of them; gives the server's answer."""
    connection = connect(url)
    query = f"?key={quote(key, safe='')}" if key is not None else ""
    try:
        connection.request("POST", events_path(topic) + query, "\n".join(lines).encode(),
                           {"Content-Type": "application/x-ndjson"})
        response = connection.getresponse()
        answer = json.load(response)
    finally:
        connection.close()
    if response.status not in (200, 202):
        raise Refused(f"{answer['code']}: {answer['detail']}")
    return answer


# ---- consuming ----


def server_sent_events(response):
    """(id, event, data) of each event of a stream, as the HTML standard reads it; retry is given as an event."""
    event_id, name, data = None, "message", []
    for raw in response:
        if not raw.endswith(b"\n"):
            return  # cut within a line: that event comes again
        field, _, value = raw.decode("utf-8").rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if not raw.strip():
            if data or event_id is not None:
                yield event_id, name, "\n".join(data)
            event_id, name, data = None, "message", []
        elif field == "id":
            event_id = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "retry" and value.isdigit():
            yield None, "retry", value


def open_stream(url, topic, position):
    """The stream's response behind `position` (None: from the first event), or None when it is over for good."""
    connection = connect(url)
    headers = {"Accept": "text/event-stream"}
    if position:
        headers["Last-Event-ID"] = position
    connection.request("GET", events_path(topic) + "?from=earliest", headers=headers)
    response = connection.getresponse()
    if response.status == 204:
        return None
    if response.status != 200:
        problem = json.load(response)
        raise (ConnectionError if problem["retryable"] else Refused)(f"{problem['code']}: {problem['detail']}")
    return response


def consume(url, topic, position=None):
    """(event, position behind it), for ever: broken connections are made again, from where the last one ended."""
    wait_seconds = 2
    while True:
        try:
            response = open_stream(url, topic, position)
            if response is None:
                return
            for event_id, name, data in server_sent_events(response):
                position = event_id or position
                if name == "retry":
                    wait_seconds = int(data) / 1000
                elif name == "gap":
                    print(f"gap: {data}", file=sys.stderr)
                elif name == "message" and data:
                    yield json.loads(data), position
        except (OSError, http.client.HTTPException) as error:
            print(f"again in {wait_seconds} s: {error}", file=sys.stderr)
        time.sleep(wait_seconds)


def read_state(path):
    return path.read_text(encoding="ascii").strip() if path and path.exists() else None


def write_state(path, position):
    """Whole or not at all, also when the machine dies."""
    fresh = path.with_suffix(".new")
    with open(fresh, "w", encoding="ascii") as file:
        file.write(position)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["produce", "consume"])
    parser.add_argument("url", help="http://127.0.0.1:8080")
    parser.add_argument("topic")
    parser.add_argument("--key", help="of all that is produced")
    parser.add_argument("--state", type=Path, help="the file that keeps the place")
    parser.add_argument("--count", type=int, default=0, help="end after so many events")
    arguments = parser.parse_args()

    if arguments.what == "produce":
        print(json.dumps(produce(arguments.url, arguments.topic, sys.stdin.read().splitlines(), arguments.key)))
        return
    seen = 0
    for event, position in consume(arguments.url, arguments.topic, read_state(arguments.state)):
        print(json.dumps(event["value"], ensure_ascii=False), flush=True)
        if arguments.state:
            write_state(arguments.state, position)
        seen += 1
        if seen == arguments.count:
            return


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(str(refused))
    except KeyboardInterrupt:
        sys.exit(130)
