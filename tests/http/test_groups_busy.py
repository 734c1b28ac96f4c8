"""Commits and fetches of a group at the same time: who fetches sees one commit, whole, and never an older one again."""

import json
import threading
import unittest

from harness import HttpCase, unique

PARTITIONS, EVENTS = 8, 100
COMMITTERS, FETCHERS, COMMITS = 3, 4, 150


class Busy(HttpCase):
    flags = ("--access-log", "off")

    def setUp(self):
        self.name, self.group = self.topic(partitions=PARTITIONS), unique("busy")
        for partition in range(PARTITIONS):
            self.append(self.name, "[" + ",".join("1" * EVENTS) + "]", partition=partition)
        self.over = threading.Event()
        self.faults = []

    def commit(self, client, committer):
        for number in range(COMMITS):
            offsets = [{"topic": self.name, "partition": partition, "offset": number % EVENTS,
                        "metadata": f"{committer} {number}"} for partition in range(PARTITIONS)]
            answer = client.request("POST", f"/groups/{self.group}/offsets", json.dumps({"offsets": offsets}).encode())
            if answer.status != 200:
                self.faults.append(answer)

    def fetch(self, client):
        newest = [-1] * COMMITTERS
        while not self.over.is_set():
            answer = client.request("GET", f"/groups/{self.group}")
            if answer.status != 200:
                self.faults.append(answer)
                continue
            offsets = answer.json()["offsets"]
            seen = {(entry["metadata"], entry["offset"]) for entry in offsets}
            committer, number = (int(word) for word in offsets[0]["metadata"].split())
            if len(offsets) != PARTITIONS or len(seen) != 1 or offsets[0]["offset"] != number % EVENTS:
                self.faults.append(f"parts of several commits: {seen}")
            if number < newest[committer]:
                self.faults.append(f"{number} of {committer} after its {newest[committer]}")
            newest[committer] = number

    def test_commits_are_seen_whole(self):
        first = [{"topic": self.name, "partition": partition, "offset": 0, "metadata": "0 0"}
                 for partition in range(PARTITIONS)]
        self.assertEqual(self.request("POST", f"/groups/{self.group}/offsets", {"offsets": first}).status, 200)
        fetchers = [threading.Thread(target=self.fetch, args=(self.server.client(),)) for _ in range(FETCHERS)]
        committers = [threading.Thread(target=self.commit, args=(self.server.client(), number))
                      for number in range(COMMITTERS)]
        for thread in fetchers + committers:
            thread.start()
        for thread in committers:
            thread.join()
        self.over.set()
        for thread in fetchers:
            thread.join()
        self.assertEqual(self.faults[:3], [], f"{len(self.faults)} faults")


if __name__ == "__main__":
    unittest.main()
