"""Answers in the coding that a request accepts: the same bytes when decoded, tags of their own, and never a stream."""

import gzip
import json
import os
import shutil
import socket
import tempfile
import time
import unittest
from pathlib import Path

from client import connect, exchange, read_to_close
from coded import DECODE, decoded
from harness import NDJSON, HttpCase, memory_by_kind
from server import Server, seconds

MIB = 1 << 20
BROWSER = "gzip, deflate, br, zstd"


def words(text):
    return [word.strip() for word in (text or "").split(",")]


class CodedAnswers(HttpCase):
    def assert_coded(self, answer, coding):
        self.assertEqual(answer.header("Content-Encoding"), coding, answer)
        self.assertEqual(words(answer.header("Vary")), ["Origin", "Accept-Encoding"], answer)
        self.assertEqual(answer.headers.get_all("Vary"), ["Origin, Accept-Encoding"])

    def coded(self, path, accept, **query):
        return self.get(path, {"Accept-Encoding": accept}, **query)

    def filled_topic(self, count=200):
        name = self.topic()
        self.append(name, json.dumps([{"number": number, "text": "event " * 5} for number in range(count)]))
        return name


class Pages(CodedAnswers):
    def test_pages_in_every_coding(self):
        path = f"/topics/{self.filled_topic()}/events"
        for form in ("json", "ndjson"):
            plain = self.get(path, format=form)
            self.assert_coded(plain, None)
            for accept, coding in (("gzip", "gzip"), ("x-gzip", "gzip"), ("zstd", "zstd"), (BROWSER, "zstd"),
                                   ("*", "gzip"), ("gzip;q=0.5, zstd;q=0.4", "gzip"), ("br, gzip;q=0.1", "gzip"),
                                   ("zstd;q=0, *", "gzip"), ("identity;q=0, zstd", "zstd")):
                with self.subTest(form, accept=accept):
                    answer = self.coded(path, accept, format=form)
                    self.assert_coded(answer, coding)
                    self.assertEqual(decoded(answer), plain.body)
                    self.assertEqual(int(answer.header("Content-Length")), len(answer.body))
                    self.assertLess(len(answer.body), len(plain.body) / 4)
                    for name in ("Content-Type", "Link", "Next-Cursor", "Cache-Control"):
                        self.assertEqual(answer.header(name), plain.header(name))

    def test_what_is_not_accepted_is_not_sent(self):
        path = f"/topics/{self.filled_topic()}/events"
        for accept in ("", "identity", "br", "deflate", "gzip;q=0", "*;q=0", "gzip;q=0.0, zstd;q=0.000",
                       "gzip;q=nonsense", "identity, gzip;q=0.9"):
            with self.subTest(accept):
                answer = self.coded(path, accept)
                self.assert_coded(answer, None)
                self.assertEqual(len(answer.json()["events"]), 200)

    def test_the_list_may_come_in_several_lines(self):
        name = self.filled_topic()
        for lines, coding in ((("Accept-Encoding: br", "Accept-Encoding: gzip"), "gzip"),
                              (("Accept-Encoding: gzip", "accept-encoding: zstd"), "zstd"),
                              (("Accept-Encoding: zstd;q=0.1", "Accept-Encoding:", "Accept-Encoding:\tgzip"), "gzip"),
                              (("Accept-Encoding: br", "X-Accept-Encoding: gzip"), None)):
            with self.subTest(lines):
                head = [f"GET /topics/{name}/events HTTP/1.1", "Host: localhost", *lines, "Connection: close", "", ""]
                answers, _ = self.raw("\r\n".join(head))
                self.assert_coded(answers[0], coding)
                self.assertEqual(len(json.loads(decoded(answers[0]))["events"]), 200)

    def test_small_answers_stay_as_they_are(self):
        name = self.topic()
        plain = self.coded(f"/topics/{name}", BROWSER)
        self.assertEqual((plain.header("Content-Encoding"), plain.header("Vary")), (None, "Origin"))
        around = self.topic()
        for size in (1023 - 3, 1024 - 3):  # two quotes, and the line feed of the answer
            self.append(around, json.dumps("x" * size))
        below, above = (self.coded(f"/topics/{around}/events/0/{offset}", "gzip", view="value") for offset in (0, 1))
        self.assertEqual((below.header("Content-Encoding"), len(below.body)), (None, 1023))
        self.assertEqual((above.header("Content-Encoding"), len(decoded(above))), ("gzip", 1024))

    def test_head_says_what_get_says(self):
        path = f"/topics/{self.filled_topic()}/events"
        for target in (path, "/", "/openapi.yaml"):
            for accept in ("gzip", "zstd", "br"):
                with self.subTest(target, accept=accept):
                    got = self.coded(target, accept)
                    head = self.request("HEAD", target, headers={"Accept-Encoding": accept})
                    self.assertEqual(head.body, b"")
                    for name in ("Content-Encoding", "Content-Length", "Vary", "Content-Type"):
                        self.assertEqual(head.header(name), got.header(name), name)

    def test_large_pages_are_encoded_while_they_are_sent(self):
        name = self.topic()
        lines = [os.urandom(500).hex() for _ in range(8000)]
        self.append(name, "".join(f'"{line}"\n' for line in lines), NDJSON)
        for coding in ("gzip", "zstd"):
            answer = self.coded(f"/topics/{name}/events", coding, limit=8000, max_bytes=64 * MIB, view="value",
                                format="ndjson")
            self.assert_coded(answer, coding)
            self.assertEqual(answer.header("Transfer-Encoding"), "chunked")
            self.assertEqual(decoded(answer), "".join(f'"{line}"\n' for line in lines).encode())

    def test_pages_that_waited(self):
        name = self.filled_topic()
        client = self.server.client()
        at_end = self.page(name, from_="latest")["next"]
        client.connection.request("GET", f"/topics/{name}/events?cursor={at_end}&wait_ms=20000",
                                  headers={"Accept-Encoding": "zstd"})
        self.append(name, json.dumps(["wait " * 1000]))
        response = client.connection.getresponse()
        self.assertEqual(response.headers["Content-Encoding"], "zstd")
        self.assertEqual(len(json.loads(DECODE["zstd"](response.read()))["events"]), 1)


