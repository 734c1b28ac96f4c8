"""Follows server-sent events with httpx-sse: python_httpx.py URL. Prints the number of each event."""

import json
import sys
import time

import httpx
from httpx_sse import connect_sse


def follow(url):
    headers = {}
    with httpx.Client(timeout=httpx.Timeout(5, read=45)) as client:
        while True:
            try:
                with connect_sse(client, "GET", url, headers=headers) as stream:
                    if stream.response.status_code == 204:
                        return  # its topics are gone
                    stream.response.raise_for_status()
                    for event in stream.iter_sse():
                        if event.data and event.event == "message":
                            yield json.loads(event.data)
                        if event.id:
                            headers["Last-Event-ID"] = event.id
            except httpx.HTTPError as error:
                print(f"no stream: {error!r}", file=sys.stderr)
            time.sleep(1)


for event in follow(sys.argv[1]):
    print("event", event["value"]["n"], flush=True)
