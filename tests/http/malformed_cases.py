"""The list of malformed requests in tests/corpus/malformed: its format, and the bytes that a case sends."""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "corpus/malformed"
LIBRARY_LIST = FOLDER / "library.list"
POSITIONS = ("first", "later")
BYTES = {"nul": b"\0", "tab": b"\t", "lf": b"\n", "cr": b"\r", "crlf": b"\r\n", "sp": b" "}
CLOSES = {"close": POSITIONS, "close-before-1.0": ("before-1.0",),
          "close-first-before-1.0": ("first-before-1.0",)}
FORMS = ("html", "html-twice", "silence")


class ListError(Exception):
    """A line of the data that means nothing."""


@dataclass(frozen=True)
class Expected:
    """One answer: a problem, or with `code` None a success."""

    status: int
    code: str | None = None
    unwritten: bool = False
    close: tuple = ()  # the situations in which the connection ends with this answer


@dataclass
class Case:
    """One entry: what is sent, and what must come back."""

    name: str
    parts: list = field(default_factory=list)  # (keyword, text), in the order of the file
    answers: list = field(default_factory=list)
    written: int = 0  # events that come to be in the topic `sink`

    def is_head(self):
        return next(text for _, text in self.parts).startswith("HEAD ")


@dataclass(frozen=True)
class LibraryAnswer:
    """How libmicrohttpd answers a case by itself."""

    form: str
    status: int | None


# ---- the files ----

def _parse_expected(words):
    status, rest = int(words[0]), words[1:]
    code = rest.pop(0) if status >= 400 else None
    closes = [word for word in rest if word in CLOSES]
    if sorted(rest) != sorted(set(closes[:1] + ["unwritten"] * ("unwritten" in rest))):
        raise ValueError(f"what is {rest}?")
    return Expected(status, code, "unwritten" in rest, CLOSES[closes[0]] if closes else ())


def _add_line(case, keyword, text):
    if keyword in ("send", "header", "body", "line", "raw"):
        case.parts.append((keyword, text))
    elif keyword == "expect":
        case.answers.append(_parse_expected(text.split()))
    elif keyword == "written":
        case.written = int(text)
    else:
        raise ValueError(f"what is {keyword} {text}?")


def parse_cases(text, origin):
    """The cases of one file."""
    cases = []
    for number, line in enumerate(text.splitlines(), 1):
        keyword, _, rest = line.strip().partition(" ")
        try:
            if not keyword or keyword.startswith("#"):
                continue
            if keyword.startswith("["):
                cases.append(Case(re.fullmatch(r"\[([a-z0-9_]+)\]", line.strip())[1]))
            else:
                _add_line(cases[-1], keyword, rest.strip())
        except (ValueError, IndexError, TypeError) as error:
            raise ListError(f"{origin}:{number}: {line}: {error}") from error
    return cases


def load_cases():
    """Every case, in the order of files and entries."""
    cases = [case for path in sorted(FOLDER.glob("*.cases"))
             for case in parse_cases(path.read_text(encoding="utf-8"), path.name)]
    names = [case.name for case in cases]
    if len(set(names)) < len(names):
        raise ListError(f"twice: {sorted({name for name in names if names.count(name) > 1})}")
    for case in cases:
        if not case.parts or not case.answers:
            raise ListError(f"{case.name} sends nothing, or expects nothing")
    return cases


def parse_library(text, names):
    """{(case, position, version): LibraryAnswer}"""
    listed = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) not in (4, 5) or words[0] not in names or words[1] not in POSITIONS or words[3] not in FORMS:
            raise ListError(f"library.list:{number}: {line}")
        key = tuple(words[:3])
        if key in listed or (words[3] == "silence") != (len(words) == 4):
            raise ListError(f"library.list:{number}: {line}")
        listed[key] = LibraryAnswer(words[3], int(words[4]) if len(words) == 5 else None)
    return listed


def load_library(cases):
    return parse_library(LIBRARY_LIST.read_text(encoding="utf-8"), {case.name for case in cases})


# ---- the bytes ----

def _expand_one(text, values):
    """What stands between two backquotes."""
    if text in values:
        return values[text].encode()
    if text in BYTES:
        return BYTES[text]
    count, star, repeated = text.partition("*")
    if star:
        return repeated.replace("\\r", "\r").replace("\\n", "\n").encode() * int(count)
    return bytes.fromhex(text)


def expand(text, values):
    """The bytes of a text of the list."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        raise ListError(f"a backquote is left open: {text}")
    return b"".join(_expand_one(part, values) if index % 2 else part.encode() for index, part in enumerate(parts))


def request_bytes(case, values):
    """All that the case sends."""
    sent = bytearray()
    head = body = None
    for keyword, text in [*case.parts, ("raw", "")]:
        data = expand(text, values)
        if head is not None and keyword in ("send", "raw", "line"):
            length = b"Content-Length: %d\r\n" % len(body) if body is not None else b""
            sent += head + length + b"\r\n" + (body or b"")
            head = body = None
        if keyword == "send":
            head = data + b" HTTP/1.1\r\nHost: localhost\r\n"
        elif keyword == "header":
            head += data + b"\r\n"
        elif keyword == "body":
            body = (body or b"") + data
        else:
            sent += data + (b"\r\n" if keyword == "line" else b"")
    return bytes(sent)
