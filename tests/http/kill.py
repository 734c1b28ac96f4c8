#!/usr/bin/env python3
"""Kills the server under load again and again, on one data directory, and checks after each round that every promise
was kept: what was acknowledged, as `disk` or as `os`, is there, once, whole and in its place.

A round counts when 100 events were acknowledged before the kill and a request was under way; others are repeated."""

import argparse
import os
import random
import sys
import tempfile
import time

from history import History
from server import SCALE, Server, ServerError, exit_on_sigterm, seconds
from writers import Load, await_events, read_everything

ROUNDS = 40
EVENTS_BEFORE_KILL = 100
WRITERS = 4
TOPICS = {"kill.one": 1, "kill.three": 3, "kill.eight": 8}
SELECTION = "kill.*"
AWAIT_SECONDS = 20


class Rounds:
    def __init__(self, data, seed):
        self.server = Server("--access-log", "off", data=data)
        self.random = random.Random(seed)
        self.history = History()
        self.topics = {}
        self.tried = 0
        self.counted = 0
        self.in_flight_there = 0  # unanswered batches that were found written

    def start(self):
        self.server.start()
        if not self.topics:
            client = self.server.client()
            for name, partitions in TOPICS.items():
                client.request("PUT", f"/topics/{name}", f'{{"partitions":{partitions}}}'.encode())
                self.topics[name] = partitions

    def check(self):
        """Everything that is there against everything that was told; gives the faults."""
        client = self.server.client()
        found = read_everything(client, SELECTION)
        client.close()
        unanswered = {batch.name for batch in self.history.batches.values()
                      if batch.extents is None and not batch.refused}
        self.in_flight_there = len(unanswered & {name for events in found.values() for _, name, _ in events})
        return self.history.check(found)

    def run_one(self):
        """Load, kill, restart, check; gives the faults."""
        self.tried += 1
        topics = dict(self.topics)
        fresh = f"kill.fresh.{self.tried}"
        if self.tried % 5 == 0 and self.server.client().request("PUT", f"/topics/{fresh}").status == 201:
            topics[fresh] = 1  # acknowledged a moment before the kill: it must be there after it
        load = Load(self.server.address(), topics, WRITERS, self.tried * 1000000, self.tried)
        enough = await_events(load, EVENTS_BEFORE_KILL, seconds(AWAIT_SECONDS))
        time.sleep(self.random.uniform(0, 0.15))
        self._check_alive()
        self.server.kill()
        self.history.add(load.join())
        self.server.check_stderr()
        if enough and load.broken():
            self.counted += 1
        self.server.start()
        return self.check() + self._check_topics(topics)

    def _check_alive(self):
        code = self.server.process.poll()
        if code is not None:
            raise ServerError(f"the server ended by itself with {code}\n{self.server.stderr()[-6000:]}")

    def _check_topics(self, topics):
        client = self.server.client()
        there = {topic["name"] for topic in client.request("GET", "/topics?prefix=kill.").json()["topics"]}
        client.close()
        return [f"lost: topic {name} was acknowledged and is gone" for name in topics if name not in there]

    def summary(self):
        batches = self.history.batches.values()
        told = [batch for batch in batches if batch.extents is not None]
        events = sum(batch.count for batch in told)
        return (f"{self.counted} kills counted of {self.tried}; {len(told)} batches with {events} events acknowledged, "
                f"{len(batches) - len(told)} not answered, of which {self.in_flight_there} are there")


def run(arguments, data):
    """Gives the faults of the first round that has any, else none."""
    rounds = Rounds(data, arguments.seed)
    faults = []
    try:
        rounds.start()
        while not faults and rounds.counted < arguments.rounds and rounds.tried < 3 * arguments.rounds:
            faults = rounds.run_one()
        if not faults:
            rounds.server.stop()
        if not faults and rounds.counted < arguments.rounds:
            faults = [f"only {rounds.counted} of {rounds.tried} kills count: too little was under way"]
    finally:
        rounds.server.remove()
    print(f"kill: {rounds.summary()}", flush=True)
    return faults


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=max(3, int(ROUNDS / SCALE)))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--expect-caught", action="store_true",
                        help="the program is a saboteur: succeed only when a loss is reported")
    parser.add_argument("--binary", help="the program to kill; build/test/tailrace by default")
    arguments = parser.parse_args(argv)
    if arguments.binary:
        os.environ["HTTP_TEST_BINARY"] = os.path.abspath(arguments.binary)
    exit_on_sigterm()
    print(f"kill: seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="tailrace-kill-") as data:
        faults = run(arguments, data)
    for fault in faults[:20]:
        print(f"kill: {fault}")
    if len(faults) > 20:
        print(f"kill: and {len(faults) - 20} more")
    good = not faults
    if arguments.expect_caught:
        good = any(fault.startswith("lost:") for fault in faults)
        print(f"kill: the saboteur was {'caught' if good else 'NOT caught'}")
    print(f"kill: {int(good)} passed, {int(not good)} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
