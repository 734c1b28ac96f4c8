"""Loaded by schemathesis. It chooses among the inputs that are sent, and counts; it never looks away from an answer.

What it changes, and why:
- a request that would be an endless stream asks for a page instead: streams have tests of their own (tests/http);
- a wait of more than WAIT_MS_MAX is one of WAIT_MS_MAX;
- paths that are meant to be good lead to something that there is (world.py), in three of four cases;
- of the cases that are meant to be good, three in four of those that read say only one place to start, with a cursor or
  partition that there is; those that commit name no partition twice, and cursors that were given out;
- what a case has deleted or changed of that world is put back.
The steps of a story (the stateful phase) are left as they are: there each follows from the answers before it.
Something good takes the place of something good: a case that was made to be refused stays one, and the other way
round."""

import atexit
import functools
import json
import os
import re
import zlib
from collections import Counter

import schemathesis
import yaml
from schemathesis.core.media_types import YAML_MEDIA_TYPES
from schemathesis.core.parameters import ParameterLocation
from world import EVENTS, GROUPS, TOPICS, World

WAIT_MS_MAX = 20
WAIT_MS_ALLOWED = 60000  # more is refused, and so goes out as it is
STARTS = ("cursor", "offset", "from", "group")
READS = ("readTopicEvents", "readEvents")
NDJSON = "application/x-ndjson"
NAMES = sorted(TOPICS)
ECHOED = re.compile(r"[!#-\[\]-~]{1,128}")

host, _, port = os.environ["OPENAPI_TEST_ADDRESS"].rpartition(":")
world = World((host, int(port)))
tally = Counter()  # (METHOD /path of the operation, method sent, mode, status) -> answers


# ---- bodies -----------------------------------------------------------------------------------------------------

