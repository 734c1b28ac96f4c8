"""The programs that use the clients: how each is started, what it must print, and that the lines which openapi.yaml
tells people to write by hand are lines of theirs."""

import json
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What each prints, a line for each step; a step that is missing or printed otherwise has failed.
EXPECTED = (
    {"step": "create", "name": "orders", "partitions": 1},
    {"step": "append", "count": 5, "ack": "disk", "first_offset": 0},
    {"step": "read", "totals": [0, 10, 20], "keys": ["0", "1", "2"], "up_to_date": False},
    {"step": "read on", "totals": [30, 40], "up_to_date": True},
    {"step": "commit", "offset": 3, "lag": 2},
    {"step": "read as the group", "totals": [30, 40]},
    {"step": "read several", "topic": "orders"},
    {"step": "append lines", "count": 2},
    {"step": "follow", "total": 30},
    {"step": "problem", "code": "topic_not_found", "status": 404, "retryable": False, "is_the_code": True},
    {"step": "problem with a cursor", "code": "offset_beyond", "has_cursor": True},
    {"step": "refused write", "status": 400, "written": False},
)


def _python(toolbox, folder, url):
    return (toolbox.programs / "python", "-c",
            "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_path(sys.argv.pop(1), "
            "run_name='__main__')", folder, HERE / "program.py", url)


def _go(_toolbox, folder, url):
    return (folder / "program", url)


# The generator's name -> the command
PROGRAMS = {"openapi-python-client": _python, "oapi-codegen": _go}

# (source, the language of the lines in openapi.yaml)
HAND_WRITTEN = ((HERE / "program.py", "python"), (HERE / "main.go", "go"),
                (HERE / "program.ts", "typescript"))
COMMENTS = ("#", "//")


def run(name, toolbox, folder, url, timeout):
    """(step, faults) of each step of a program that uses what the generator has made in the folder."""
    code, output = toolbox.run(*PROGRAMS[name](toolbox, folder, url), timeout=timeout)
    printed = output.splitlines()
    for number, expected in enumerate(EXPECTED):
        line = printed[number] if number < len(printed) else f"nothing was printed; it ended with {code}"
        yield expected["step"], _step_faults(line, expected)
    more = printed[len(EXPECTED):]
    yield "the end", more + ([f"ended with {code}"] if code != 0 else [])


def _step_faults(line, expected):
    try:
        found = json.loads(line)
    except ValueError:
        return [line]
    return [] if found == expected else [f"printed {found}, not {expected}"]


def hand_written_faults(document):
    """Lines of openapi.yaml's examples that are not in the program of that language."""
    faults = []
    for source, language in HAND_WRITTEN:
        blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```$", document, re.MULTILINE | re.DOTALL)
        lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(COMMENTS)]
        known = {line.strip() for line in source.read_text(encoding="utf-8").splitlines()}
        faults += [f"{source.name} has no line: {line}" for line in lines if line not in known]
        faults += [] if lines else [f"openapi.yaml has no lines of {language}"]
    return faults
