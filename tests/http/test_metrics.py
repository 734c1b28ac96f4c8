"""GET /metrics: a form that Prometheus reads, counters that move as they should, labels that clients cannot add to."""

import re
import time
import unittest

from harness import HttpCase
from server import Server, seconds

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="[^"\\\n]*",?)*)\})? (-?\d+(?:\.\d+)?)')
TYPES = {"http_requests_total": "counter", "events_in_total": "counter", "event_bytes_in_total": "counter",
         "events_out_total": "counter", "event_bytes_out_total": "counter", "http_bodies_decoded_total": "counter",
         "http_answers_encoded_total": "counter", "streams_opened_total": "counter",
         "streams_open": "gauge", "stream_lag_max_bytes": "gauge", "stream_cuts_total": "counter",
         "connections_open": "gauge", "topics": "gauge", "log_lines_dropped_total": "counter",
         "memory_bytes": "gauge", "memory_kind_limit_bytes": "gauge", "memory_refusals_total": "counter", "read_failures_total": "counter",
         "memory_limit_bytes": "gauge", "memory_limit_refusals_total": "counter",
         "storage_queue_bytes": "gauge",
         "storage_commit_seconds": "histogram", "storage_fsync_seconds": "histogram"}
CUTS = {"slow_none", "slow_rate", "memory", "stopping", "error"}


def parse(text):
    """({name: type}, {name: help}, {(name, labels as a sorted tuple): value}); fails on what is not the format."""
    types, helps, samples = {}, {}, {}
    family = None
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            family, helps_text = line.removeprefix("# HELP ").split(" ", 1)
            assert family not in helps, line
            helps[family] = helps_text
        elif line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split(" ")
            assert name == family and name not in types, line
            types[name] = kind
        else:
            hit = SAMPLE.fullmatch(line)
            assert hit, line
            base = re.sub(r"_(bucket|sum|count)$", "", hit[1]) if types.get(family) == "histogram" else hit[1]
            assert base == family, f"{line} does not stand below its family's TYPE"
            labels = tuple(sorted(tuple(pair.split("=", 1)) for pair in (hit[2] or "").split(",") if pair))
            labels = tuple((name, value.strip('"')) for name, value in labels)
            assert (hit[1], labels) not in samples, f"{line} comes twice"
            samples[hit[1], labels] = float(hit[3])
    return types, helps, samples


class MetricsCase(HttpCase):
    def samples(self):
        answer = self.get("/metrics")
        self.assertEqual(answer.status, 200, answer)
        return parse(answer.body.decode())[2]

    def value(self, name, **labels):
        return self.samples().get((f"tailrace_{name}", tuple(sorted(labels.items()))), 0)

    def requests(self, route, method, status):
        return self.value("http_requests_total", route=route, method=method, status=str(status))


