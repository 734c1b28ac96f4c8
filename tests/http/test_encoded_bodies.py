"""Bodies of requests with a Content-Encoding: read as if they came without, under the same limits, or refused whole."""

import gzip
import json
import os
import time
import unittest
from pathlib import Path

from client import connect
from coded import (ENCODE, WINDOW_1_KIB, WINDOW_128_KIB, WINDOW_1_MIB, WINDOW_8_MIB, WINDOW_9_MIB, gzip_bomb, zstd_bomb,
                   zstd_compress, zstd_frame, zstd_skipped)
from harness import ENVELOPE, NDJSON, HttpCase, memory_by_kind, unique
from server import SCALE, seconds

MIB = 1 << 20


class CodedCase(HttpCase):
    def coded(self, topic, coding, body, content_type=None, **query):
        return self.post(topic, body, content_type, {"Content-Encoding": coding}, **query)

    def assert_invalid(self, answer, *mentions):
        self.assert_not_written(answer, 400, "invalid_encoding", *mentions)


class Forms(CodedCase):
    def test_every_form_of_an_append(self):
        for coding, encode in ENCODE.items():
            with self.subTest(coding):
                name = self.topic()
                for body, kind in ((b'{"a":1}', None), (b" [2,\n3]", "application/json"), (b"4\n\n5", NDJSON),
                                   (b'{"events":[{"value":6,"key":"k"}]}', ENVELOPE)):
                    answer = self.coded(name, coding, encode(body), kind)
                    self.assertEqual(answer.status, 200, answer)
                self.assertEqual(self.stored(name), [b'{"a":1}', b"2", b"3", b"4", b"5", b"6"])

    def test_settings_and_commits(self):
        for coding, encode in ENCODE.items():
            with self.subTest(coding):
                name, headers = self.topic(), {"Content-Encoding": coding}
                made = self.request("PUT", f"/topics/{name}-2", encode(b'{"partitions":3}'), headers)
                self.assertEqual((made.status, len(made.json()["partitions"])), (201, 3), made)
                grown = self.request("PATCH", f"/topics/{name}", encode(b'{"partitions":2}'), headers)
                self.assertEqual((grown.status, len(grown.json()["partitions"])), (200, 2), grown)
                commit = {"offsets": [{"topic": name, "partition": 1, "offset": 0}]}
                done = self.request("POST", f"/groups/{name}/offsets", encode(json.dumps(commit).encode()), headers)
                self.assertEqual(done.status, 200, done)

    def test_names_of_codings(self):
        name = self.topic()
        for coding in ("", " ", "identity", "IDENTITY"):
            self.assertEqual(self.coded(name, coding, b"1").status, 200, coding)
        for coding in ("GZIP", "X-gzip", " gzip "):
            self.assertEqual(self.coded(name, coding, gzip.compress(b"1")).status, 200, coding)

    def test_others_are_refused_with_those_that_are_taken(self):
        name = self.topic()
        for coding in ("br", "deflate", "nonsense", "gzip, zstd", "gzip, gzip", "identity, gzip", "gzip;q=1", "*"):
            with self.subTest(coding):
                answer = self.coded(name, coding, gzip.compress(b"1"))
                self.assert_not_written(answer, 415, "unsupported_encoding", coding, "gzip, zstd")
                self.assertEqual(answer.header("Accept-Encoding"), "gzip, zstd")
        self.assert_empty(name)

    def test_bodies_of_many_pieces(self):
        noise = [os.urandom(300).hex() for _ in range(5000)]
        body = "".join(f'"{text}"\n' for text in noise).encode()
        for coding, encode in ENCODE.items():
            with self.subTest(coding):
                name = self.topic()
                self.assertEqual(self.coded(name, coding, encode(body), NDJSON).status, 200)
                self.assertEqual(self.stored(name, limit=5000, max_bytes=16 * MIB), body.split(b"\n")[:-1])

    def test_in_chunks_of_any_size(self):
        for coding, encode in ENCODE.items():
            body = encode(b"[1,22,333]") + encode(b"") + encode(b" ")
            for size in (1, 2, 5, len(body)):
                with self.subTest(coding, size=size):
                    name = self.topic()
                    pieces = (body[at : at + size] for at in range(0, len(body), size))
                    self.client.close()  # libmicrohttpd 0.9 ends a connection after chunks
                    answer = self.client.request("POST", f"/topics/{name}/events", pieces, {"Content-Encoding": coding})
                    self.assertEqual(answer.status, 200, answer)
                    self.client.close()
                    self.assertEqual(self.stored(name), [b"1", b"22", b"333"])

    def test_several_in_a_row(self):
        for coding, bodies in (("gzip", [gzip.compress(part) for part in (b"[1,", b"", b"2]")]),
                               ("zstd", [zstd_frame(b"[1,"), zstd_skipped(b"not read"), zstd_compress(b"2]")])):
            with self.subTest(coding):
                name = self.topic()
                self.assertEqual(self.coded(name, coding, b"".join(bodies)).json()["count"], 2)
                self.assertEqual(self.values(name), [1, 2])

    def test_a_client_that_waits_before_it_sends(self):
        name = self.topic()
        body = gzip.compress(b"[1,2]")
        head = (f"POST /topics/{name}/events HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
                f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        answers, _ = self.raw(head.encode() + body)
        self.assertEqual([answer.status for answer in answers], [200])

    def test_positions_count_decoded_bytes(self):
        name = self.topic()
        body = b"[" + b" " * 5000 + b"1,,2]"
        for coding, encode in ENCODE.items():
            answer = self.coded(name, coding, encode(body))
            problem = self.assert_not_written(answer, 400, "invalid_json")
            self.assertEqual(problem["errors"][0]["position"], body.index(b",,") + 1, coding)


class Malformed(CodedCase):
    def test_cut_short(self):
        name = self.topic()
        for coding, encode in ENCODE.items():
            body = encode(b"[1,2,3]")
            for size in range(1, len(body)):
                self.assert_invalid(self.coded(name, coding, body[:size]), "cut short")
            self.assert_invalid(self.coded(name, coding, body + body[:7]), "cut short")
        self.assert_empty(name)

    def test_bytes_behind_the_end(self):
        name = self.topic()
        for coding, encode in ENCODE.items():
            for behind in (b"x", b"\0", b"\n", b"[1]", encode(b"1")[1:]):
                self.assert_invalid(self.coded(name, coding, encode(b"1") + behind), "unexpected bytes")
        self.assert_empty(name)

    def test_not_coded_at_all(self):
        name = self.topic()
        for coding, encode in ENCODE.items():
            other = ENCODE["zstd" if encode is gzip.compress else "gzip"]
            for body in (b"[1]", b"1", other(b"1")):
                self.assert_invalid(self.coded(name, coding, body), "does not begin", "Content-Encoding")
        self.assert_empty(name)

    def test_damaged(self):
        name = self.topic()
        body = bytearray(gzip.compress(b"[1,2,3]" * 100))
        body[-6] ^= 1
        self.assert_invalid(self.coded(name, "gzip", bytes(body)), "checksum")
        body[-6] ^= 1
        body[12] ^= 0xFF
        self.assert_invalid(self.coded(name, "gzip", bytes(body)), "gzip")
        self.assert_invalid(self.coded(name, "zstd", b"\x28\xb5\x2f\xfd\x00\x00\x07\x00\x00"), "damaged")
        self.assert_empty(name)

    def test_windows_of_zstd(self):
        name = self.topic()
        for window in (WINDOW_1_KIB, WINDOW_8_MIB):
            self.assertEqual(self.coded(name, "zstd", zstd_frame(b"1", window)).status, 200)
        self.assert_invalid(self.coded(name, "zstd", zstd_frame(b"1", WINDOW_9_MIB)), "8 MiB")

    def test_empty(self):
        name = self.topic()
        for coding, encode in ENCODE.items():
            self.assert_invalid(self.coded(name, coding, b""), "it is empty")
            self.assert_not_written(self.coded(name, coding, encode(b"")), 400, "empty_body")
        self.assert_not_written(self.coded(name, "zstd", zstd_skipped(b"abc")), 400, "empty_body")
        self.assert_empty(name)

    def test_a_topic_may_be_made_without_a_body(self):
        head = (f"PUT /topics/{unique()} HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
                "Connection: close\r\n\r\n")
        self.assertEqual(self.raw(head)[0][0].status, 201)

    def test_the_connection_goes_on(self):
        name = self.topic()
        for body in (b"x" * 200000, gzip.compress(b"1") + b"x" * 200000):
            connection = self.client.connection.sock
            self.assert_invalid(self.coded(name, "gzip", body))
            self.assertEqual(self.append(name, "1")["count"], 1)
            self.assertIs(self.client.connection.sock, connection)


class SmallLimit(CodedCase):
    flags = ("--max-body-bytes", "1000")

    def test_the_limit_is_met_exactly(self):
        name = self.topic()
        for coding, encode in ENCODE.items():
            self.assertEqual(self.coded(name, coding, encode(b'"' + b"x" * 998 + b'"')).status, 200)
            for body in (encode(b'"' + b"x" * 999 + b'"'), encode(b'"' + b"x" * 998) + encode(b'" ')):
                self.assert_not_written(self.coded(name, coding, body), 413, "body_too_large", 1000, "decoded")
        self.assertEqual(self.next_offsets(name), [len(ENCODE)])

    def test_what_is_sent_is_bounded_too(self):
        name = self.topic()
        for coding, empty in (("gzip", gzip.compress(b"")), ("zstd", zstd_frame(b"")), ("zstd", zstd_skipped(b"abc"))):
            body = ENCODE[coding](b"1") + empty * 200
            self.assertGreater(len(body), 1000)
            self.assert_not_written(self.coded(name, coding, body), 413, "body_too_large")
            self.client.close()
            pieces = (body[at : at + 100] for at in range(0, len(body), 100))
            answer = self.client.request("POST", f"/topics/{name}/events", pieces, {"Content-Encoding": coding})
            problem = self.assert_not_written(answer, 413, "body_too_large")
            self.assertNotIn("decoded", problem["detail"])
            self.client.close()
        self.assert_empty(name)

    def test_a_bomb_that_is_sent_on_and_on(self):
        """What follows a refusal is thrown away, and at four times the limit the connection ends."""
        name = self.topic()
        body = zstd_bomb(1 << 30)
        pieces = (body[at : at + 100] for at in range(0, len(body), 100))
        try:
            answer = self.client.request("POST", f"/topics/{name}/events", pieces, {"Content-Encoding": "zstd"})
            self.assert_not_written(answer, 413, "body_too_large")
        except ConnectionResetError:
            pass
        self.client.close()
        self.assert_empty(name)


class Bombs(CodedCase):
    """A gigabyte out of a megabyte, or of 32 KiB."""

    def peak_growth(self, work):
        """By how much the server's resident memory grew at most."""
        Path(f"/proc/{self.server.pid}/clear_refs").write_text("5", encoding="ascii")
        before = self.server.resident_bytes()
        work()
        for line in Path(f"/proc/{self.server.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 - before
        raise AssertionError("no VmHWM")

    def test_a_bomb_costs_no_memory(self):
        name = self.topic()
        for coding, body in (("gzip", gzip_bomb(1 << 30)), ("zstd", zstd_bomb(1 << 30)),
                             ("gzip", gzip.compress(b"0" * (17 * MIB)) * 60)):
            with self.subTest(coding, sent=len(body)):
                self.assertLess(len(body), 1.1 * MIB)

                def send(coding=coding, body=body):
                    self.assert_not_written(self.coded(name, coding, body), 413, "body_too_large", "decoded")

                growth = self.peak_growth(send)
                # The body as far as its limit of 16 MiB, the buffer that it moved out of, and a window.
                self.assertLess(growth, (16 + 16 + 8 + 8) * MIB * (1 if SCALE == 1 else 8))
        self.assert_empty(name)
        self.append(name, "1")


class Inflight(CodedCase):
    """Decoded bytes and windows count among the bodies under way."""

    # Of the memory, 6 MiB are for bodies.
    flags = ("--memory-bytes", str(16 * MIB), "--max-body-bytes", str(6 * MIB), "--max-body-events", "10000",
             "--body-timeout-ms", "1000")

    def test_decoded_bytes_count(self):
        name = self.topic()
        for coding, encode in ENCODE.items():
            with connect(self.server.address(), seconds(5)) as sock:
                # A body that is not complete: its first 1.5 MiB lie in a buffer of 2, beside a window.
                body = encode(b" " * (3 * MIB // 2) + os.urandom(64 * 1024).hex().encode())
                sock.sendall((f"POST /topics/{name}/events HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: {coding}\r\n"
                              f"Content-Length: {len(body) + 1}\r\n\r\n").encode() + body)
                self.await_bodies(lambda used: used > 2 * MIB)
                answer = self.coded(name, coding, encode(b" " * (3 * MIB)))
                self.assert_not_written(answer, 503, "overloaded")
                self.assertEqual(answer.headers.get("Retry-After"), "1")
                answer = self.coded(name, coding, encode(b" " * (MIB // 8) + b"1"))
                self.assertEqual(answer.status, 200, answer)
            self.await_bodies(lambda used: used == 0)

    def await_bodies(self, enough):
        deadline = time.monotonic() + seconds(5)
        while not enough(self.bodies_bytes()):
            self.assertLess(time.monotonic(), deadline, self.bodies_bytes())
            time.sleep(0.01)

    def bodies_bytes(self):
        return memory_by_kind(self.client, "memory_bytes")["bodies"]

    def test_windows_count(self):
        """As far as they are used: encoders ask for the largest one, whatever they send."""
        name = self.topic()
        body = b" " * (3 * MIB) + b"1"
        self.assert_not_written(self.coded(name, "zstd", zstd_frame(body, WINDOW_8_MIB)), 503, "overloaded")
        for frame in (zstd_frame(body, WINDOW_128_KIB), zstd_frame(b"1", WINDOW_8_MIB)):
            answer = self.coded(name, "zstd", frame)
            self.assertEqual(answer.status, 200, answer)

    def test_clients_that_go_away_leave_nothing_counted(self):
        """Each holds a MiB of the six until it is gone: of twenty none must stay."""
        name = self.topic()
        for coding, body in (("gzip", gzip_bomb(MIB, MIB)), ("zstd", zstd_bomb(MIB, window=WINDOW_1_MIB))):
            head = (f"POST /topics/{name}/events HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: {coding}\r\n"
                    f"Content-Length: {len(body) + 1}\r\n\r\n").encode()
            for number in range(20):
                with connect(self.server.address(), seconds(5)) as sock:
                    sock.sendall(head + body[: len(body) - number % 3 * 3])
        deadline = time.monotonic() + seconds(10)
        while self.coded(name, "gzip", gzip.compress(b" " * (3 * MIB) + b"1")).status != 200:
            self.assertLess(time.monotonic(), deadline, "what clients left is still counted")
            time.sleep(0.05)
        self.await_bodies(lambda used: used == 0)


if __name__ == "__main__":
    unittest.main()
