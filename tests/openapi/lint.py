"""What openapi.yaml must be by itself. Each check takes a Document and returns what is wrong with it, a sentence
each."""

import json

from document import codes_of
from openapi_spec_validator import OpenAPIV31SpecValidator

PROBLEM = "application/problem+json"
NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"

# What every operation can answer, whatever it is for: the request is malformed, from a foreign page, for another
# method, late, too large, or there is no room for it.
EVERYWHERE = ("400", "403", "405", "408", "413", "431", "503")


def standard(document):
    """The document is one of OpenAPI 3.1, by the schemas of the standard."""
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in OpenAPIV31SpecValidator(document.tree).iter_errors()]


def references(document):
    """Each reference leads somewhere, and each component is referred to from what is not a component itself."""
    wrong = []
    leads = {}  # where a reference stands -> what it names
    for place, value in document.everything():
        if place and place[-1] == "$ref" and isinstance(value, str):
            try:
                leads[place] = document.target(value).place
            except (KeyError, IndexError, TypeError):
                wrong.append(f"{'/'.join(map(str, place))}: {value} is not there")
    components = {("components", kind, name) for kind, named in document.tree.get("components", {}).items()
                  for name in named}
    used = set()
    reached = [target[:3] for place, target in leads.items() if place[0] != "components"]
    while reached:
        component = reached.pop()
        if component not in used:
            used.add(component)
            reached += [target[:3] for place, target in leads.items() if place[:3] == component]
    return wrong + [f"{'/'.join(component)} is not used" for component in sorted(components - used)]


def operations(document):
    """Each operation says what it is: a name of its own, one of the tags, a summary, a description."""
    wrong = []
    names = set()
    tags = {tag["name"] for tag in document.tree.get("tags", [])}
    used = set()
    for (method, path), operation in document.operations():
        label = f"{method} {path}"
        for member in ("operationId", "summary", "description", "tags"):
            if not operation.value.get(member):
                wrong.append(f"{label} has no {member}")
        name = operation.value.get("operationId")
        if name in names:
            wrong.append(f"{label}: another operation is called {name}")
        names.add(name)
        used.update(operation.value.get("tags", []))
    wrong += [f"the tag {tag} is not among the tags" for tag in sorted(used - tags)]
    return wrong + [f"no operation has the tag {tag}" for tag in sorted(tags - used)]


def responses(document):
    """Each operation has what can be the answer everywhere; each answer brings a Request-Id, each error is a problem."""
    wrong = []
    for (method, path), operation in document.operations():
        statuses = dict(document.responses(operation))
        wrong += [f"{method} {path} has no answer {status}" for status in EVERYWHERE if status not in statuses]
        for status, response in statuses.items():
            label = f"{method} {path} {status}"
            if "Request-Id" not in response.value.get("headers", {}):
                wrong.append(f"{label} brings no Request-Id")
            media = list(response.value.get("content", {}))
            if status >= "400" and media != [PROBLEM]:
                wrong.append(f"{label} is not a problem")
            if status < "400" and PROBLEM in media:
                wrong.append(f"{label} is a problem")
    return wrong


def _bodies(document):
    """(label, media type, node) of every body, asked or answered."""
    for (method, path), operation in document.operations():
        if "requestBody" in operation.value:
            for kind, media in document.children(document.child(operation, "requestBody"), "content"):
                yield f"{method} {path} body", kind, media
        for status, response in document.responses(operation):
            for kind, media in document.children(response, "content"):
                yield f"{method} {path} {status}", kind, media


def _fields(document):
    """(label, node) of every parameter and header."""
    for (method, path), operation in document.operations():
        for parameter in document.parameters(operation):
            yield f"{method} {path} {parameter.value['name']}", parameter
        for status, response in document.responses(operation):
            for name, header in document.children(response, "headers"):
                yield f"{method} {path} {status} {name}", header


def _line_faults(document, _media, text):
    """Of newline-delimited JSON: each line is an event."""
    schemas = document.at("components", "schemas")
    lines = [json.loads(line) for line in text.split("\n") if line.strip()]
    faults = [fault for line in lines for fault in document.faults(schemas, line, "Event")]
    return faults if lines else ["it has no event"]


def _stream_faults(document, media, text):
    """Of server-sent events: the data of each is what `x-event-data` says of its kind."""
    faults = []
    kinds = document.child(media, "x-event-data")
    missing = set(kinds.value)
    for block in text.split("\n\n"):
        fields = dict(line.split(":", 1) for line in block.split("\n") if ":" in line)
        if "data" in fields:
            kind = fields.get("event", "message").strip()
            missing.discard(kind)
            faults += document.faults(kinds, json.loads(fields["data"]), kind) if kind in kinds.value else [kind]
    return faults + [f"it has no {kind}" for kind in sorted(missing)]


SEQUENCES = {NDJSON: _line_faults, EVENT_STREAM: _stream_faults}


def _inner_faults(document, kind, media, text):
    """What is wrong with the events in the text of an answer that is a sequence of them."""
    try:
        return SEQUENCES[kind](document, media, text)
    except ValueError as error:
        return [f"not JSON: {error}"]


def examples(document):
    """Each body has an example, and what is an example of something is valid by the schema of that."""
    wrong = []
    for label, kind, media in _bodies(document):
        found = dict(document.examples(media))
        if not found:
            wrong.append(f"{label}: {kind} has no example")
        for name, value in found.items():
            faults = document.faults(media, value) if kind != EVENT_STREAM else []  # its schema is of the data alone
            if kind in SEQUENCES and not label.endswith("body"):
                faults += _inner_faults(document, kind, media, value)
            wrong += [f"{label}: {kind}: {name}: {fault}" for fault in faults]
    for label, field in _fields(document):
        for name, value in document.examples(field):
            wrong += [f"{label}: {name}: {fault}" for fault in document.faults(field, value)]
    return wrong


def problem_examples(document):
    """Each answer that is an error names its codes and has an example of each, by the code."""
    wrong = []
    for label, kind, media in _bodies(document):
        if kind != PROBLEM:
            continue
        codes = codes_of(document, media)
        if not codes:
            wrong.append(f"{label} does not say which codes there are")
            continue
        found = dict(document.examples(media))
        for code in sorted(set(codes) ^ set(found)):
            wrong.append(f"{label} has {'no example of' if code in codes else 'an example of'} {code}")
        for code, value in found.items():
            if value.get("code") != code or str(value.get("status")) != label[-3:]:
                wrong.append(f"{label}: the example {code} is {value.get('code')} {value.get('status')}")
    return wrong


CHECKS = (standard, references, operations, responses, examples, problem_examples)
