"""For each check changes that spoil the document, and for the verdict on a run runs that must not pass: a check that
sees nothing is noticed. And the environment that all of it runs in, made by several at once."""

import copy
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import compare
import environment
import fuzz
import lint
from document import Document

_TOPIC = ("paths", "/topics/{topic}")
_FORBIDDEN = ("components", "responses", "Forbidden", "content", lint.PROBLEM)
_PAGE = ("components", "responses", "Read", "content")


def _set(*place, to):
    def change(tree):
        for step in place[:-1]:
            tree = tree[step]
        tree[place[-1]] = to
    return change


def _drop(*place):
    def change(tree):
        for step in place[:-1]:
            tree = tree[step]
        if isinstance(tree, list):
            tree.remove(place[-1])
        else:
            del tree[place[-1]]
    return change


# check of the document alone -> changes that it must notice
SPOILED = {
    lint.standard: [
        _set("openapi", to="2.0"),
        _drop("info", "title"),
        _set(*_TOPIC, "get", "responses", "200", "content", to=[]),
        _set("components", "schemas", "Topic", "type", to="thing"),
    ],
    lint.references: [
        _set(*_TOPIC, "get", "responses", "404", to={"$ref": "#/components/responses/Gone"}),
        _set("components", "schemas", "Forgotten", to={"type": "string"}),
        _set("components", "schemas", "Forgotten", to={"items": {"$ref": "#/components/schemas/Forgotten"}}),
    ],
    lint.operations: [
        _drop(*_TOPIC, "get", "operationId"),
        _drop(*_TOPIC, "get", "description"),
        _set(*_TOPIC, "get", "summary", to=""),
        _set(*_TOPIC, "get", "tags", to=["other"]),
        _set(*_TOPIC, "get", "operationId", to="listTopics"),
        _set("tags", to=[]),
    ],
    lint.responses: [
        _drop(*_TOPIC, "get", "responses", "403"),
        _drop(*_TOPIC, "get", "responses", "200", "headers"),
        _set("components", "responses", "Forbidden", "content", to={"text/html": {}}),
        _set(*_TOPIC, "get", "responses", "200", "content", to={lint.PROBLEM: {}}),
    ],
    lint.examples: [
        _set("components", "examples", "Topic", "value", "id", to="8F3A61C09D5E7B24"),
        _drop("components", "examples", "Topic", "value", "capabilities"),
        _drop("paths", "/metrics", "get", "responses", "200", "content", "text/plain", "example"),
        _set("components", "parameters", "TopicInPath", "example", to="a/b"),
        _set("components", "parameters", "From", "examples", "time", "value", to="2026-13-22T10:00:00Z"),
        _set(*_PAGE, lint.NDJSON, "example", to='{"topic":"clicks"}\n'),
        _set(*_PAGE, lint.NDJSON, "example", to="{\n"),
        _set(*_PAGE, lint.EVENT_STREAM, "example", to='event: gap\ndata: {}\n\n'),
        _set(*_PAGE, "application/json", "example", "next", to="a b"),
        _set("paths", "/topics/{topic}/events", "post", "requestBody", "content", "text/plain", "example", to="{"),
    ],
    lint.problem_examples: [
        _drop(*_FORBIDDEN, "examples", "host_not_allowed"),
        _set(*_FORBIDDEN, "examples", "timeout", to={"$ref": "#/components/examples/timeout"}),
        _set(*_FORBIDDEN, "examples", "host_not_allowed", to={"$ref": "#/components/examples/timeout"}),
        _drop(*_FORBIDDEN, "schema"),
        _set(*_FORBIDDEN, "schema", to={"$ref": "#/components/schemas/Problem"}),
        _set("components", "examples", "host_not_allowed", "value", "status", to=404),
    ],
}