class Others(CodedAnswers):
    def test_the_programs_own_documents(self):
        """Whether they are those of the project, test_static and test_conventions say."""
        for path in ("/", "/openapi.yaml"):
            plain = self.coded(path, "identity")
            self.assert_coded(plain, None)
            self.assertGreater(len(plain.body), 10000)
            for accept, coding in 2 * [("gzip", "gzip"), (BROWSER, "zstd"), ("br", None)]:
                with self.subTest(path, accept=accept):
                    answer = self.coded(path, accept)
                    self.assert_coded(answer, coding)
                    self.assertEqual(decoded(answer), plain.body)

    def test_problems_of_some_size(self):
        name = self.topic()
        answer = self.post(name, "x\n" * 100, NDJSON, {"Accept-Encoding": "gzip"})
        self.assertEqual((answer.status, answer.header("Content-Type")), (400, "application/problem+json"))
        self.assert_coded(answer, "gzip")
        self.assertEqual(len(json.loads(decoded(answer))["errors"]), 100)

    def test_metrics_count_both_ways(self):
        def count(name, coding):
            line = f'tailrace_http_{name}_total{{encoding="{coding}"}} '
            return next(int(row.removeprefix(line)) for row in self.get("/metrics").body.decode().split("\n")
                        if row.startswith(line))

        name = self.filled_topic()
        before = count("answers_encoded", "zstd"), count("bodies_decoded", "gzip")
        self.coded(f"/topics/{name}/events", "zstd")
        self.post(name, gzip.compress(b"1"), headers={"Content-Encoding": "gzip"})
        self.post(name, gzip.compress(b"1")[:-1], headers={"Content-Encoding": "gzip"})
        after = count("answers_encoded", "zstd"), count("bodies_decoded", "gzip")
        self.assertEqual([now - then for then, now in zip(before, after)], [1, 1])

    def test_a_page_of_another_origin(self):
        name = self.filled_topic()
        answer = self.get(f"/topics/{name}/events", {"Accept-Encoding": "gzip", "Origin": "http://localhost:3000"})
        self.assert_coded(answer, "gzip")
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), "http://localhost:3000")

    def test_streams_are_never_encoded(self):
        name = self.filled_topic()
        for query in ("format=sse&from=earliest", "format=ndjson&follow=true&from=earliest"):
            for method in ("GET", "HEAD"):
                with self.subTest(query, method=method), connect(self.server.address(), seconds(5)) as sock:
                    sock.sendall(f"{method} /topics/{name}/events?{query} HTTP/1.1\r\nHost: localhost\r\n"
                                 f"Accept-Encoding: {BROWSER}\r\nConnection: close\r\n\r\n".encode())
                    received = b""
                    while b"event event" not in received and (method == "GET" or b"\r\n\r\n" not in received):
                        part = sock.recv(65536)
                        self.assertTrue(part, received)
                        received += part
                    head = received.partition(b"\r\n\r\n")[0].decode().lower()
                    self.assertNotIn("content-encoding", head)
                    self.assertNotIn("accept-encoding", head)


