"""Costs that do not grow with what does not matter: events that came before, topics that nobody asked for."""

import json
import socket
import unittest

from harness import own_server
from server import seconds

BODY = json.dumps({"page": "/prices", "text": "x" * 150}).encode()
REQUEST = b"POST /topics/tail/events?ack=os HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
MEASURED = 3000
MOMENTS = (1000, 10000, 50000)  # events before
GROWTH_MAX = 1.2
TOPICS = 4000
PAGES = 4000
ROUNDS = 5
TRIES = 3  # a page costs so little that what else runs on the machine shows


class Tail(unittest.TestCase):
    def post(self, connection, count, stream=None):
        """One event at a time, each read by the stream before the next."""
        for _ in range(count):
            connection.sendall(REQUEST)
            self.assertIn(b" 200 ", connection.recv(4096)[:20])
            if stream:
                while b"data: " not in stream.recv(65536):
                    pass

    def test_with_a_reader(self):
        server = own_server(self, "--access-log", "off")
        client = server.client()
        self.assertEqual(client.request("PUT", "/topics/tail").status, 201)
        stream = socket.create_connection(server.address())
        self.addCleanup(stream.close)
        stream.settimeout(seconds(5))
        stream.sendall(b"GET /topics/tail/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        while b"id: " not in stream.recv(4096):
            pass
        connection = socket.create_connection(server.address())
        self.addCleanup(connection.close)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        posted, costs = 0, []
        for moment in MOMENTS:
            self.post(connection, moment - posted, stream)
            before = server.processor_seconds()
            self.post(connection, MEASURED, stream)
            costs.append((server.processor_seconds() - before) / MEASURED)
            posted = moment + MEASURED
        print("    an event that is read live, behind others: "
              + ", ".join(f"{moment}: {1e6 * cost:.0f} us" for moment, cost in zip(MOMENTS, costs)))
        self.assertLess(costs[-1], GROWTH_MAX * costs[0])


class Topics(unittest.TestCase):
    def page_cost(self, server, path):
        with socket.create_connection(server.address()) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            before = server.processor_seconds()
            for _ in range(PAGES):
                connection.sendall(request)
                answer = connection.recv(65536)
            return (server.processor_seconds() - before) / PAGES, answer

    def test_a_page_among_many(self):
        """Alternating, all rounds together: processor time comes in ticks."""
        few, many = (own_server(self, "--engine", "memory", "--access-log", "off") for _ in range(2))
        for server, count in ((few, 1), (many, TOPICS)):
            client = server.client()
            for number in range(count):
                self.assertEqual(client.request("PUT", f"/topics/t.{number}").status, 201)
            self.assertEqual(client.request("POST", "/topics/t.0/events?ack=os", b"1").status, 200)
            client.close()
        for _ in range(TRIES):
            alone = among = 0
            for _ in range(ROUNDS):
                alone += self.page_cost(few, "/topics/t.0/events")[0] / ROUNDS
                among += self.page_cost(many, "/topics/t.0/events")[0] / ROUNDS
            if among < GROWTH_MAX * alone:
                break
        refused, answer = self.page_cost(many, "/events?topics=*")
        self.assertIn(b" 400 ", answer[:20])
        print(f"    a page of one topic: {1e6 * alone:.1f} us, among {TOPICS}: {1e6 * among:.1f} us; "
              f"topics=* refused: {1e6 * refused:.0f} us")
        self.assertLess(among, GROWTH_MAX * alone)
        self.assertLess(refused, seconds(0.002))


if __name__ == "__main__":
    unittest.main()
