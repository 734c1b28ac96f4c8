"""The program itself: its flags and environment, how it starts, what it says when it cannot, and its limits."""

import os
import re
import socket
import tempfile
import time
import unittest
from pathlib import Path

from client import connect, exchange, parse_answers, read_to_close
from harness import own_server
from server import Server, run_program, seconds

FLAGS = ("--listen", "--data", "--column-families", "--read-threads", "--engine", "--auto-create", "--cors-origin",
         "--host", "--max-body-bytes", "--max-body-events", "--max-connections", "--max-connections-per-address",
         "--header-timeout-ms", "--body-timeout-ms", "--idle-timeout-ms", "--request-timeout-ms", "--min-free-bytes",
         "--access-log", "--static", "--check-config", "--version", "--help", "--routes", "--problems")

RENAMED = {"families": "column-families", "readers": "read-threads", "max-inflight-bytes": "memory-bytes"}


class Program(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="tailrace-program-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def serve(self, *flags, **keywords):
        return own_server(self, *flags, **keywords)

    def refused(self, *arguments, env=None, mentions=()):
        """The program must end by itself, not with 0, and say these words on standard error."""
        done = run_program(*arguments, env=env)
        self.assertGreater(done.returncode, 0, done)
        self.assertNotIn("listening ", done.stdout)
        for mention in mentions:
            self.assertIn(mention, done.stderr)
        return done


class CommandLine(Program):
    def test_version(self):
        done = run_program("--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\Atailrace \d+\.\d+\.\d+")

    def test_help_names_every_flag(self):
        for arguments in (("--help",), ("serve", "--help")):
            done = run_program(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for flag in FLAGS:
                self.assertIn(flag, done.stdout)
            self.assertLessEqual(max(len(line) for line in done.stdout.splitlines()), 120)

    def test_help_tells_the_default_of_every_number(self):
        lines = [line for line in run_program("--help").stdout.splitlines() if re.match(r"  --\S+ (N|BYTES|MS)\b", line)]
        self.assertGreater(len(lines), 20)
        for line in lines:
            self.assertRegex(line, r"  \(default: \d+(KiB|MiB)?\)$")

    def test_routes(self):
        done = run_program("--routes")
        self.assertEqual(done.returncode, 0, done)
        for path in ("/topics", "/topics/{topic}", "/topics/{topic}/events", "/events", "/livez", "/openapi.yaml"):
            self.assertRegex(done.stdout, rf"(?m)\bGET\b.*{path.replace('{', '.').replace('}', '.')}(\s|$)")

    def test_problems(self):
        done = run_program("--problems")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("404 topic_not_found false Topic not found\n", done.stdout)
        for line in done.stdout.splitlines():
            self.assertRegex(line, r"^[45][0-9]{2} [a-z_]+ (true|false) [A-Z].*[^.]$")

    def test_an_unknown_flag_names_the_nearest(self):
        self.refused("serve", "--column-famlies", "4", mentions=("--column-famlies", "--column-families"))
        self.refused("serve", "--lisen", "127.0.0.1:0", mentions=("--listen",))
        self.refused("sevre", mentions=("sevre", "tailrace serve"))
        self.refused("serve", "8080", mentions=("8080", "--help"))
        done = self.refused("serve", "--nothing-like-it", mentions=("--nothing-like-it", "--help"))
        self.assertNotIn("did you mean", done.stderr)

    def test_flags_of_other_programs_name_ours(self):
        for flag, ours in (("--port", "use --listen 8080"), ("-p", "use --listen 8080"), ("--bind", "use --listen"),
                           ("--data-dir", "use --data "), ("--cors", "use --cors-origin "), ("-h", "use --help")):
            with self.subTest(flag):
                self.refused("serve", flag, "8080", mentions=(f"unknown flag {flag}; {ours}",))

    def test_old_names_are_refused_with_the_new(self):
        for old, new in RENAMED.items():
            sentence = f"--{old} is now called --{new}\n"
            for arguments in ((f"--{old}", "4"), (f"--{old}=4",), (f"--{old}",), ("--check-config", f"--{old}", "4")):
                with self.subTest(arguments):
                    self.refused("serve", "--data", self.path("data"), *arguments, mentions=(sentence,))
            self.assertNotIn(f"--{old} ", run_program("--help").stdout)
        self.assertFalse(os.path.exists(self.path("data")))

    def test_the_next_flag_is_no_value(self):
        self.refused("serve", "--data", "--check-config", mentions=("--data needs a value",))
        done = run_program("serve", "--data=--odd", "--check-config")
        self.assertEqual(done.returncode, 0, done)

    def test_wrong_values_name_their_flag(self):
        wrong = (("--column-families", "many"), ("--column-families", "-1"), ("--column-families", "1025"),
                 ("--read-threads", "0"), ("--read-threads", "65"),
                 ("--listen", "nowhere"), ("--listen", "127.0.0.1"), ("--listen", "127.0.0.1:99999"),
                 ("--engine", "paper"), ("--max-body-bytes", "1x"), ("--access-log", "maybe"), ("--header-timeout-ms", ""))
        for flag, value in wrong:
            with self.subTest(flag=flag, value=value):
                self.refused("serve", "--data", self.path("data"), "--check-config", flag, value, mentions=(flag,))
        self.refused("serve", "--data", mentions=("--data",))

    def test_addresses_that_are_none(self):
        for where in ("", ":", "99999", ":99999", "8o80", "80 ", "http://127.0.0.1:8080", "[]:8080", "::1:8080",
                      "127.0.0.1:", "127.0.0.1:123456", "127.0.0.1:8o80", "unix:", "unix:/" + "p" * 107, "h" * 256 + ":8080"):
            with self.subTest(where):
                self.refused("serve", "--data", self.path("data"), "--check-config", "--listen", where,
                             mentions=("--listen", where[:100]))

    def test_check_config_checks_and_does_nothing(self):
        done = run_program("serve", "--listen", "127.0.0.1:0", "--data", self.path("data"), "--check-config")
        self.assertEqual(done.returncode, 0, done)
        self.assertNotIn("listening", done.stdout)
        self.assertFalse(os.path.exists(self.path("data")))


class Environment(Program):
    def test_the_same_names(self):
        data = self.path("from-environment")
        server = self.serve(data=False, listen=(), column_families=None, env={
            "TAILRACE_LISTEN": "127.0.0.1:0", "TAILRACE_DATA": data, "TAILRACE_COLUMN_FAMILIES": "4",
            "TAILRACE_MAX_BODY_BYTES": "1024", "TAILRACE_AUTO_CREATE": "true"})
        self.assertTrue(os.path.isdir(data))
        client = server.client()
        self.assertEqual(client.request("POST", "/topics/made/events", b"1").status, 200)
        self.assertEqual(client.request("POST", "/topics/made/events", b'"' + b"x" * 1023 + b'"').status, 413)
        server.stop()

    def test_flags_come_first(self):
        with Server("--max-body-bytes", "2KiB", env={"TAILRACE_MAX_BODY_BYTES": "1024"}) as server:
            client = server.client()
            client.request("PUT", "/topics/a")
            self.assertEqual(client.request("POST", "/topics/a/events", b'"' + b"x" * 1023 + b'"').status, 200)

    def test_wrong_ones_are_named(self):
        self.refused("serve", "--data", self.path("data"), "--check-config", env={"TAILRACE_COLUMN_FAMILIES": "many"},
                     mentions=("many",))

    def test_old_names_are_refused_with_the_new(self):
        for old, new in RENAMED.items():
            old, new = (f"TAILRACE_{name.upper().replace('-', '_')}" for name in (old, new))
            for env in ({old: "4"}, {old: ""}, {old: "4", new: "4"}):
                with self.subTest(env):
                    self.refused("serve", "--data", self.path("data"), env=env,
                                 mentions=(f"the environment variable {old} is now called {new}\n",))
        self.assertFalse(os.path.exists(self.path("data")))


class Starting(Program):
    def test_a_busy_port_says_which_flag(self):
        with socket.create_server(("127.0.0.1", 0)) as busy:
            where = f"127.0.0.1:{busy.getsockname()[1]}"
            self.refused("serve", "--listen", where, "--data", self.path("data"), "--column-families", "4",
                         mentions=("--listen", where))

    def test_addresses_that_are_not_here(self):
        for where in ("host.invalid:0", "192.0.2.1:0", f"unix:{self.path('no/such/folder')}", f"unix:{self.path('')}"):
            with self.subTest(where):
                self.refused("serve", "--listen", where, "--data", self.path("data"), "--column-families", "4",
                             mentions=("cannot listen on", where))

    def test_the_same_data_twice(self):
        server = self.serve(data=self.path("data"))
        self.refused("serve", "--listen", "127.0.0.1:0", "--data", self.path("data"), "--column-families", "4",
                     mentions=("--data",))
        self.assertEqual(server.client().request("GET", "/readyz").status, 200)
        server.stop()

    def test_data_that_cannot_be(self):
        Path(self.path("file")).write_text("x", encoding="ascii")
        for where in (self.path("file"), "/proc/no/such"):
            self.refused("serve", "--listen", "127.0.0.1:0", "--data", where, mentions=(where,))

    def test_a_second_start_with_64_column_families_is_quick(self):
        server = self.serve(data=self.path("data"), column_families=None)
        server.client().request("PUT", "/topics/kept", b'{"partitions":8}')
        server.stop()
        began = time.monotonic()
        server = self.serve(data=self.path("data"), column_families=None)
        self.assertLess(time.monotonic() - began, seconds(2))
        self.assertEqual(len(server.client().request("GET", "/topics/kept").json()["partitions"]), 8)
        server.stop()

    def test_everything_is_there_after_a_restart(self):
        for end in ("stop", "kill"):
            with self.subTest(end):
                data = self.path(end)
                server = self.serve(data=data)
                client = server.client()
                client.request("PUT", "/topics/t", b'{"partitions":3,"ack":"os","key_pointer":"/k"}')
                client.request("POST", "/topics/t/events", b'[{"k":"a"},{"k":"b"},{"k":"c"},1,2]')
                topic = client.request("GET", "/topics/t").json()
                page = client.request("GET", "/topics/t/events?limit=3").json()
                rest = client.request("GET", f"/topics/t/events?cursor={page['next']}").json()["events"]
                getattr(server, end)()
                server = self.serve(data=data)
                client = server.client()
                again = client.request("GET", "/topics/t").json()
                self.assertEqual([again[key] for key in ("id", "created_at", "settings", "name")],
                                 [topic[key] for key in ("id", "created_at", "settings", "name")])
                answer = client.request("GET", f"/topics/t/events?cursor={page['next']}")
                self.assertEqual(answer.json()["events"], rest)
                server.stop()

    def test_the_memory_engine(self):
        server = self.serve("--engine", "memory", column_families=None)
        client = server.client()
        self.assertEqual(client.request("PUT", "/topics/t").status, 201)
        answer = client.request("POST", "/topics/t/events?ack=disk", b"1")
        self.assertEqual((answer.status, answer.json()["code"]), (422, "unsupported_by_engine"))
        self.assertEqual(client.request("POST", "/topics/t/events", b"[1,2]").status, 200)
        self.assertEqual(len(client.request("GET", "/topics/t/events").json()["events"]), 2)
        server.stop()


class Listening(Program):
    def test_ipv6(self):
        server = self.serve(listen=("[::1]:0",))
        self.assertRegex(server.listening[0], r"\Ahttp://\[::1\]:\d+\Z")
        self.assertEqual(server.client().request("GET", "/livez").status, 200)
        server.stop()

    def test_a_port_alone_is_this_machine(self):
        server = self.serve(listen=("0",))
        self.assertRegex(server.listening[0], r"\Ahttp://127\.0\.0\.1:\d+\Z")
        self.assertEqual(server.client().request("GET", "/livez").status, 200)
        server.stop()
        self.assertNotIn("level=warning", server.stderr())

    def test_all_addresses_with_a_warning(self):
        for where, host in ((":0", r"0\.0\.0\.0"), ("0.0.0.0:0", r"0\.0\.0\.0"), ("[::]:0", r"\[::\]")):
            with self.subTest(where):
                server = self.serve(listen=(where, "127.0.0.1:0"))
                self.assertRegex(server.listening[0], rf"\Ahttp://{host}:\d+\Z")
                server.stop()
                warnings = [line for line in server.stderr().splitlines() if "level=warning" in line]
                self.assertEqual(len(warnings), 1, warnings)
                self.assertIn("no authentication", warnings[0])
                self.assertIn(server.listening[0], warnings[0])
                self.assertNotIn(server.listening[1], warnings[0])

    def test_a_unix_socket_also_after_a_kill(self):
        where = self.path("socket")
        server = self.serve(listen=(f"unix:{where}",), data=self.path("data"))
        self.assertEqual(server.client().request("GET", "/livez").status, 200)
        server.kill()
        self.assertTrue(os.path.exists(where), "the test wants what a kill leaves behind")
        server = self.serve(listen=(f"unix:{where}",), data=self.path("data"))
        self.assertEqual(server.client().request("GET", "/livez").status, 200)
        server.stop()
        self.assertFalse(os.path.exists(where))

    def test_several(self):
        server = self.serve(listen=("127.0.0.1:0", f"unix:{self.path('socket')}", "127.0.0.1:0"))
        self.assertEqual(len(server.listening), 3)
        for index in range(3):
            self.assertEqual(server.client(index).request("GET", "/livez").status, 200)
        server.stop()


class Deadlines(Program):
    def drip(self, server, start, rest, limit):
        """Sends a byte every 50 ms; gives the answers and how long it took until the server closed."""
        began = time.monotonic()
        with connect(server.address(), seconds(5)) as sock:
            try:
                sock.sendall(start)
                for byte in rest:
                    sock.settimeout(0.05)
                    try:
                        part = sock.recv(65536)
                    except TimeoutError:
                        sock.sendall(bytes([byte]))
                        continue
                    more, _ = read_to_close(sock, seconds(1)) if part else (b"", True)
                    return parse_answers(part + more), time.monotonic() - began
            except (BrokenPipeError, ConnectionResetError):
                return [], time.monotonic() - began
        self.fail(f"still open after {limit} s")

    def test_headers(self):
        server = self.serve("--header-timeout-ms", "500")
        filler = b"a" * int(60 * seconds(1))
        for start in (b"", b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: "):
            answers, took = self.drip(server, start, filler, 3)
            self.assertLess(took, seconds(2))
            self.assertGreater(took, 0.3)
            for answer in answers:
                self.assertEqual(answer.status, 408)
        began = time.monotonic()
        received, closed = exchange(server.address(), b"", seconds(3))
        self.assertEqual((received, closed), (b"", True), "a connection that says nothing must be closed")
        self.assertLess(time.monotonic() - began, seconds(2))
        server.stop()

    def test_the_next_headers_of_a_connection_too(self):
        server = self.serve("--header-timeout-ms", "500")
        one = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with connect(server.address(), seconds(5)) as sock:
            sock.sendall(one)
            self.assertIn(b" 200 ", sock.recv(65536))
            sock.sendall(one[:-4])
            received, closed = read_to_close(sock, seconds(2.5))
        self.assertTrue(closed, "half a second request holds the connection")
        for answer in parse_answers(received):
            self.assertEqual(answer.status, 408)
        server.stop()

    def test_bodies(self):
        server = self.serve("--body-timeout-ms", "500")
        client = server.client()
        client.request("PUT", "/topics/t")
        start = b"POST /topics/t/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
        answers, took = self.drip(server, start, b"1" * int(60 * seconds(1)), 3)
        self.assertLess(took, seconds(2.5))
        for answer in answers:
            self.assertEqual((answer.status, answer.json()["code"], answer.json()["written"]),
                             (408, "request_timeout", False))
        self.assertEqual(client.request("GET", "/topics/t").json()["partitions"][0]["next_offset"], 0)
        server.stop()

    def test_idle_connections(self):
        server = self.serve("--idle-timeout-ms", "500")
        began = time.monotonic()
        received, closed = exchange(server.address(), b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", seconds(4))
        self.assertTrue(closed)
        self.assertIn(b"200", received)
        self.assertGreater(time.monotonic() - began, 0.3)
        server.stop()


class Connections(Program):
    REQUEST = b"GET /topics HTTP/1.1\r\nHost: localhost\r\n\r\n"

    def served(self, address, count):
        """Opens so many connections side by side; gives how many were served, and then closes them all."""
        sockets = [connect(address, seconds(2)) for _ in range(count)]
        served = 0
        try:
            for sock in sockets:
                try:
                    sock.sendall(self.REQUEST)
                    first = sock.recv(65536)
                except (ConnectionResetError, BrokenPipeError):
                    first = b""
                served += b" 200 " in first[:20]
                if b" 200 " not in first[:20] and first:
                    self.assertIn(b" 503 ", first[:20])
                    self.assertIn(b"too_many_connections", first)
        finally:
            for sock in sockets:
                sock.close()
        return served

    def check(self, flag):
        server = self.serve(flag, "5")
        self.assertEqual(self.served(server.address(), 9), 5)
        deadline = time.monotonic() + seconds(3)
        while self.served(server.address(), 1) != 1:
            self.assertLess(time.monotonic(), deadline, "closed connections still count")
            time.sleep(0.02)
        time.sleep(0.1)
        self.assertEqual(self.served(server.address(), 5), 5)
        server.stop()

    def test_in_all(self):
        self.check("--max-connections")

    def test_per_address(self):
        self.check("--max-connections-per-address")

    def test_many_at_once(self):
        server = self.serve()
        self.assertEqual(self.served(server.address(), 300), 300)
        server.stop()


class Log(Program):
    def test_one_line_an_event_and_accesses_on_wish(self):
        for switch, expected in (("on", True), ("off", False)):
            server = self.serve("--access-log", switch)
            client = server.client()
            client.request("GET", "/topics?prefix=find.me", headers={"Request-Id": "id-in-log"})
            client.request("GET", "/nowhere%0Aforged=line", headers={"Request-Id": "id-two"})
            server.stop()
            lines = server.stderr().splitlines()
            self.assertTrue(all("=" in line for line in lines), lines)
            self.assertFalse([line for line in lines if line.startswith("forged")])
            self.assertEqual(any("id-in-log" in line and "200" in line for line in lines), expected)

    def test_nothing_but_the_line_on_standard_output(self):
        server = self.serve()
        server.client().request("GET", "/topics")
        server.stop()
        out = Path(server.directory, "out.1").read_text(encoding="utf-8")
        self.assertRegex(out, r"\Alistening http://127\.0\.0\.1:\d+\n\Z")


if __name__ == "__main__":
    unittest.main()
