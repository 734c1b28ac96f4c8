"""Follows a topic with requests: python_requests.py iter_lines|sseclient|lines URL. Prints the number of each event. The first
takes server-sent events apart by itself, the second with sseclient-py; the last follows lines of JSON."""

import json
import sys
import time

import requests
import sseclient


def by_iter_lines(response, headers):
    """An event is complete at its blank line."""
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


def by_sseclient(response, headers):
    for event in sseclient.SSEClient(response).events():
        headers["Last-Event-ID"] = event.id
        if event.event == "message":
            yield json.loads(event.data)


def follow_sse(url, events_of):
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
readers = {"iter_lines": by_iter_lines, "sseclient": by_sseclient}
for event in follow_sse(url, readers[form]) if form in readers else follow_lines(url):
    print("event", event["value"]["n"], flush=True)
