"""The rules of the tree. Each check takes a Tree and returns what is wrong with it, a sentence each."""

import re

from rooms import direction, doors, sizes
from tree import CODE, functions

# Calls that do not check a size, or go round the one seam for allocations.
UNCHECKED = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|alloca)\s*\(")
ALLOCATING = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf)\s*\(")
ALLOCATOR = "base/memory.c"

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
LONG_LIST = "tests/structure/long.txt"

# Folders of nothing but inputs: the README above them speaks for them.
INPUTS = re.compile(r"tests/fuzz/corpus/[^/]+")

# Spelled in pieces so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.*$}-])/(?:home|root|work|Users|mnt|srv)/[\w.-]+")


def _without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", lambda hit: "\n" * hit.group().count("\n"), text,
                  flags=re.DOTALL)


def calls(tree):
    wrong = []
    for path, text in tree.c_files(CODE):
        code = _without_comments(text)
        wrong += [f"{path} calls {name}(), which checks no size" for name in UNCHECKED.findall(code)]
        if path != ALLOCATOR:
            wrong += [f"{path} calls {name}(), not base/memory.h" for name in ALLOCATING.findall(code)]
    return wrong


def opening_comments(tree):
    return [f"{path} does not begin with a comment on what it owns"
            for path, text in tree.c_files() if not text.startswith("/*")]


def header_guards(tree):
    wrong = []
    for path, text in tree.c_files(CODE):
        guard = "TAILRACE_" + re.sub(r"[^A-Z0-9]", "_", path.upper())
        if path.endswith(".h") and f"#ifndef {guard}\n#define {guard}\n" not in text:
            wrong.append(f"{path} is not guarded by {guard}")
    return wrong


def folder_readmes(tree):
    folders = {""} | {path.rpartition("/")[0] for path in tree.files}
    visible = sorted(folder for folder in folders if not any(part.startswith(".") for part in folder.split("/")))
    wrong = []
    for folder in visible:
        if INPUTS.fullmatch(folder):
            continue
        readme = f"{folder}/README.md".lstrip("/")
        if readme not in tree.files:
            wrong.append(f"{readme} is missing")
    return wrong


def _long_list(tree):
    """{name: reason} of tests/structure/long.txt."""
    rows = [line.split(maxsplit=1) for line in tree.files.get(LONG_LIST, "").split("\n")]
    return {row[0]: row[1] if len(row) > 1 else "" for row in rows if row and not row[0].startswith("#")}


def lengths(tree):
    long = {}
    for path, text in tree.c_files(CODE):
        if text.count("\n") > FILE_LINES_MAX:
            long[path] = f"{path} has {text.count(chr(10))} lines, more than {FILE_LINES_MAX}"
        for function in functions(text):
            if function.length > FUNCTION_LINES_MAX:
                long[f"{path}:{function.name}"] = (f"{path}:{function.line} {function.name} has {function.length} lines, "
                                                   f"more than {FUNCTION_LINES_MAX}")
    listed = _long_list(tree)
    wrong = [sentence for name, sentence in long.items() if name not in listed]
    wrong += [f"{LONG_LIST} lists {name}, which is not too long" for name in listed if name not in long]
    wrong += [f"{LONG_LIST} gives no reason for {name}" for name, reason in listed.items() if not reason]
    return wrong


def _lines_with(tree, pattern, what):
    wrong = []
    for path, text in sorted(tree.files.items()):
        for number, line in enumerate(text.split("\n"), 1):
            hit = pattern.search(line)
            if hit:
                wrong.append(f"{path}:{number} {what} {hit.group()}")
    return wrong


def unfinished(tree):
    return _lines_with(tree, UNFINISHED, "leaves work undone:")


def machine_paths(tree):
    return _lines_with(tree, MACHINE_PATH, "names a path of some machine:")


def _openapi_routes(text):
    """(method, path) of the `paths:` section, read by its indentation of two spaces a level."""
    routes = set()
    in_paths = False
    path = None
    for line in text.split("\n"):
        if re.match(r"\S", line) and not line.startswith("#"):
            in_paths = line.rstrip() == "paths:"
        elif in_paths and (hit := re.fullmatch(r"  [\"']?(/[^\"'\s]*)[\"']?:\s*(?:#.*)?", line)):
            path = hit.group(1)
        elif in_paths and path and (hit := re.match(r"    (get|put|post|patch|delete):", line)):
            routes.add((hit.group(1).upper(), path))
    return routes


def routes(tree, table):
    """`table` is what `tailrace --routes` prints: a line `METHOD /path parameter…` for every route. HEAD and OPTIONS work
    everywhere and are in neither list."""
    served = {tuple(line.split()[:2]) for line in table.split("\n") if line.strip()}
    served = {route for route in served if route[0] not in ("HEAD", "OPTIONS")}
    described = _openapi_routes(tree.files.get("openapi.yaml", ""))
    if not served:
        return ["the route table is empty"]
    wrong = [f"openapi.yaml lacks {' '.join(route)}" for route in sorted(served - described)]
    wrong += [f"openapi.yaml describes {' '.join(route)}, which is not served" for route in sorted(described - served)]
    return wrong


HTTP_TESTS = "tests/http/meson.build"


def http_modules(tree):
    """A module that no stage names is never run."""
    modules = {path[len("tests/http/"):-len(".py")] for path in tree.files if re.fullmatch(r"tests/http/test_\w+\.py", path)}
    named = re.findall(r"'(test_\w+)'", re.sub(r"(?s)^http_long = .*?\]$", "", tree.files.get(HTTP_TESTS, ""), flags=re.M))
    wrong = [f"{HTTP_TESTS} lacks {name}" for name in sorted(modules - set(named))]
    return wrong + [f"{HTTP_TESTS} names {name} {named.count(name)} times" for name in sorted(set(named)) if named.count(name) > 1]


CHECKS = (direction, doors, sizes, calls, opening_comments, header_guards, folder_readmes, lengths, unfinished, machine_paths,
          http_modules)
