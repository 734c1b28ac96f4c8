"""Follows a topic with requests and its iter_lines: python_requests.py sse|lines URL. Prints the number of each event."""

import json
import sys
import time

import requests


def events_of(response, headers):
    """Of server-sent events: an event is complete at its blank line."""
    data = ident = None
    for line in response.iter_lines():
        field, _, value = line.partition(b": ")
        if field == b"data":
            data = value
        elif field == b"id":
            ident = value
        elif not line and data is not None:
            headers["Last-Event-ID"] = ident
            yield json.loads(data)
            data = None


def follow_sse(url):
    headers = {"Accept": "text/event-stream"}
    while True:
        try:
            with requests.get(url, headers=headers, stream=True, timeout=(5, 45)) as response:
                if response.status_code == 204:
                    return  # its topics are gone
                response.raise_for_status()
                yield from events_of(response, headers)
        except requests.RequestException as error:
            print(f"no stream: {error!r}", file=sys.stderr)
        time.sleep(1)


def follow_lines(url):
    query, shown = {"format": "ndjson", "follow": "true", "from": "earliest"}, {}
    while True:
        try:
            with requests.get(url, params=query, stream=True, timeout=(5, 45)) as response:
                response.raise_for_status()
                for line in response.iter_lines():
                    document = json.loads(line)
                    if "next" in document:
                        query = {"format": "ndjson", "follow": "true", "cursor": document["next"]}
                    elif document.get("offset", -1) > shown.get(document.get("partition"), -1):
                        shown[document["partition"]] = document["offset"]
                        yield document
        except requests.RequestException as error:
            print(f"no stream: {error!r}", file=sys.stderr)
        time.sleep(1)


form, url = sys.argv[1:]
for event in follow_sse(url) if form == "sse" else follow_lines(url):
    print("event", event["value"]["n"], flush=True)
