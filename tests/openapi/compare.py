"""openapi.yaml against what the binary says of itself: routes with their parameters, and problems. Each comparison goes
both ways; each returns what is wrong, a sentence each."""

import re

from document import codes_of
from lint import PROBLEM

NOT_YET = "x-not-supported-yet"  # of an operation: query parameters that it knows, and refuses until they are built


def routes_of(text):
    """{(METHOD, path): query parameters} of what `tailrace --routes` prints."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    return {(row[0], row[1]): set(row[2:]) for row in rows}


def problems_of(text):
    """{(status, code): (retryable, title)} of what `tailrace --problems` prints."""
    rows = [line.split(" ", 3) for line in text.splitlines() if line.strip()]
    return {(status, code): (retryable == "true", title) for status, code, retryable, title in rows}


def _query(document, operation):
    named = {parameter.value["name"] for parameter in document.parameters(operation)
             if parameter.value["in"] == "query"}
    return named | set(operation.value.get(NOT_YET, []))


def routes(document, table):
    described = {route: _query(document, operation) for route, operation in document.operations()}
    if not table:
        return ["the binary names no routes"]
    wrong = [f"openapi.yaml lacks {' '.join(route)}" for route in sorted(table.keys() - described.keys())]
    wrong += [f"{' '.join(route)} is not served" for route in sorted(described.keys() - table.keys())]
    for route in sorted(table.keys() & described.keys()):
        wrong += [f"{' '.join(route)} lacks the parameter {name}" for name in sorted(table[route] - described[route])]
        wrong += [f"{' '.join(route)} takes no {name}" for name in sorted(described[route] - table[route])]
    return wrong


def _described_problems(document):
    """{(status, code): places} of the codes that answers name."""
    described = {}
    for (method, path), operation in document.operations():
        for status, response in document.responses(operation):
            for kind, media in document.children(response, "content"):
                for code in codes_of(document, media) or [] if kind == PROBLEM else []:
                    described.setdefault((status, code), []).append(f"{method} {path}")
    return described


def _both(left, right, lacks, extra):
    return ([f"{lacks} {' '.join(row)}" for row in sorted(left - right)] +
            [f"{extra} {' '.join(row)}" for row in sorted(right - left)])


def problems(document, table):
    """The binary's problems are those of the enumeration, of the table in its description, and of the answers."""
    if not table:
        return ["the binary names no problems"]
    schema = document.at("components", "schemas", "Problem").value
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", schema["description"], re.MULTILINE)
    codes = {(code,) for _, code in table}
    return (_both(codes, {(code,) for code in schema["properties"]["code"]["enum"]},
                  "the enumeration of codes lacks", "no problem of the binary has the code") +
            _both(set(table), {(status, code) for code, status in rows},
                  "the table of problems lacks", "the binary has no problem") +
            _both(set(table), set(_described_problems(document)), "no answer is documented as", "no problem is"))


def problem_texts(document, table):
    """Titles and `retryable` of the examples are the binary's; what is retryable brings a Retry-After, as there."""
    wrong = []
    for (method, path), operation in document.operations():
        for status, response in document.responses(operation):
            for kind, media in document.children(response, "content"):
                if kind != PROBLEM:
                    continue
                label = f"{method} {path} {status}"
                for name, value in document.examples(media):
                    if (value["retryable"], value["title"]) != table.get((status, value["code"])):
                        wrong.append(f"{label}: the example {name} is not what the binary says")
                may_retry = any(table.get((status, code), (False,))[0] for code in codes_of(document, media) or [])
                wants_header = may_retry and (status == "408" or status >= "500")
                if wants_header != ("Retry-After" in response.value["headers"]):
                    wrong.append(f"{label} {'lacks' if wants_header else 'has'} Retry-After")
    return wrong
