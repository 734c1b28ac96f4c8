"""What must hold behind each proxy of examples/proxies. BrowserCases are in browser_cases.py."""

import gzip
import http.client
import json
import sys
import tempfile
import threading
import time
import unittest
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).resolve().parents[1] / "http"))

import fronts  # noqa: E402: those of tests/http come behind it
from live_case import within_tries  # noqa: E402
from proxies import free_ports  # noqa: E402
from server import Server, seconds  # noqa: E402
from streams import SSE  # noqa: E402
from visitor import ENCODINGS, EventSource, Visitor  # noqa: E402

LIVE_SECONDS = 0.25  # from a post to the reader behind the proxy
MIB = 1 << 20
GZIP = {"Accept-Encoding": "gzip"}
FOREIGN = "https://shop.example"  # a site whose pages may call


class ProxyCase(unittest.TestCase):
    """A gateway behind one proxy, for all cases of a class; `make` makes the proxy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.front = cls.make()
        cls.addClassCleanup(cls.front.stop)
        cls.prepare(cls.front)
        static = tempfile.TemporaryDirectory(prefix="tailrace-proxies-")
        cls.addClassCleanup(static.cleanup)
        Path(static.name, "page.html").write_text("<p>It is always the same." * 100, encoding="utf-8")
        port, = free_ports(1)  # the same one after a restart
        cls.server = Server("--host", fronts.NAME, "--cors-origin", FOREIGN,
                            "--static", static.name, listen=(f"127.0.0.1:{port}",))
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()
        cls.front.start(cls.server.address())
        cls.visitor = Visitor(cls.front.fronts["https"], fronts.NAME)
        cls.topics = 0

    @classmethod
    def prepare(cls, front):
        """What is to be changed about the proxy before it starts."""

    def topic(self, **settings):
        type(self).topics += 1
        name = f"t{self.topics}"
        self.send("PUT", f"/topics/{name}", json.dumps(settings))
        return name

    def send(self, method, target, body=None, headers=None, status=2):
        """Through the proxy; the answer must be of this hundred."""
        answer = self.visitor.request(method, target, body, headers)
        self.assertEqual(answer.status // 100, status, answer)
        return answer

    def post_straight(self, topic, value):
        """Past the proxy, so that what is measured or lost is the reader's."""
        answer = self.server.client().request("POST", f"/topics/{topic}/events", json.dumps(value))
        self.assertEqual(answer.status, 200, answer)

    def log_of(self, topic):
        """(partition, offset, value) of all that it has, by the gateway's own account."""
        events, cursor = [], ""
        client = self.server.client()
        while True:
            page = client.request("GET", f"/topics/{topic}/events?limit=10000{cursor}").json()
            events += [(event["partition"], event["offset"], event["value"]) for event in page["events"]]
            cursor = f"&cursor={page['next']}"
            if page["up_to_date"]:
                return sorted(events)


