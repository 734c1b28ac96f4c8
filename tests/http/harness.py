"""What the test modules share: one server for cases with the same flags, short requests, strict looks at answers."""

import itertools
import json
import re
import resource
import unittest

from client import exchange, parse_answers, target_of
from server import Server, seconds

NDJSON = "application/x-ndjson"
ENVELOPE = "application/vnd.tailrace.events+json"
PROBLEM_MEMBERS = {"type": str, "title": str, "status": int, "detail": str, "code": str, "retryable": bool}

_shared = {}
_numbers = itertools.count(1)


def shared_server(flags):
    """The server of this module with these flags; stopped, and its end looked at, when the module is done."""
    if flags not in _shared:
        server = Server(*flags)
        _shared[flags] = server
        unittest.addModuleCleanup(_finish, flags)
        server.start()
    return _shared[flags]


def _finish(flags):
    server = _shared.pop(flags)
    try:
        if server.process and server.process.poll() is None:
            server.stop()
        elif server.process:
            raise AssertionError(f"the server died with {server.process.returncode}\n{server.stderr()[-6000:]}")
    finally:
        server.remove()


def own_server(case, *flags, **keywords):
    """A server for one case alone, which may stop, kill or ruin it; removed with the case."""
    server = Server(*flags, **keywords)
    case.addCleanup(server.remove)
    return server.start()


def allow_descriptors(case, count):
    """For the case and the servers that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count), hard))
    case.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))


def memory_by_kind(client, name):
    """{kind: bytes} of one of the metrics of the budget."""
    text = client.request("GET", "/metrics").body.decode()
    return {kind: int(value) for kind, value in re.findall(rf'tailrace_{name}{{kind="([a-z]+)"}} (\d+)', text)}


def unique(prefix="t"):
    return f"{prefix}-{next(_numbers)}"


class HttpCase(unittest.TestCase):
    """Cases of a module that want the same flags share one server, each with topics of its own."""

    flags = ()
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.server = shared_server(cls.flags)
        cls.client = cls.server.client()

    # -- requests ------------------------------------------------------------------------------------------------

    def request(self, method, path, body=None, headers=None, **query):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        return self.client.request(method, target_of(path, **query), body, headers)

    def get(self, path, headers=None, **query):
        return self.request("GET", path, headers=headers, **query)

    def topic(self, name=None, **settings):
        """A new topic; gives its name."""
        name = name or unique()
        answer = self.request("PUT", f"/topics/{name}", settings or None)
        self.assertEqual(answer.status, 201, answer)
        return name

    def post(self, topic, body, content_type=None, headers=None, **query):
        headers = dict(headers or {})
        if content_type:
            headers["Content-Type"] = content_type
        return self.request("POST", f"/topics/{topic}/events", body, headers, **query)

    def append(self, topic, body, content_type=None, **query):
        """A post that must be written; gives the answer's document."""
        answer = self.post(topic, body, content_type, **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def page(self, topic, **query):
        answer = self.get(f"/topics/{topic}/events", **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def listed(self, what, **query):
        """Everything in a list of two at a time: of /topics or /groups."""
        found, after = [], None
        for _ in range(10):
            page = self.get(f"/{what}", limit=2, after=after, **query).json()
            self.assertLessEqual(len(page[what]), 2)
            found += page[what]
            after = page["next"]
            if after is None:
                break
        return found

    def values(self, topic, **query):
        return [event["value"] for event in self.page(topic, **query)["events"]]

    def stored(self, topic, **query):
        """The bytes of each value, as they are given back."""
        answer = self.get(f"/topics/{topic}/events", view="value", format="ndjson", **query)
        self.assertEqual(answer.status, 200, answer)
        return answer.body.split(b"\n")[:-1]

    def describe(self, topic):
        answer = self.get(f"/topics/{topic}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def next_offsets(self, topic):
        return [partition["next_offset"] for partition in self.describe(topic)["partitions"]]

    def raw(self, data, timeout=5):
        """Bytes as they are: the answers that came, and whether the server closed."""
        if isinstance(data, str):
            data = data.encode("latin-1")
        received, closed = exchange(self.server.address(), data, seconds(timeout))
        return parse_answers(received), closed

    # -- looks at answers ----------------------------------------------------------------------------------------

    def assert_problem(self, answer, status, code, *mentions):
        """A problem document with this status and code (or one of several) whose text mentions these words."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual((answer.header("Content-Type") or "").split(";")[0], "application/problem+json", answer)
        problem = answer.json()
        for member, kind in PROBLEM_MEMBERS.items():
            self.assertIsInstance(problem.get(member), kind, f"{member} of {answer}")
        self.assertEqual(problem["status"], status, answer)
        self.assertIn(problem["code"], (code,) if isinstance(code, str) else code, answer)
        self.assertEqual(answer.header("Cache-Control"), "no-store", answer)
        self.assertTrue(answer.header("Request-Id"), answer)
        for mention in mentions:
            self.assertIn(str(mention), json.dumps(problem, ensure_ascii=False), answer)
        return problem

    def assert_not_written(self, answer, status, code, *mentions):
        """A refused write: a problem that says so."""
        problem = self.assert_problem(answer, status, code, *mentions)
        self.assertIs(problem.get("written"), False, answer)
        return problem

    def assert_empty(self, topic):
        self.assertEqual(set(self.next_offsets(topic)), {0})
        self.assertEqual(self.page(topic)["events"], [])
