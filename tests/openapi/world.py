"""The topics, events and groups that the generated requests meet, and how they are put back when one was deleted."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))

from client import Client, target_of  # noqa: E402

REQUEST_SECONDS = 30
TOPICS = {"clicks": 1, "orders": 4, "web.pages": 2}  # and how many partitions each has
GROUPS = ("billing", "mail", "web.audit")
EVENTS = 5  # in each partition


class World:
    def __init__(self, address):
        self._client = Client(address, REQUEST_SECONDS)

    def _ask(self, method, path, expected, body=None, **query):
        answer = self._client.request(method, target_of(path, **query), json.dumps(body) if body else None)
        if answer.status not in expected:
            raise AssertionError(f"{method} {path}: {answer}")
        return answer

    def make(self):
        for topic in TOPICS:
            self.make_topic(topic)
        self.commit()

    def make_topic(self, topic):
        """Anew, whatever has become of it."""
        self._ask("DELETE", f"/topics/{topic}", (204, 404))
        self._ask("PUT", f"/topics/{topic}", (201,), {"partitions": TOPICS[topic]})
        for partition in range(TOPICS[topic]):
            self._ask("POST", f"/topics/{topic}/events", (200,), [{"number": number} for number in range(EVENTS)],
                      partition=partition, key="7")

    def commit(self):
        """Each group has committed something of each topic."""
        offsets = [{"topic": topic, "partition": 0, "offset": 1} for topic in TOPICS]
        for group in GROUPS:
            self._ask("POST", f"/groups/{group}/offsets", (200,), {"offsets": offsets})

    def mend(self, topic=None):
        """After a topic was deleted or changed (its committed offsets are gone with it), or a group was."""
        if topic in TOPICS:
            self.make_topic(topic)
        self.commit()

    def cursor(self, path, query):
        """A cursor of this selection; None when there is no page of it."""
        selection = {name: query[name] for name in ("topics", "partition") if name in query}
        answer = self._client.request("GET", target_of(path, limit=1, **selection))
        return answer.json()["next"] if answer.status == 200 else None

    def close(self):
        self._client.close()
