"""Readers that fall behind: they go on from what the channel has just written, however many partitions there are, and the
memory for it is bounded."""

import json
import selectors
import socket
import statistics
import time
import unittest

from harness import allow_descriptors, own_server
from load_client import LoadClient
from server import seconds

READERS = 1000
EVENTS = 16000  # what 2 s of publishing brought where the readers were 18.8 s behind before
WRITERS = 16
CAUGHT_UP_S = 3
MORE_BYTES_MAX = 64 << 20
RATIO_MIN = 0.7
PIPELINED = 10
EVENT = {"user": "u1", "page": "/prices", "text": "y" * 100}
BATCH = 100


def request_of(document):
    body = json.dumps(document).encode()
    return b"POST /topics/hub/events?ack=os HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def publish(server, events):
    """One event a request, from some connections, as fast as the server answers."""
    burst = request_of(EVENT) * PIPELINED
    with selectors.DefaultSelector() as selector:
        sockets = [socket.create_connection(server.address()) for _ in range(WRITERS)]
        waits = dict.fromkeys(sockets, PIPELINED)
        for connection in sockets:
            selector.register(connection, selectors.EVENT_READ)
            connection.sendall(burst)
        sent, answered = PIPELINED * len(sockets), 0
        while answered < events:
            ready = selector.select(seconds(10))
            assert ready, "no answer to a post"
            for key, _ in ready:
                part = key.fileobj.recv(65536)
                assert part, "the server closed a connection"
                count = part.count(b"HTTP/1.1 200 ")
                answered += count
                waits[key.fileobj] -= count
                if waits[key.fileobj] == 0 and sent < events:
                    key.fileobj.sendall(burst)
                    sent += PIPELINED
                    waits[key.fileobj] = PIPELINED
        for connection in sockets:
            connection.close()


def publish_slowly(server, events):
    """Batches, each after all readers have had the one before."""
    client = server.client()
    for _ in range(events // BATCH):
        assert client.request("POST", "/topics/hub/events?ack=os", json.dumps([EVENT] * BATCH).encode()).status == 200
        time.sleep(0.1)
    client.close()


class Behind(unittest.TestCase):
    def start(self, partitions, *flags):
        allow_descriptors(self, 2 * READERS + 1000)
        server = own_server(self, "--access-log", "off", *flags)
        client = server.client()
        answer = client.request("PUT", "/topics/hub", json.dumps({"partitions": partitions}).encode())
        self.assertEqual(answer.status, 201)
        client.close()
        return server

    def readers(self, server, events):
        client = LoadClient(server, "/topics/hub/events", readers=READERS, expect=events, hold=True, linger_ms=0)
        self.addCleanup(client.end)
        return client.await_open()

    def catch_up(self, partitions, *flags):
        """The median of three: what else runs on the machine makes it longer."""
        times, most = [], 0
        for _ in range(3):
            server = self.start(partitions, *flags)
            readers = self.readers(server, EVENTS)
            before = server.resident_bytes()
            publish(server, EVENTS)
            published = time.monotonic()
            most = max(most, server.resident_bytes() - before)
            readers.await_complete()
            times.append(time.monotonic() - published)
            most = max(most, server.resident_bytes() - before)
            self.assertEqual(readers.result()["fault"], "")
            server.remove()
        print(f"    {READERS} readers of {EVENTS} events in {partitions} partitions caught up after "
              f"{' '.join(f'{one:.1f}' for one in times)} s, {most >> 20} MiB more")
        self.assertLess(statistics.median(times), seconds(CAUGHT_UP_S))
        self.assertLess(most, MORE_BYTES_MAX)

    def test_one_partition(self):
        self.catch_up(1)

    def test_many_partitions(self):
        self.catch_up(16)

    def test_further_back_than_what_is_kept(self):
        """A mebibyte of texts is kept, of three that come."""
        self.catch_up(16, "--stream-bytes", 4 << 20)

    def test_a_delivery_costs_no_more(self):
        """Processor time of the server for a delivery, while nobody is behind and while all are."""
        rates = []
        for publisher, events in ((publish_slowly, 3000), (publish, EVENTS)):
            server = self.start(1)
            readers = self.readers(server, events)
            before = server.processor_seconds()
            publisher(server, events)
            readers.await_complete()
            rates.append(events * READERS / (server.processor_seconds() - before))
            self.assertEqual(readers.result()["fault"], "")
            server.remove()
        print(f"    deliveries a second of processor time: {rates[0] / 1e6:.2f} M, while behind {rates[1] / 1e6:.2f} M")
        self.assertGreaterEqual(rates[1], RATIO_MIN * rates[0])


if __name__ == "__main__":
    unittest.main()
