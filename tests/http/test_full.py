"""Beyond the limits on connections: what each kind of client is told, and that one can still ask how the server is."""

import json
import re
import socket
import time
import unittest

from client import parse_answers
from harness import own_server
from server import seconds

HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"
CONNECTIONS = 5
GUESTS = 64
GUEST_S = 2


class Full(unittest.TestCase):
    flags = ("--max-connections", CONNECTIONS)

    def setUp(self):
        self.server = own_server(self, "--access-log", "off", "--engine", "memory", *self.flags)
        client = self.server.client()
        self.assertEqual(client.request("PUT", "/topics/full").status, 201)
        client.close()
        self.held = []
        deadline = time.monotonic() + seconds(5)
        while len(self.held) < CONNECTIONS:  # the place of the client above comes back in a moment
            stream = self.connect(b"GET /topics/full/events" + HEAD + b"Accept: text/event-stream\r\n\r\n")
            answer = b""
            while b"id: " not in answer and (part := stream.recv(4096)):
                answer += part
            if b"id: " in answer:
                self.held.append(stream)
            self.assertLess(time.monotonic(), deadline)

    def connect(self, data=b""):
        connection = socket.create_connection(self.server.address())
        self.addCleanup(connection.close)
        connection.settimeout(seconds(10))
        if data:
            connection.sendall(data)
        return connection

    def read(self, connection):
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer

    def ask(self, request):
        return self.read(self.connect(request))

    def test_how_the_server_is(self):
        for path in (b"/livez", b"/readyz", b"/metrics"):
            for method in (b"GET ", b"HEAD "):
                answer = self.ask(method + path + HEAD + b"\r\n")
                self.assertIn(b"HTTP/1.1 200 ", answer)
                self.assertIn(b"\r\nConnection: close\r\n", answer)

    def test_an_event_source(self):
        answer = self.ask(b"GET /topics/full/events" + HEAD + b"Accept: text/event-stream\r\nOrigin: http://localhost\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertIn(b"HTTP/1.1 200 OK", head)
        self.assertIn(b"\r\nContent-Type: text/event-stream\r\n", head)
        self.assertIn(b"\r\nAccess-Control-Allow-Origin: http://localhost\r\n", head)
        wait = re.fullmatch(rb": .*limit of connections.*\nretry: (\d+)\n", body)
        self.assertTrue(wait, body)
        self.assertTrue(5000 <= int(wait[1]) <= 15000)

    def test_another_request(self):
        for request in (b"GET /topics" + HEAD + b"\r\n",
                        b"POST /topics/full/events" + HEAD + b"Content-Length: 1\r\n\r\n1",
                        b"POST /livez" + HEAD + b"Content-Length: 0\r\n\r\n",
                        b"GET /livezzz" + HEAD + b"\r\n"):
            answers = parse_answers(self.ask(request))
            self.assertEqual([answer.status for answer in answers], [503], request)
            self.assertEqual(answers[0].json()["code"], "too_many_connections")
            self.assertEqual(answers[0].header("Retry-After"), "1")

    def test_a_head_in_pieces(self):
        connection = self.connect(b"GET /livez HTT")
        time.sleep(0.1)
        connection.sendall(b"P/1.1\r\nHost: localhost\r\n\r\n")
        self.assertIn(b"HTTP/1.1 200 ", self.read(connection))

    def test_those_who_say_nothing(self):
        """They do not keep out who asks how the server is, for longer than a guest may stay."""
        silent = [self.connect() for _ in range(GUESTS + 20)]
        began = time.monotonic()
        while b"HTTP/1.1 200 " not in (answer := self.ask(b"GET /livez" + HEAD + b"\r\n")):
            self.assertIn(b"HTTP/1.1 503 ", answer)
            self.assertLess(time.monotonic() - began, seconds(GUEST_S + 1))
            time.sleep(0.05)
        for connection in silent:
            self.assertEqual(json.loads(self.read(connection).partition(b"\r\n\r\n")[2])["code"], "too_many_connections")

    def test_a_place_that_comes_back(self):
        self.held.pop().close()
        deadline = time.monotonic() + seconds(2)
        while b"HTTP/1.1 200 " not in self.ask(b"GET /topics" + HEAD + b"Connection: close\r\n\r\n"):
            self.assertLess(time.monotonic(), deadline)


class FullAddress(Full):
    flags = ("--max-connections-per-address", CONNECTIONS)

    def test_an_event_source(self):
        self.assertIn(b"\nretry: ", self.ask(b"GET /topics/full/events" + HEAD + b"Accept: text/event-stream\r\n\r\n"))


if __name__ == "__main__":
    unittest.main()
