"""openapi.yaml as the tests see it: a tree with its references followed, and schemas that values are held against."""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PATH = Path(__file__).resolve().parents[2] / "openapi.yaml"
METHODS = ("get", "put", "post", "patch", "delete")
MORE = "x-more-content"  # beside `content`: more of it, of media types that generators of clients refuse
BASE = "urn:tailrace:openapi"


@dataclass(frozen=True)
class Node:
    """A part of the document: where it really stands (behind its references), and what it is."""

    place: tuple
    value: object

    def __str__(self):
        return "/".join(map(str, self.place))


class Document:
    def __init__(self, tree):
        self.tree = tree
        resource = Resource(contents=tree, specification=DRAFT202012)
        self._registry = Registry().with_resource(BASE, resource)

    @classmethod
    def read(cls, path=PATH):
        """With all content under `content`, whatever generators of clients refuse included."""
        tree = yaml.load(Path(path).read_text(encoding="utf-8"), yaml.CSafeLoader)
        _join_content(tree)
        return cls(tree)

    def write(self, path):
        """As JSON, for tools that read it from a file."""
        Path(path).write_text(json.dumps(self.tree), encoding="utf-8")

    # -- finding -------------------------------------------------------------------------------------------------

    def at(self, *place):
        """The part at this place, with references on the way followed."""
        node = Node((), self.tree)
        for step in place:
            node = self.child(node, step)
        return node

    def child(self, node, step):
        return self._follow(Node(node.place + (step,), node.value[step]))

    def children(self, node, name):
        """(key, node) of a member that is a mapping; none when it is not there."""
        if name not in node.value:
            return
        within = self.child(node, name)
        for key in within.value:
            yield key, self.child(within, key)

    def _follow(self, node):
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            node = self.target(node.value["$ref"])
        return node

    def target(self, reference):
        """What a `#/…` stands for. KeyError when it is not there."""
        if not reference.startswith("#/"):
            raise KeyError(reference)
        place = tuple(step.replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/"))
        value = self.tree
        for step in place:
            value = value[int(step)] if isinstance(value, list) else value[step]
        return Node(place, value)

    # -- what there is -------------------------------------------------------------------------------------------

    def operations(self):
        """((METHOD, path), node) of every operation."""
        for path, item in self.children(Node((), self.tree), "paths"):
            for method in METHODS:
                if method in item.value:
                    yield (method.upper(), path), self.child(item, method)

    def parameters(self, operation):
        """The nodes of an operation's parameters, those of its path included."""
        for holder in (operation, self.at(*operation.place[:-1])):
            for index in range(len(holder.value.get("parameters", []))):
                yield self._follow(Node(holder.place + ("parameters", index), holder.value["parameters"][index]))

    def responses(self, operation):
        """(status, node) of an operation's responses."""
        return self.children(operation, "responses")

    def everything(self):
        """(place, value) of all that stands in the document, references not followed."""
        return _everything(self.tree, ())

    def examples(self, node):
        """(name, value) of the examples of a media type, parameter or header."""
        if "example" in node.value:
            yield "example", node.value["example"]
        for name, example in self.children(node, "examples"):
            yield name, example.value["value"]

    # -- schemas -------------------------------------------------------------------------------------------------

    def faults(self, node, value, member="schema"):
        """What is wrong with the value by the schema of this media type, parameter or header; sentences."""
        if member not in node.value:
            return []
        pointer = "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in node.place + (member,))
        validator = Draft202012Validator({"$ref": f"{BASE}#/{pointer}"}, registry=self._registry,
                                         format_checker=Draft202012Validator.FORMAT_CHECKER)
        faults = [error.message for error in validator.iter_errors(value)]
        schema = self.child(node, member).value
        if isinstance(value, str) and schema.get("contentMediaType") == "application/json":
            faults += _json_faults(value)
        return faults


def _everything(value, place):
    yield place, value
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _everything(inner, place + (step,))


def _join_content(value):
    if isinstance(value, dict) and MORE in value:
        value["content"] = {**value.get("content", {}), **value.pop(MORE)}
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _join_content(inner)


def _json_faults(text):
    try:
        json.loads(text)
    except ValueError as error:
        return [f"not JSON: {error}"]
    return []


def codes_of(document, media):
    """The codes of problems that a media type's schema allows; None when it says nothing of codes."""
    codes = media.value.get("schema", {}).get("patternProperties", {}).get("^code$", {}).get("enum")
    return None if codes is None else list(codes)