@schemathesis.serializer(NDJSON)
def lines(_context, value):
    """Lines go out as they are; what is no text, as the JSON that it would be."""
    if isinstance(value, bytes):
        return {"data": value}
    return {"data": (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")}


@schemathesis.deserializer(NDJSON)
def text_of_lines(_context, response):
    return response.content.decode("utf-8")


@functools.lru_cache(maxsize=1)
def _parse_yaml(content):
    return yaml.load(content, yaml.CSafeLoader)


@schemathesis.deserializer(*YAML_MEDIA_TYPES)
def tree_of_yaml(_context, response):
    """Every answer of GET /openapi.yaml is the same long document: it is parsed again only when it is another one."""
    return _parse_yaml(response.content)


# ---- what is sent -----------------------------------------------------------------------------------------------

def _number(text):
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


def _bound_in_time(query):
    if query.get("format") == "sse":
        del query["format"]
    if query.get("format") == "ndjson" and query.get("follow") in (True, "true"):
        del query["follow"]
    wait_ms = _number(query.get("wait_ms"))
    if wait_ms is not None and WAIT_MS_MAX < wait_ms <= WAIT_MS_ALLOWED:
        query["wait_ms"] = WAIT_MS_MAX


def _agree(case, lot):
    """Makes the parameters of a read agree with one another and with what there is."""
    query = case.query
    for name in ("follow", "last_event_id"):
        query.pop(name, None)
    if "topics" in query and lot % 3:
        query["topics"] = NAMES[lot % len(NAMES)] if lot % 2 else "*"
    given = [name for name in STARTS if name in query]
    for name in given:
        if name != given[lot // 8 % len(given)]:
            del query[name]
    if "offset" in query:
        query["offset"] = lot % (EVENTS + 3)
    if "offset" in query or "partition" in query:
        query["partition"] = "0"
    if "cursor" in query:
        topic = case.path_parameters.get("topic")
        query["cursor"] = world.cursor(f"/topics/{topic}/events" if topic else "/events", query) or query["cursor"]


def _commit(case, lot):
    """Partitions once each; a cursor that was given out; and of topics that there are, in most cases of a `lot`."""
    if "cursor" in case.body:
        case.body = {"cursor": world.cursor("/events", {"topics": "*"})}
        return
    offsets = [dict(offset) for offset in case.body["offsets"]]
    for number, offset in enumerate(offsets if lot is not None else ()):
        if (lot + number) % 4:
            there_is = {"topic": NAMES[(lot + number) % len(NAMES)], "partition": 0, "offset": lot % (EVENTS + 2)}
            offset.update(there_is)
            offset.pop("topic_id", None)
    case.body = {"offsets": list({(offset["topic"], int(offset["partition"])): offset for offset in offsets}.values())}


def _write_lines(case):
    """The words of the text that was made up, a JSON string each."""
    case.body = "".join(f"{json.dumps(word)}\n" for word in case.body.split(" "))


def _meet(case, lot):
    """Path parameters that there is something behind."""
    there_is = {"topic": NAMES, "group": GROUPS, "partition": (0,), "offset": range(EVENTS + 2)}
    for name in case.path_parameters:
        case.path_parameters[name] = there_is[name][lot % len(there_is[name])]


def _name(case):
    return case.operation.definition.raw.get("operationId")


def _change(case, meta, lot):
    path = meta.components.get(ParameterLocation.PATH)
    if path is not None and path.mode.is_positive:
        _meet(case, lot)
    if meta.generation.mode.is_positive and _name(case) in READS:
        _agree(case, lot)
    if meta.generation.mode.is_positive and case.media_type == NDJSON and isinstance(case.body, str):
        _write_lines(case)


@schemathesis.hook
def before_call(_context, case, _kwargs):
    meta = case.meta  # asked before anything is changed: asking makes schemathesis look for changes
    _bound_in_time(case.query)
    if meta is None:
        return
    is_good = meta.generation.mode.is_positive
    # The same for the same case, so that a failure comes again while schemathesis looks for its smallest form.
    lot = zlib.crc32(repr((case.path_parameters, sorted(case.query.items(), key=str), case.body)).encode())
    if meta.phase.name.value == "stateful":
        lot = None
    if lot is not None and lot % 4:
        _change(case, meta, lot // 4)
    if is_good and _name(case) == "commitOffsets":
        _commit(case, lot)
    # Good has taken the place of good alone: this is no reason to judge anew whether the case is, which schemathesis
    # could not do for lists in a query, that are text by now.
    case._record_starting_state()  # pylint: disable=protected-access


# ---- what comes back --------------------------------------------------------------------------------------------

def _mend(case, response):
    """Puts back what this case has deleted or changed. Not between the steps of a story: they may follow it up."""
    stateful = case.meta is not None and case.meta.phase.name.value == "stateful"
    if stateful or case.method not in ("DELETE", "PATCH") or not 200 <= response.status_code < 300:
        return
    world.mend(None if "group" in case.path_parameters else case.path_parameters.get("topic"))


@schemathesis.hook
def after_call(_context, case, response):
    mode = "none" if case.meta is None else case.meta.generation.mode.value
    tally[(case.operation.label, case.method.upper(), mode, response.status_code)] += 1
    _mend(case, response)


@atexit.register
def write_tally():
    with open(os.environ["OPENAPI_TEST_TALLY"], "w", encoding="utf-8") as file:
        json.dump([[*key, count] for key, count in sorted(tally.items())], file)


@schemathesis.check
def request_id_is_echoed(_context, response, case):
    """Every answer has the request's Request-Id, where that is one."""
    sent = case.headers.get("Request-Id")
    if isinstance(sent, str) and ECHOED.fullmatch(sent):
        assert response.headers.get("request-id") == [sent], f"Request-Id {sent!r} is not echoed"


@schemathesis.check
def lines_are_events(_context, response, case):
    """Each line of an answer of lines is JSON, and an event unless bare values were asked for."""
    if not response.headers.get("content-type", [""])[0].startswith(NDJSON):
        return
    for line in response.content.decode("utf-8").split("\n")[:-1]:
        event = json.loads(line)
        if "view" not in case.query:
            assert {"topic", "partition", "offset", "timestamp", "value"} <= event.keys(), f"no event: {line}"
