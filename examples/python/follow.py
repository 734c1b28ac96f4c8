#!/usr/bin/env python3
"""Follows a topic live, as server-sent events, with Python's standard library alone.

    follow.py URL TOPIC [--state FILE] [--count N]

Prints the value of each event as it comes, and keeps its position in FILE: started again it goes on there, misses
nothing, and repeats at most the one event that it had printed but not yet noted. It outlives restarts of the server.
Without FILE it starts at the first event."""

import argparse
import http.client
import json
import os
import random
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

SILENCE_SECONDS = 45  # the server sends something every 15 s: after a longer silence the connection is dead


class Refused(Exception):
    """The server said no. The same request will not succeed later."""


def server_sent_events(response):
    """(id, event, data) of each event of a stream, as the HTML standard reads it; `retry:` is given as an event. A read
    gives up after SILENCE_SECONDS, which is a TimeoutError and so an OSError."""
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


def open_stream(connection, topic, position):
    """The response of a stream that begins behind `position` (None: at the first event); None when the topic is gone
    and the stream is over for good."""
    headers = {"Accept": "text/event-stream"}
    if position:
        headers["Last-Event-ID"] = position
    connection.request("GET", f"/topics/{quote(topic, safe='')}/events?from=earliest", headers=headers)
    response = connection.getresponse()
    if response.status == 204:
        return None
    if response.status == 200:
        return response
    problem = json.load(response)
    raise (ConnectionError if problem["retryable"] else Refused)(f"{problem['code']}: {problem['detail']}")


def follow(url, topic, position=None):
    """(event, position behind it), for ever: after a broken connection it goes on from the last position."""
    parts = urlsplit(url)
    wait_seconds = 2
    while True:
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=SILENCE_SECONDS)
        try:
            response = open_stream(connection, topic, position)
            if response is None:
                return
            for event_id, name, data in server_sent_events(response):
                position = event_id or position
                if name == "retry":
                    wait_seconds = int(data) / 1000
                elif name == "gap":
                    print(f"events are lost: {data}", file=sys.stderr)
                elif name == "message" and data:
                    yield json.loads(data), position
        except (OSError, http.client.HTTPException, ValueError) as error:  # a proxy's page of HTML is a ValueError
            print(f"no stream: {error!r}", file=sys.stderr)
        finally:
            connection.close()
        time.sleep(wait_seconds * random.uniform(0.8, 1.2))  # not all clients at once


def read_state(path):
    return path.read_text(encoding="ascii").strip() if path and path.exists() else None


def write_state(path, position):
    """Whole or not at all, also when the machine dies."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "w", encoding="ascii") as file:
        file.write(position)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="http://127.0.0.1:8080")
    parser.add_argument("topic")
    parser.add_argument("--state", type=Path, help="the file that keeps the position")
    parser.add_argument("--count", type=int, default=0, help="end after so many events")
    arguments = parser.parse_args()

    seen = 0
    for event, position in follow(arguments.url, arguments.topic, read_state(arguments.state)):
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
