"""SIGTERM under load: what was acknowledged is there, what was refused is not, and the program ends with 0 in time."""

import http.client
import itertools
import json
import signal
import time
import unittest

from client import connect, read_to_close
from history import History
from harness import own_server
from server import STOP_SECONDS, seconds
from writers import Load, await_events, read_everything


class Stop(unittest.TestCase):
    TOPICS = {"stop.a": 1, "stop.b": 4}

    def setUp(self):
        self.server = own_server(self, "--access-log", "off")
        client = self.server.client()
        for name, partitions in self.TOPICS.items():
            client.request("PUT", f"/topics/{name}", f'{{"partitions":{partitions}}}'.encode())
        client.close()

    def test_under_load(self):
        history = History()
        for number in range(5):
            load = Load(self.server.address(), self.TOPICS, 4, number * 1000000, number)
            self.assertTrue(await_events(load, 100, seconds(20)), "the load does not get going")
            time.sleep(0.1)
            took = self.server.stop()
            self.assertLess(took, seconds(STOP_SECONDS))
            history.add(load.join())
            self.server.start()
            faults = history.check(read_everything(self.server.client(), "stop.*"))
            self.assertEqual(faults[:5], [], f"{len(faults)} faults after stop {number}")
        self.server.stop()

    def test_cold_reads_after_many_restarts(self):
        """Each stop leaves small table files, which RocksDB then moves side by side into one level without rewriting
        them. After a start, a read of the first event brings the first of them into memory; the next read must not end
        where what is in memory ends."""
        client = self.server.client()
        sent = [[] for _ in range(4)]
        for number in range(10):
            for partition, index in itertools.product(range(4), range(20)):
                values = [[number, partition, index, part, "x" * 150] for part in range(4)]
                sent[partition] += values
                path = f"/topics/stop.b/events?ack=os&partition={partition}"
                self.assertEqual(client.request("POST", path, json.dumps(values).encode()).status, 200)
            self.server.stop()
            self.server.start()
            client = self.server.client()
            for partition in range(4):
                path = f"/topics/stop.b/events?partition={partition}&view=value&max_bytes=8388608&limit="
                self.assertEqual(client.request("GET", path + "1").json()["events"], sent[partition][:1])
                events = client.request("GET", path + "10000").json()["events"]
                self.assertEqual(len(events), len(sent[partition]), f"start {number}, partition {partition}")
                self.assertEqual(events, sent[partition])
        self.server.stop()

    def test_with_open_connections_that_say_nothing(self):
        sockets = [connect(self.server.address(), seconds(5)) for _ in range(20)]
        for sock in sockets[:10]:
            sock.sendall(b"POST /topics/stop.a/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n1")
        time.sleep(0.1)
        self.assertLess(self.server.stop(), seconds(STOP_SECONDS))
        for sock in sockets:
            sock.close()

    def test_a_second_signal_does_no_harm(self):
        self.server.process.send_signal(signal.SIGTERM)
        self.server.process.send_signal(signal.SIGTERM)
        self.server.wait_stopped()

    def test_interrupt_stops_too(self):
        self.server.process.send_signal(signal.SIGINT)
        self.server.wait_stopped()

    def test_at_once_after_the_start(self):
        self.server.stop()
        self.server.start()
        self.server.stop()

    def test_new_connections_are_refused_meanwhile_or_answered_503(self):
        address = self.server.address()
        self.server.process.send_signal(signal.SIGTERM)
        try:
            connection = http.client.HTTPConnection(*address, timeout=seconds(5))
            connection.request("POST", "/topics/stop.a/events", b"1")
            answer = connection.getresponse()
            self.assertIn(answer.status, (200, 503))
        except (OSError, http.client.HTTPException):
            pass
        self.server.wait_stopped()

    def test_who_asks_while_it_stops_is_told_when_to_come_back(self):
        """An EventSource that gets a 503 never comes again: a stream is answered 200, and breaks off."""
        under_way = connect(self.server.address(), seconds(5))
        under_way.sendall(b"POST /topics/stop.a/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n1")
        kept = [connect(self.server.address(), seconds(5)) for _ in range(3)]
        for sock in kept:
            sock.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b"200 OK", sock.recv(4096))
        self.server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)

        chunked, plain, page = [self.ask_while_stopping(sock, accept, version) for sock, accept, version in zip(
            kept, ("text/event-stream", "text/event-stream", "application/json"), ("1.1", "1.0", "1.1"))]
        under_way.sendall(b"2")
        self.assertIn(b"200 OK", under_way.recv(4096))
        under_way.close()
        self.server.wait_stopped()

        self.assertRegex(chunked, rb"\AHTTP/1.1 200 OK\r\n")
        self.assertRegex(chunked, rb"\r\n\r\n[0-9a-f]+\r\n: [^\n]+\nretry: ([5-9]|1[0-5])[0-9]{3}\n\r\n\Z")
        self.assertRegex(plain, rb"\r\n\r\n: [^\n]+\nretry: ([5-9]|1[0-5])[0-9]{3}\n\Z")
        self.assertRegex(page, rb"\AHTTP/1.1 503 ")
        self.assertIn(b'"code":"closing"', page)

    def ask_while_stopping(self, sock, accept, version):
        with sock:
            sock.sendall(f"GET /topics/stop.a/events HTTP/{version}\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode())
            text, closed = read_to_close(sock, seconds(2))
            self.assertTrue(closed, text)
            return text


if __name__ == "__main__":
    unittest.main()