class Form(MetricsCase):
    def test_names_types_and_help(self):
        answer = self.get("/metrics")
        self.assertEqual(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        self.assertTrue(answer.body.endswith(b"\n"))
        types, helps, _ = parse(answer.body.decode())
        self.assertEqual(types, {f"tailrace_{name}": kind for name, kind in TYPES.items()})
        self.assertEqual(set(helps), set(types))
        self.assertTrue(all(helps.values()))

    def test_reasons_are_there_before_there_is_a_cut(self):
        reasons = {dict(labels)["reason"] for name, labels in self.samples() if name == "tailrace_stream_cuts_total"}
        self.assertEqual(reasons, CUTS)

    def test_histograms_rise_to_their_count(self):
        topic = self.topic()
        self.append(topic, "1")
        samples = self.samples()
        for name in ("tailrace_storage_commit_seconds", "tailrace_storage_fsync_seconds"):
            buckets = [(dict(labels)["le"], value) for (found, labels), value in samples.items()
                       if found == f"{name}_bucket"]
            bounds = [float(bound) for bound, _ in buckets]
            counts = [value for _, value in buckets]
            self.assertEqual(bounds, sorted(bounds))
            self.assertEqual(buckets[-1][0], "+Inf")
            self.assertEqual(counts, sorted(counts))
            self.assertEqual(counts[-1], samples[f"{name}_count", ()])
            self.assertGreater(samples[f"{name}_sum", ()], 0)

    def test_it_takes_no_parameter(self):
        self.assert_problem(self.get("/metrics", name="x"), 400, "bad_parameter", "name")


class Counters(MetricsCase):
    def test_requests_by_route_method_and_status(self):
        topic = self.topic()
        cases = [("GET", f"/topics/{topic}", "/topics/{topic}", 200), ("GET", "/topics/none-such", "/topics/{topic}", 404),
                 ("PUT", f"/topics/{topic}", "/topics/{topic}", 200), ("GET", "/livez", "/livez", 200),
                 ("GET", f"/topics/{topic}/events?limit=x", "/topics/{topic}/events", 400)]
        for method, path, route, status in cases:
            with self.subTest(f"{method} {path}"):
                before = self.requests(route, method, status)
                self.assertEqual(self.request(method, path).status, status)
                self.assertEqual(self.requests(route, method, status), before + 1)

    def test_what_has_no_route(self):
        for method, path, label, status in (("GET", "/nowhere", "GET", 404), ("POST", "/livez", "POST", 405),
                                            ("BREW", "/livez", "other", 405), ("OPTIONS", "/topics", "OPTIONS", 204)):
            with self.subTest(f"{method} {path}"):
                before = self.requests("none", label, status)
                self.assertEqual(self.request(method, path).status, status)
                self.assertEqual(self.requests("none", label, status), before + 1)

    def test_head_counts_as_get(self):
        before = self.requests("/livez", "GET", 200)
        self.request("HEAD", "/livez")
        self.assertEqual(self.requests("/livez", "GET", 200), before + 1)

    def test_events_in(self):
        topic = self.topic()
        before = self.samples()
        body = b'[{"n":1},{"n":2},{"n":3}]'
        self.append(topic, body.decode())
        self.post(topic, "not json")
        after = self.samples()
        for name, more in (("events_in_total", 3), ("event_bytes_in_total", len(body))):
            self.assertEqual(after[f"tailrace_{name}", ()] - before[f"tailrace_{name}", ()], more, name)
        for name in ("commit", "fsync"):
            key = (f"tailrace_storage_{name}_seconds_count", ())
            self.assertEqual(after[key] - before[key], 1, name)
        self.assertEqual(after["tailrace_storage_queue_bytes", ()], 0)

    def test_a_write_without_fsync_is_none(self):
        topic = self.topic()
        self.append(topic, "1", ack="os")  # the first writes a ceiling, which is synced
        before = self.value("storage_fsync_seconds_count")
        for number in range(5):
            self.append(topic, str(number), ack="os")
        self.assertEqual(self.value("storage_fsync_seconds_count"), before)

    def test_events_out(self):
        topic = self.topic()
        self.append(topic, "[1,2,3]")
        for path, events in ((f"/topics/{topic}/events", 3), (f"/topics/{topic}/events?format=ndjson&limit=2", 2),
                             (f"/topics/{topic}/events/0/1", 1)):
            with self.subTest(path):
                before = self.samples()
                size = len(self.get(path).body)
                after = self.samples()
                self.assertEqual(after["tailrace_events_out_total", ()] - before["tailrace_events_out_total", ()],
                                 events)
                more = after["tailrace_event_bytes_out_total", ()] - before["tailrace_event_bytes_out_total", ()]
                self.assertTrue(0 < more <= size, (more, size))

    def test_topics(self):
        before = self.value("topics")
        topic = self.topic()
        self.assertEqual(self.value("topics"), before + 1)
        self.request("DELETE", f"/topics/{topic}")
        self.assertEqual(self.value("topics"), before)

    def test_connections(self):
        before = self.value("connections_open")
        others = [self.server.client() for _ in range(3)]
        for other in others:
            self.assertEqual(other.request("GET", "/livez").status, 200)
        self.assertEqual(self.value("connections_open"), before + 3)
        for other in others:
            other.close()
        deadline = time.monotonic() + seconds(2)
        while self.value("connections_open") != before:  # closing is noticed a moment later
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)


class Labels(MetricsCase):
    def test_clients_cannot_add_any(self):
        # Once each, so that what these requests count is there already.
        self.request("WEIRD-0", "/weird-0")
        self.get("/topics/weird-0")
        self.get("/topics/weird-0/events", weird="0")
        before = {key for key in self.samples() if key[0] == "tailrace_http_requests_total"}
        for number in range(1, 30):
            self.request(f"WEIRD-{number}", f"/weird-{number}")
            self.get(f"/topics/weird-{number}")
            self.get(f"/topics/weird-{number}/events", **{f"weird{number}": "0"})
        text = self.get("/metrics").body.decode()
        self.assertNotIn("weird", text.lower())
        after = {key for key in parse(text)[2] if key[0] == "tailrace_http_requests_total"}
        added = {dict(labels)["route"] for _, labels in after - before}
        self.assertLessEqual(added, {"/metrics"})  # the scrape itself

    def test_the_memory_engine_has_them_too(self):
        with Server("--engine", "memory", data=False, column_families=0) as server:
            client = server.client()
            client.request("PUT", "/topics/t")
            self.assertEqual(client.request("POST", "/topics/t/events", b"1").status, 200)
            samples = parse(client.request("GET", "/metrics").body.decode())[2]
            self.assertEqual(samples["tailrace_storage_commit_seconds_count", ()], 1)
            self.assertEqual(samples["tailrace_storage_fsync_seconds_count", ()], 0)


if __name__ == "__main__":
    unittest.main()
