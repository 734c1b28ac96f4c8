#!/usr/bin/env python3
"""Stands in for jq in the README's commands where jq is not installed, for the quick tests need no packages but Python.
It knows what the README uses: `-r` and `-c`, and filters that are paths, such as .next or .events[].value. All else it
refuses, so that no command of the README passes for a reason that jq does not share."""

import json
import re
import sys

STEP = re.compile(r"\.([A-Za-z_]\w*)|(\[\])")


def steps_of(path):
    """The names and `[]` of a path; `.` has none. ValueError for any other filter."""
    if path == ".":
        return []
    steps, at = [], 0
    while at < len(path):
        found = STEP.match(path, at)
        if found is None or (at == 0 and found[2]):
            raise ValueError(f"this stand-in for jq does not know the filter {path!r}")
        steps.append(found[1] or found[2])
        at = found.end()
    return steps


def values_of(document, steps):
    """What the path leads to, in the order of the document. TypeError where jq finds no way either."""
    if not steps:
        yield document
    elif steps[0] == "[]":
        if not isinstance(document, (list, dict)):
            raise TypeError(f"cannot iterate over {json.dumps(document)}")
        for inner in document.values() if isinstance(document, dict) else document:
            yield from values_of(inner, steps[1:])
    else:
        if document is not None and not isinstance(document, dict):
            raise TypeError(f"cannot index {json.dumps(document)} with {steps[0]!r}")
        yield from values_of((document or {}).get(steps[0]), steps[1:])


def documents_in(text):
    """JSON values, one behind the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text := text.rstrip()):
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        yield document


def main(arguments):
    options = [argument for argument in arguments if argument.startswith("-")]
    paths = [argument for argument in arguments if not argument.startswith("-")]
    try:
        if len(paths) != 1 or set(options) - {"-r", "-c"}:
            raise ValueError(f"this stand-in for jq does not know the arguments {arguments}")
        steps = steps_of(paths[0])
        for document in documents_in(sys.stdin.read()):
            for value in values_of(document, steps):
                if "-r" in options and isinstance(value, str):
                    print(value)
                elif "-c" in options or not isinstance(value, (list, dict)):
                    print(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
                else:
                    print(json.dumps(value, indent=2, ensure_ascii=False))
    except (ValueError, TypeError) as error:
        print(f"jq: {error}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
