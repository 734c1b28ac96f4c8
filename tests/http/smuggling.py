"""Ambiguous requests of tests/corpus/smuggling: made ready to send, and what became of one."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

from client import connect

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "smuggling"
READINGS = ("refuse", "last", "one", "either", "waits")
PREFIX = "smuggled-"
START = "POST /topics/{topic}/events HTTP/1.1"
HIDDEN = "PUT /topics/{mark} HTTP/1.1\r\nHost: localhost\r\nRequest-Id: hidden\r\nContent-Length: 0\r\n\r\n"
VICTIM = "GET /topics/{topic} HTTP/1.1\r\nHost: localhost\r\nRequest-Id: victim\r\nConnection: close\r\n\r\n"
BEFORE = "GET /topics/{topic} HTTP/1.1\r\nHost: localhost\r\nRequest-Id: before\r\n\r\n"


@dataclass
class Case:
    name: str
    text: str  # with its markers
    reading: str

    def render(self, topic, mark):
        """The bytes. `mark` is the topic that must not come to be."""
        hidden = HIDDEN.replace("{mark}", mark)
        size = len(hidden)
        text = re.sub(r"\{size(?:\+(\d+))?(?:\*(\d+))?\}",
                      lambda found: str(size * int(found[2] or 1) + int(found[1] or 0)), self.text)
        for marker, value in (("hidden", hidden), ("hex", f"{size:x}"), ("topic", topic), ("mark", mark),
                              ("200 headers", "\r\n".join(f"X-{number}: a" for number in range(200))),
                              ("100000 bytes", "a" * 100000)):
            text = text.replace("{" + marker + "}", value)
        return text.encode("latin-1")


def _text_of(entry):
    if "raw" in entry:
        return entry["raw"]
    head = [entry.get("start", START), "Host: localhost", "Request-Id: attack", *entry["lines"]]
    return "\r\n".join(head) + "\r\n\r\n" + entry["body"]


def load():
    """All cases, in the order of the files."""
    cases = []
    for path in sorted(CORPUS.glob("*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8")):
            if entry["reading"] not in READINGS:
                raise ValueError(f"{path.name}: {entry['name']} is read as {entry['reading']}")
            cases.append(Case(entry["name"], _text_of(entry), entry["reading"]))
    if len({case.name for case in cases}) != len(cases):
        raise ValueError("two cases of one name")
    return cases


@dataclass
class Answer:
    status: int
    request_id: str
    text: str


@dataclass
class Outcome:
    """What came on the connection that sent an attack, with the request of a victim directly behind it."""

    answers: list
    closed: bool
    raw: bytes

    def of(self, request_id):
        return [answer for answer in self.answers if answer.request_id == request_id]

    @property
    def to_the_attack(self):
        """An answer that names no request is the attack's: a library's or a proxy's own."""
        return [answer for answer in self.answers if answer.request_id not in ("before", "victim")]


def read_answers(data):
    """The answers in raw bytes, told apart by their status lines: those to HEAD have no body. 1xx is none, nor is what
    stands behind an answer that closes: libmicrohttpd 0.9 sends the headers of some of its own refusals twice."""
    answers = []
    for part in re.split(rb"(?=HTTP/1\.[01] \d\d\d )", data):
        status = re.match(rb"HTTP/1\.[01] (\d\d\d) ", part)
        if status and not status[1].startswith(b"1"):
            request_id = re.search(rb"\r\nRequest-Id: ([^\r\n]*)\r\n", part, re.IGNORECASE)
            answers.append(Answer(int(status[1]), request_id[1].decode("latin-1") if request_id else "",
                                  part.decode("latin-1")))
            if re.search(rb"\r\nConnection: close\r\n", part, re.IGNORECASE):
                break
    return answers


def receive(sock, deadline, quiet, enough=None):
    """What comes until the other side closes, until nothing comes for `quiet` seconds, or until `enough` says so."""
    received = b""
    while not (enough and enough(received)):
        left = min(quiet, deadline - time.monotonic())
        if left <= 0:
            return received, False
        sock.settimeout(left)
        try:
            part = sock.recv(65536)
        except TimeoutError:
            return received, False
        except OSError:
            return received, True
        if not part:
            return received, True
        received += part
    return received, False


def is_whole(received):
    """Whether these bytes are an answer to its end."""
    head, separator, body = received.partition(b"\r\n\r\n")
    size = re.search(rb"\r\nContent-Length: (\d+)", head, re.IGNORECASE)
    return bool(separator and size) and len(body) >= int(size[1])


def send(sock, data):
    try:
        sock.sendall(data)
    except OSError:
        pass  # refused before all was through: what was answered is read all the same


def attack(address, request, topic, before=None, limit=5, quiet=5):
    """Sends an attack and, directly behind it, a victim's request. `before` says what went ahead on the connection:
    None, an `answered` request, or one that is `pipelined` with the rest."""
    first = BEFORE.replace("{topic}", topic).encode()
    victim = VICTIM.replace("{topic}", topic).encode()
    with connect(address, limit) as sock:
        deadline = time.monotonic() + limit
        data = b""
        if before == "answered":
            send(sock, first)
            data, _ = receive(sock, deadline, limit, is_whole)
        send(sock, (first if before == "pipelined" else b"") + request + victim)
        rest, closed = receive(sock, deadline, quiet)
    return Outcome(read_answers(data + rest), closed, data + rest)