class Passing:
    """Pages and posts."""

    def test_the_page_by_the_name_of_the_site(self):
        answer = self.send("GET", "/")
        self.assertIn("Tailrace", answer.body.decode())
        refused = self.server.client().request("GET", "/", headers={"Host": "other.example.test"})
        self.assertEqual(refused.status, 403, "the gateway looks at the name")

    def test_plain_http_redirects(self):
        connection = fronts.plain_connection(self.front.fronts["http"])
        self.addCleanup(connection.close)
        connection.request("GET", "/topics?limit=1", headers={"Host": fronts.NAME})
        answer = connection.getresponse()
        self.assertIn(answer.status, (301, 308))
        self.assertRegex(answer.getheader("Location"), rf"^https://{fronts.NAME}(:\d+)?/topics\?limit=1$")

    def test_pages_are_compressed(self):
        topic = self.topic()
        self.send("POST", f"/topics/{topic}/events", json.dumps([{"n": n, "text": "abc" * 10} for n in range(200)]))
        for target in (f"/topics/{topic}/events", "/", "/openapi.yaml"):
            with self.subTest(target):
                answer = self.send("GET", target, headers=GZIP)
                self.assertEqual(answer.header("Content-Encoding"), "gzip", answer.headers)
                self.assertIn("accept-encoding", ",".join(answer.headers.get_all("Vary", [])).lower(), answer.headers)
                inflated = gzip.decompress(answer.body)
                self.assertLess(len(answer.body), len(inflated) / 2)
                self.assertEqual(inflated, self.send("GET", target).body)

    def test_a_file_that_did_not_change(self):
        """A proxy that compresses may change its tag, and must know it again."""
        answer = self.send("GET", "/page.html", headers=GZIP)
        self.assertEqual(answer.header("Content-Encoding"), "gzip", answer.headers)
        again = self.visitor.request("GET", "/page.html", headers=GZIP | {"If-None-Match": answer.header("ETag")})
        self.assertEqual(again.status, 304, f"{answer.headers}{again.headers}")

    def test_a_big_post(self):
        topic = self.topic()
        value = "x" * 999_990
        self.send("POST", f"/topics/{topic}/events", json.dumps([value] * 16))
        self.assertEqual(len(self.log_of(topic)), 16)

    def test_a_post_that_is_too_big(self):
        """It is the gateway that refuses it, and says why."""
        topic = self.topic()
        answer = self.visitor.request("POST", f"/topics/{topic}/events", b" " * (16 * MIB + 1))
        self.assertEqual((answer.status, answer.json()["code"]), (413, "body_too_large"), answer)
        self.assertEqual(self.log_of(topic), [])

    def test_errors_pass_as_they_are(self):
        answer = self.visitor.request("GET", "/topics/nowhere/events", headers={"Origin": FOREIGN})
        self.assertEqual((answer.status, answer.json()["code"]), (404, "topic_not_found"), answer)
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), FOREIGN)


class Streaming:
    """Live streams while the gateway is there. They begin with events that are there already: a proxy may look at how much
    comes first when it decides whether to compress an answer."""

    BACKLOG = 50

    def topic_with_backlog(self):
        topic = self.topic()
        self.send("POST", f"/topics/{topic}/events", json.dumps(["x" * 200] * self.BACKLOG))
        return topic

    def slowest(self, topic, read, count=40):
        """Posts one event after the other, gives the longest time that one took to `read`, a function of its value."""
        longest = 0
        for number in range(count):
            began = time.monotonic()
            self.post_straight(topic, number)
            longest = max(longest, read(number) - began)
        return longest

    def test_events_arrive_at_once(self):
        topic = self.topic_with_backlog()
        with EventSource(self.visitor, f"/topics/{topic}/events?from=earliest") as source:
            source.await_true("what is there comes", lambda it: len(it.events) >= self.BACKLOG)

            def read(number):
                source.await_true("it comes", lambda it: it.events and it.events[-1][0]["value"] == number)
                return source.events[-1][1]

            within_tries(f"{self.front.example.name}: event to reader, seconds",
                         lambda: self.slowest(topic, read), LIVE_SECONDS)
            self.assertEqual(source.opened, 1)

    def test_lines_arrive_at_once(self):
        topic = self.topic_with_backlog()
        connection, response = self.visitor.open(
            f"/topics/{topic}/events?format=ndjson&follow=true&from=earliest", {"Accept-Encoding": ENCODINGS})
        self.addCleanup(connection.close)
        self.assertEqual((response.status, response.getheader("Content-Encoding")), (200, None))

        def read(number):
            while True:
                document = json.loads(response.readline())
                if document.get("value") == number:
                    return time.monotonic()

        within_tries(f"{self.front.example.name}: event to reader of lines, seconds",
                     lambda: self.slowest(topic, read), LIVE_SECONDS)