# comparison -> changes of the document that it must notice
DIFFERING = {
    compare.routes: [
        _drop("paths", "/livez"),
        _set("paths", "/themes", to={"get": {"responses": {}}}),
        _drop(*_TOPIC, "patch"),
        _set("components", "parameters", "WithKey", "name", to="keys"),
        _drop("paths", "/topics/{topic}/events", "post", compare.NOT_YET),
    ],
    compare.problems: [
        _drop("components", "schemas", "Problem", "properties", "code", "enum", "read_failed"),
        _set("components", "schemas", "Problem", "properties", "code", "enum", 0, to="other"),
        _set("components", "schemas", "Problem", "description", to="| `read_failed` | 500 | somewhere |"),
        _drop(*_FORBIDDEN, "schema"),
        _set(*_FORBIDDEN, "schema", "patternProperties", "^code$", "enum", to=["closing"]),
    ],
    compare.problem_texts: [
        _set("components", "examples", "read_failed", "value", "title", to="Damage"),
        _set("components", "examples", "read_failed", "value", "retryable", to=False),
        _drop("components", "responses", "DiskFull", "headers", "Retry-After"),
        _set("components", "responses", "Forbidden", "headers", "Retry-After", to={}),
    ],
}


def _blind(name, check, document, changes, *more):
    """Which of the changes the check does not see."""
    missed = []
    for number, change in enumerate(changes, 1):
        tree = copy.deepcopy(document.tree)
        change(tree)
        if not check(Document(tree), *more):
            missed.append(f"{name} does not see change {number}")
    return missed


_DONE = {"stop_reason": "completed"}
_FAILED = _DONE | {"failures": [{"type": "ServerError", "operations": ["GET /topics"]}]}

# What schemathesis left behind that must not pass for a good run.
BAD_RUNS = [
    fuzz.Run("positive", 1, "", _FAILED),
    fuzz.Run("positive", 1, "", _DONE),
    fuzz.Run("positive", 1, "", _DONE | {"errors": [{"title": "Hook Error"}]}),
    fuzz.Run("positive", 0, "", {"stop_reason": "max_time"}),
    fuzz.Run("positive", 0, "", {}),
]


def _tally(good, bad, accepted):
    """Of an operation that had so many cases and answers of 2xx; requests by another method count for nothing."""
    return fuzz.Run("positive", 0, "", _DONE, [
        ["GET /topics", "GET", "positive", 200, accepted], ["GET /topics", "GET", "positive", 400, good - accepted],
        ["GET /topics", "GET", "negative", 400, bad], ["GET /topics", "PUT", "negative", 405, 500],
        ["GET /topics", "OPTIONS", "positive", 204, 500]])


def _verdict_problems(document):
    """What the verdict on a run gets wrong."""
    def wants(*counts):
        rows = {row.label: row for row in fuzz.table_of([_tally(*counts)], document)}
        return rows["GET /topics"].wants(100)

    wrong = [f"a run with {run.report} counts as good" for run in BAD_RUNS if not fuzz.faults_of(run)]
    wrong += ["a good run counts as bad"] if fuzz.faults_of(_tally(100, 100, 20)) or wants(100, 100, 20) else []
    wrong += [f"{counts} counts as enough" for counts in ((99, 100, 20), (100, 99, 20), (100, 100, 19))
              if len(wants(*counts)) != 1]
    return wrong


def _environment_problems():
    """What goes wrong when several make an environment at once: one must, and for all."""
    made = []

    def install(folder):
        made.append(folder)
        time.sleep(0.2)  # in which the others come
        folder.mkdir()

    with tempfile.TemporaryDirectory(prefix="tailrace-environment-") as parent, ThreadPoolExecutor(3) as pool:
        folder = Path(parent, "environment")
        runs = [pool.submit(environment.make, folder, install) for _ in range(3)]
        faults = [run.exception() for run in runs]
    wrong = [f"an environment that three want at once: {fault}" for fault in faults if fault]
    return wrong + ([] if len(made) == 1 else [f"an environment that three want at once is made {len(made)} times"])


def problems(document, tables):
    """What the checks themselves get wrong. `tables` has what the binary says, by the comparison that it is for."""
    wrong = [f"no samples for {check.__name__}" for check in lint.CHECKS if check not in SPOILED]
    wrong += [f"no samples for {check.__name__}" for check in tables if check not in DIFFERING]
    for check, changes in SPOILED.items():
        wrong += _blind(check.__name__, check, document, changes)
    for check, changes in DIFFERING.items():
        wrong += _blind(check.__name__, check, document, changes, tables[check])
        wrong += [f"{check.__name__} accepts an empty table"] if not check(document, {}) else []
    return wrong + _verdict_problems(document) + _environment_problems()
