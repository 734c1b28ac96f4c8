"""Follows server-sent events with sseclient-py: python_sseclient.py URL. Prints the number of each event."""

import json
import sys
import time

import requests
import sseclient


def follow(url):
    headers = {"Accept": "text/event-stream"}
    while True:
        try:
            with requests.get(url, headers=headers, stream=True, timeout=(5, 45)) as response:
                if response.status_code == 204:
                    return  # its topics are gone
                response.raise_for_status()
                for event in sseclient.SSEClient(response).events():
                    headers["Last-Event-ID"] = event.id
                    if event.event == "message":
                        yield json.loads(event.data)
        except requests.RequestException as error:
            print(f"no stream: {error!r}", file=sys.stderr)
        time.sleep(1)


for event in follow(sys.argv[1]):
    print("event", event["value"]["n"], flush=True)