class Restarting:
    """An EventSource while the gateway goes away and comes back."""

    # How it goes, and whether it stays away until the proxy has answered in its place, or comes back at once.
    RESTARTS = (("stop", True), ("kill", True), ("kill", False))

    def publish(self, topic, over, partitions):
        """Until it is told to stop. What fails while the gateway is away does not matter: the log is what counts."""
        number = 0
        while not over.is_set():
            target = f"/topics/{topic}/events?partition={number % partitions}"
            try:
                self.visitor.request("POST", target, str(number))
            except (OSError, http.client.HTTPException):
                pass
            number += 1
            over.wait(0.025)  # each event is a connection of its own

    def over_restarts(self, topic, count, opened):
        """Publishes, and restarts the gateway. `count` and `opened` tell how many events the reader has, and how often its
        stream was opened: by the proxy's answer too. Gives the log, when the reader has as many events."""
        over = threading.Event()
        publisher = threading.Thread(target=self.publish, args=(topic, over, 2), daemon=True)
        publisher.start()
        try:
            for how, stays_away in self.RESTARTS:
                self.await_more(count, 20)
                before = opened()
                getattr(self.server, how)()
                if stays_away:
                    self.await_more(opened, 1, before)
                self.server.start()
                self.await_more(opened, 1 + stays_away, before)
            self.await_more(count, 20)
        finally:
            over.set()
            publisher.join(seconds(40))
            if self.server.process.poll() is not None:
                self.server.start()  # so that what failed here fails alone
        log = self.log_of(topic)
        self.await_more(count, len(log), 0)
        return log

    def await_more(self, ask, more, before=None):
        before = ask() if before is None else before
        deadline = time.monotonic() + seconds(40)
        while ask() < before + more:
            self.assertLess(time.monotonic(), deadline, f"{ask()} instead of {before + more}")
            time.sleep(0.05)

    def test_nothing_is_lost_and_nothing_comes_twice(self):
        topic = self.topic(partitions=2)
        with EventSource(self.visitor, f"/topics/{topic}/events?from=earliest") as source:
            source.await_true("the stream opens", lambda it: it.opened)
            log = self.over_restarts(topic, lambda: len(source.events), lambda: source.opened)
            source.await_true("it is not closed for good", lambda it: True)
            got = sorted((event["partition"], event["offset"], event["value"]) for event, _ in source.events)
        self.assertEqual(got, log)

    def test_what_is_answered_while_it_is_away(self):
        self.server.stop()
        try:
            answer = self.visitor.request("GET", "/topics/t/events", headers={"Accept": SSE, "Origin": FOREIGN})
            self.assertEqual((answer.status, answer.body), (200, b"retry: 2000\n\n"), answer.headers)
            self.assertEqual(answer.header("Content-Type").partition(";")[0], SSE)
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), FOREIGN)
            self.assertEqual(answer.header("Access-Control-Allow-Credentials"), "true")
            self.assertEqual(answer.header("Cache-Control"), "no-store")
            self.assertIn(self.visitor.request("GET", "/topics/t/events").status, (502, 503))
            self.assertIn(self.visitor.request("POST", "/topics/t/events", "1").status, (502, 503))
        finally:
            self.server.start()


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers that it got."""

    def do_GET(self):
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve_echo(case):
    """Until the case is over; gives the origin."""
    echo = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    case.addCleanup(echo.server_close)
    threading.Thread(target=echo.serve_forever, daemon=True).start()
    case.addCleanup(echo.shutdown)
    return f"http://127.0.0.1:{echo.server_port}"


class Guarding:
    """The lines for a password."""

    @classmethod
    def prepare(cls, front):
        front.require_password("secret")

    def request(self, method, target, body=None, password=None, headers=None):
        if password is not None:
            word = b64encode(f"ada:{password}".encode()).decode()
            headers = (headers or {}) | {"Authorization": f"Basic {word}"}
        return self.visitor.request(method, target, body, headers)

    def test_nothing_without_it(self):
        self.assertEqual(self.request("PUT", "/topics/guarded", "{}", "secret").status, 201)
        for password in (None, "wrong"):
            for method, target, headers in (("GET", "/", {}), ("GET", "/topics/guarded/events", {"Accept": SSE}),
                                            ("POST", "/topics/guarded/events", {}), ("DELETE", "/topics/guarded", {})):
                with self.subTest(f"{method} {target}", password=password):
                    body = "1" if method == "POST" else None
                    answer = self.request(method, target, body, password, headers)
                    self.assertEqual(answer.status, 401, answer)
                    self.assertRegex(answer.header("WWW-Authenticate"), "^Basic ")  # so that a browser asks for it
        self.assertEqual(self.log_of("guarded"), [])

    def test_everything_with_it(self):
        self.assertEqual(self.request("PUT", "/topics/open", "{}", "secret").status, 201)
        self.assertEqual(self.request("POST", "/topics/open/events", "1", "secret").status, 200)
        self.assertEqual(len(self.request("GET", "/topics/open/events", None, "secret").json()["events"]), 1)


class Forwarding:
    """What the proxy tells the gateway, seen by a server that says what it got."""

    def test_headers(self):
        front = self.make()
        self.addCleanup(front.stop)
        front.start(("127.0.0.1", urlsplit(serve_echo(self)).port))
        visitor = Visitor(front.fronts["https"], fronts.NAME)
        sent = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "other.example"}
        got = {name.lower(): value for name, value in visitor.request("GET", "/", headers=sent).json().items()}
        self.assertEqual(got["host"].partition(":")[0], fronts.NAME)
        self.assertEqual(got["x-forwarded-for"], "127.0.0.1", "what a client claims is not passed on")
        self.assertEqual(got["x-forwarded-host"].partition(":")[0], fronts.NAME)
        self.assertEqual(got["x-forwarded-proto"], "https")


class TogetherSilent(unittest.TestCase):
    """The longest time that the gateway keeps quiet, behind all proxies at once."""

    POLL_MS = 60000  # the longest that there is
    HEARTBEAT_MS = 50000

    def poll(self, visitor, outcomes):
        began = time.monotonic()
        answer = visitor.request("GET", f"/topics/quiet/events?wait_ms={self.POLL_MS}", timeout=90)
        waited = time.monotonic() - began >= self.POLL_MS / 1000
        outcomes.append((answer.status, answer.json().get("up_to_date"), waited))

    def test_a_minute(self):
        server = Server("--host", fronts.NAME, "--heartbeat-ms", self.HEARTBEAT_MS)
        self.addCleanup(server.remove)
        server.start()
        for topic in ("quiet", "loud"):
            server.client().request("PUT", f"/topics/{topic}", "{}")
        outcomes, threads, sources = [], [], []
        for make in fronts.ALL.values():
            front = make()
            self.addCleanup(front.stop)
            front.start(server.address())
            visitor = Visitor(front.fronts["https"], fronts.NAME)
            threads.append(threading.Thread(target=self.poll, args=(visitor, outcomes), daemon=True))
            threads[-1].start()
            sources.append(self.enterContext(EventSource(visitor, "/topics/loud/events")))
        for thread in threads:
            thread.join(seconds(100))
        self.assertEqual(outcomes, [(200, True, True)] * len(fronts.ALL))
        server.client().request("POST", "/topics/loud/events", "1")
        for source in sources:
            source.await_true("the stream still lives", lambda it: it.events)
            self.assertEqual(source.opened, 1)


class TogetherWithoutTheLines(unittest.TestCase):
    """Else the cases of Restarting would say nothing: without what carries it over, an EventSource is lost."""

    def test_an_event_source_is_closed_for_good(self):
        server = Server("--host", fronts.NAME)
        self.addCleanup(server.remove)
        server.start()
        server.client().request("PUT", "/topics/t", "{}")
        front = fronts.nginx()
        front.replacements["error_page 502 504 = @away;"] = ""
        self.addCleanup(front.stop)
        front.start(server.address())
        with EventSource(Visitor(front.fronts["https"], fronts.NAME), "/topics/t/events") as source:
            source.await_true("the stream opens", lambda it: it.opened)
            server.stop()
            with self.assertRaisesRegex(AssertionError, "closed for good: 502"):
                source.await_true("it reconnects", lambda it: it.opened > 1)


def make_cases():
    """The classes of cases: some for each proxy, and some for all."""
    of_one = [type(f"{name.capitalize()}{part.__name__}", (part, ProxyCase), {"make": staticmethod(make)})
              for name, make in fronts.ALL.items() for part in (Passing, Streaming, Restarting, Guarding, Forwarding)]
    return [*of_one, TogetherSilent, TogetherWithoutTheLines]
