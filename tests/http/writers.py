"""Writers that load a server from several threads and keep book: what each sent, and which answer came."""

import json
import random
import threading
import time

from client import Client
from harness import ENVELOPE, NDJSON
from history import Batch

FILL = "f" * 160


class Writer(threading.Thread):
    """Posts batches over one connection until it is told to stop or the connection breaks."""

    def __init__(self, name, address, topics, first_batch, seed):
        super().__init__(name=name, daemon=True)
        self.client = Client(address, timeout=60)
        self.topics = topics  # name -> number of partitions
        self.next_batch = first_batch
        self.random = random.Random(seed)
        self.stopping = threading.Event()
        self.batches = []
        self.acknowledged_events = 0
        self.broken = False  # a request was under way when the connection broke

    def run(self):
        while not self.stopping.is_set():
            topic = self.random.choice(list(self.topics))
            batch, kind, body = self._make(topic)
            ack = self.random.choice(("disk", "os"))
            self.batches.append(batch)
            batch.sent_at = time.monotonic()
            try:
                answer = self.client.request("POST", f"/topics/{topic}/events?ack={ack}", body, {"Content-Type": kind})
                document = json.loads(answer.body)
            except Exception:  # whatever it was, there is no answer: the outcome is unknown
                self.broken = True
                break
            if not self._book(batch, answer.status, document):
                break
        self.client.close()

    def _book(self, batch, status, document):
        """Notes the answer; false when this writer is done: the server refuses or has broken."""
        if status == 200:
            batch.acknowledge(document["partitions"])
            self.acknowledged_events += batch.count
            return True
        batch.answer = document
        batch.refused = document.get("written") is False
        return False

    def _make(self, topic):
        batch = Batch(f"{self.name}-{self.next_batch}", topic, self._size())
        self.next_batch += 1
        values = [{"w": self.name, "b": batch.name, "i": index, "f": FILL[:self.random.randrange(len(FILL))]}
                  for index in range(batch.count)]
        if batch.count == 1:
            return batch, "application/json", json.dumps(values[0]).encode()
        if self.random.random() < 0.4:
            return batch, NDJSON, "\n".join(map(json.dumps, values)).encode()
        events = [{"value": value} | self._place(topic) for value in values]
        return batch, ENVELOPE, json.dumps({"events": events}).encode()

    def _place(self, topic):
        choice = self.random.random()
        if choice < 0.4:
            return {"key": f"key-{self.random.randrange(50)}"}
        if choice < 0.8:
            return {"partition": self.random.randrange(self.topics[topic])}
        return {}

    def _size(self):
        """Mostly single events and small batches; now and then one that is cut into several stored batches."""
        choice = self.random.random()
        return 1 if choice < 0.4 else self.random.randrange(2, 20) if choice < 0.99 else 400


class Load:
    """A number of writers on one server."""

    def __init__(self, address, topics, writers, first_batch, seed):
        self.writers = [Writer(f"w{number}", address, topics, first_batch, seed * 1000 + number)
                        for number in range(writers)]
        for writer in self.writers:
            writer.start()

    def acknowledged_events(self):
        return sum(writer.acknowledged_events for writer in self.writers)

    def alive(self):
        return any(writer.is_alive() for writer in self.writers)

    def stop(self):
        for writer in self.writers:
            writer.stopping.set()

    def join(self):
        """The batches that were sent. Whoever ended the server has unblocked the writers."""
        for writer in self.writers:
            writer.join(60)
            if writer.is_alive():
                raise AssertionError(f"{writer.name} hangs: an answer never came")
        return [batch for writer in self.writers for batch in writer.batches]

    def broken(self):
        return sum(writer.broken for writer in self.writers)


def await_events(load, count, timeout):
    """Waits until so many events are acknowledged; false when the writers ended or the time is over."""
    deadline = time.monotonic() + timeout
    while load.acknowledged_events() < count:
        if time.monotonic() > deadline or not load.alive():
            return False
        time.sleep(0.002)
    return True


def read_everything(client, selection):
    """Every event of the topics: {(topic, partition): [(offset, batch name, index)…]} in the order they came."""
    found = {}
    path = f"/events?topics={selection}&limit=10000&max_bytes=8388608"
    target = path + "&from=earliest"
    while True:
        answer = client.request("GET", target)
        if answer.status != 200:
            raise AssertionError(f"reading back: {answer}")
        page = answer.json()
        for event in page["events"]:
            value = event["value"]
            place = found.setdefault((event["topic"], event["partition"]), [])
            place.append((event["offset"], value["b"], value["i"]))
        if page["up_to_date"] and not page["events"]:
            return found
        target = f"{path}&cursor={page['next']}"