class Files(unittest.TestCase):
    """--static: encoded while they are sent, under a tag for each coding."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="tailrace-encoded-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.text = b"".join(b"%d: some words of a line\n" % number for number in range(100000))
        cls.noise = os.urandom(4 * MIB).hex().encode()  # more than sockets hold, also when it is encoded
        for name, content in (("app.js", cls.text), ("noise.txt", cls.noise), ("picture.png", cls.text),
                              ("small.txt", b"x" * 1023)):
            (cls.folder / name).write_bytes(content)
        cls.server = Server("--static", cls.folder, "--memory-bytes", "64MiB")  # 16 of it for answers
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()
        cls.client = cls.server.client()

    def get(self, path, method="GET", **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, headers=names)

    def test_in_every_coding(self):
        for accept, coding in (("gzip", "gzip"), (BROWSER, "zstd"), ("br", None)):
            answer = self.get("/app.js", Accept_Encoding=accept)
            self.assertEqual((answer.status, answer.header("Content-Encoding")), (200, coding))
            self.assertEqual(answer.header("Vary"), "Origin, Accept-Encoding")
            self.assertEqual(decoded(answer), self.text)
            head = self.get("/app.js", "HEAD", Accept_Encoding=accept)
            self.assertEqual(head.body, b"")
            for name in ("Content-Encoding", "Content-Length", "ETag", "Vary"):
                self.assertEqual(head.header(name), answer.header(name))

    def test_what_does_not_get_smaller(self):
        for path in ("/picture.png", "/small.txt"):
            answer = self.get(path, Accept_Encoding=BROWSER)
            self.assertEqual((answer.header("Content-Encoding"), answer.header("Vary")), (None, "Origin"))

    def test_each_coding_has_its_tag(self):
        accepts = {"gzip": "gzip", "zstd": "zstd", None: "identity"}
        tags = {coding: self.get("/app.js", Accept_Encoding=accept).header("ETag")
                for coding, accept in accepts.items()}
        self.assertEqual(len(set(tags.values())), 3, tags)
        for coding, accept in accepts.items():
            for other, tag in tags.items():
                with self.subTest(coding, tag=other):
                    answer = self.get("/app.js", Accept_Encoding=accept, If_None_Match=f'"x", W/{tag}')
                    self.assertEqual(answer.status, 304 if coding == other else 200)
                    self.assertEqual(answer.header("ETag"), tags[coding])
                    self.assertEqual(answer.header("Vary"), "Origin, Accept-Encoding")
                    self.assertEqual(answer.header("Cache-Control"), "no-cache")
                    if answer.status == 304:
                        self.assertEqual((answer.body, answer.header("Content-Encoding")), (b"", None))
        self.assertEqual(self.get("/app.js", Accept_Encoding="gzip", If_None_Match="*").status, 304)
        head = self.get("/app.js", "HEAD", Accept_Encoding="gzip", If_None_Match=tags["gzip"])
        self.assertEqual((head.status, head.header("ETag")), (304, tags["gzip"]))

    def test_http_1_0_gets_all_of_it(self):
        data = b"GET /app.js HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"
        received, closed = exchange(self.server.address(), data, seconds(10))
        head, _, body = received.partition(b"\r\n\r\n")
        self.assertTrue(closed)
        self.assertIn(b"Content-Encoding: gzip", head)
        self.assertNotIn(b"chunked", head)
        self.assertEqual(gzip.decompress(body), self.text)

    def test_a_file_that_shrinks_while_it_is_sent(self):
        """The client must see that the answer broke off: its last chunk does not come."""
        path = self.folder / "shrinks.txt"
        path.write_bytes(self.noise)
        with connect(self.server.address(), seconds(10)) as sock:
            sock.sendall(b"GET /shrinks.txt HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")
            received = sock.recv(1024)
            self.assertIn(b"Content-Encoding: gzip", received)
            os.truncate(path, 1000)
            rest, closed = read_to_close(sock, seconds(10))
        self.assertTrue(closed)
        self.assertFalse(rest.endswith(b"\r\n0\r\n\r\n"))

    def slow(self):
        """A client that has asked for much and takes next to nothing; and whether its answer is encoded."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.addCleanup(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(seconds(10))
        sock.connect(self.server.address())
        sock.sendall(b"GET /noise.txt HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: zstd\r\n"
                     b"Connection: close\r\n\r\n")
        return sock, b"Content-Encoding: zstd" in sock.recv(1024)

    def test_encoders_of_slow_clients_are_bounded(self):
        clients = [self.slow() for _ in range(66)]
        count = sum(encoded for _, encoded in clients)
        self.assertTrue(10 < count < 60, count)
        self.assertEqual([encoded for _, encoded in clients], [True] * count + [False] * (66 - count))
        used = memory_by_kind(self.client, "memory_bytes")["pages"]
        self.assertTrue(14 * MIB < used <= 16 * MIB, used)
        answer = self.get("/noise.txt", Accept_Encoding="zstd")
        self.assertEqual((answer.header("Content-Encoding"), answer.body), (None, self.noise))
        self.assertEqual(answer.header("ETag"), self.get("/noise.txt", "HEAD").header("ETag"))
        for sock, _ in clients:
            sock.close()
        deadline = time.monotonic() + seconds(10)
        while not self.slow()[1]:
            self.assertLess(time.monotonic(), deadline, "what clients left is still counted")
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
