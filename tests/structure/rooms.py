"""The rooms of the program, and in which direction they may know one another."""

import json
import re
import subprocess
from pathlib import Path

from tree import CODE, includes

# What the files of a room may include beside their own room, by prefix; the longest name of a room counts. Every room may
# include base/.
REQUESTS = ("api/endpoints.h", "api/http/request.h", "api/http/reply.h", "api/http/problem.h", "api/http/metrics.h",
            "api/http/pieces.h", "api/http/control_document.h", "api/http/media_type.h", "api/http/given_time.h",
            "api/http/page_shape.h", "api/http/encoding/")
GATEWAY = ("gateway/gateway.h", "gateway/topics.h", "gateway/settings.h", "gateway/limits.h", "gateway/read_failures.h",
           "gateway/timestamp.h")
ENGINE = ("storage/storage.h", "storage/rocksdb/engine.h", "storage/rocksdb/rocksdb.h")
MAY_INCLUDE = {
    "api/http/encoding": (),
    "api/http/guard": ("api/http/problem.h", "gateway/limits.h"),
    "api/http/sockets": ("api/http/guard/", "api/http/problem.h", "api/http/metrics.h", "api/http/reconnect.h",
                         "api/http/request_id.h", "gateway/limits.h"),
    "api/http": ("api/http/guard/", "api/http/encoding/", "api/http/sockets/", "gateway/json/", *GATEWAY),
    "api/live": ("api/http/request.h", "api/http/reply.h", "api/http/metrics.h", "api/http/sockets/connections.h",
                 "api/http/sockets/taken_socket.h", "gateway/read/", "gateway/json/", *GATEWAY),
    "api/topics": ("gateway/json/", "gateway/read/", *REQUESTS, *GATEWAY),
    "api/groups": ("api/topics/", "gateway/json/", "gateway/read/", *REQUESTS, *GATEWAY),
    "api/events": ("api/topics/", "api/live/stream.h", "gateway/", *REQUESTS),
    "api/console": (*REQUESTS, *GATEWAY),
    "api": ("api/", "gateway/"),
    "gateway/json": ("gateway/limits.h",),
    "gateway/read": ("gateway/json/", "storage/storage.h", *GATEWAY),
    "gateway/write": ("gateway/json/", "storage/storage.h", *GATEWAY),
    "gateway": ("gateway/", "storage/storage.h"),
    "storage/rocksdb/database": ENGINE[:1] + ENGINE[2:],
    "storage/rocksdb/catalog": ("storage/rocksdb/database/", "storage/rocksdb/load.h", *ENGINE),
    "storage/rocksdb/log": ("storage/rocksdb/catalog/", "storage/rocksdb/database/", "storage/rocksdb/load.h",
                            "storage/rocksdb/health.h", *ENGINE),
    "storage/rocksdb/offsets": ("storage/rocksdb/log/", "storage/rocksdb/catalog/", "storage/rocksdb/database/", *ENGINE),
    "storage/rocksdb/topics": ("storage/rocksdb/offsets/", "storage/rocksdb/log/", "storage/rocksdb/catalog/",
                               "storage/rocksdb/database/", *ENGINE),
    "storage/rocksdb": ("storage/rocksdb/", "storage/storage.h"),
    "storage/memory": ("storage/storage.h",),
    "storage": (),
    "base": (),
}
BUILDS_EVERYTHING = "gateway/main.c"

# Libraries that stay behind one door.
ONLY_IN = {
    r"<microhttpd\.h>": ("api/http/", "api/server.c"),
    r"<jansson\.h>": ("api/",),
    r"<rocksdb/.*>": ("storage/rocksdb/",),
    r"<(zlib|zstd|zstd_errors)\.h>": ("api/http/encoding/",),
    r"<(sys/socket|sys/un|sys/epoll|netinet/.*|arpa/.*|netdb)\.h>": ("api/http/", "api/live/"),
}
NOWHERE = re.compile(r"<(check|setjmp|alloca)\.h>")

MODULES_MAX = 25  # of a room


def room_of(path):
    """The room that a file of the program belongs to: the longest name that its path begins with."""
    return next((room for room in sorted(MAY_INCLUDE, key=len, reverse=True) if path.startswith(room + "/")), None)


def direction(tree):
    wrong = []
    for path, text in tree.c_files(CODE):
        if path == BUILDS_EVERYTHING:
            continue
        room = room_of(path)
        for include in includes(text):
            name = include.strip('"')
            own = room_of(name) == room
            if include.startswith('"') and not own and not name.startswith(("base/", *MAY_INCLUDE[room])):
                wrong.append(f"{path} includes {include}, which {room}/ may not")
    return wrong


def doors(tree):
    wrong = []
    for path, text in tree.c_files(CODE):
        for include in includes(text):
            if NOWHERE.fullmatch(include):
                wrong.append(f"{path} includes {include}, which the program does not use")
            for pattern, places in ONLY_IN.items():
                if re.fullmatch(pattern, include) and not path.startswith(places) and path != BUILDS_EVERYTHING:
                    wrong.append(f"{path} includes {include}, which belongs to {' and '.join(places)} alone")
    return wrong


def sizes(tree):
    modules = {}
    for path, _ in tree.c_files(CODE):
        folder, _, name = path.rpartition("/")
        modules.setdefault(folder, set()).add(name.rpartition(".")[0])
    return [f"{folder}/ has {len(names)} modules, more than {MODULES_MAX}: it wants rooms"
            for folder, names in sorted(modules.items()) if len(names) > MODULES_MAX]


# ---- circles: files that need one another, by the symbols of what was compiled ----


def objects(build):
    """{source: object} of the program's own files in a build, as the compiler was told."""
    root = Path(__file__).resolve().parents[2]
    found = {}
    for command in json.loads(Path(build, "compile_commands.json").read_text(encoding="utf-8")):
        source = Path(build, command["file"]).resolve()
        library = command["output"].split("/")[-2]
        if source.is_relative_to(root) and library.startswith("lib"):
            path = source.relative_to(root).as_posix()
            if path.split("/")[0] in CODE:
                found.setdefault(path, Path(build, command["output"]))
    return found


def symbols(obj):
    """(defined, needed) names of an object."""
    told = subprocess.run(["nm", "--format=posix", obj], check=True, capture_output=True, text=True, timeout=60).stdout
    rows = [line.split()[:2] for line in told.splitlines()]
    return {name for name, kind in rows if kind in "TDRBV"}, {name for name, kind in rows if kind == "U"}


def needs(tables):
    """{file: files it needs} from {file: (defined, needed)}."""
    owner = {name: path for path, (defined, _) in tables.items() for name in defined}
    return {path: {owner[name] for name in needed if name in owner} - {path} for path, (_, needed) in tables.items()}


def circles_of(graph):
    """Sets of files each of which leads to all others of its set."""
    reached = {}
    for start in graph:
        seen, rest = set(), list(graph[start])
        while rest:
            path = rest.pop()
            if path not in seen:
                seen.add(path)
                rest += graph[path]
        reached[start] = seen
    found = {frozenset(other for other in reached[path] if path in reached[other]) for path in graph if path in reached[path]}
    return sorted(found, key=sorted)


def circles(tree, graph):
    """None across two rooms; inside one only where its README names the files and says why."""
    wrong = []
    for circle in circles_of(graph):
        rooms = {room_of(path) for path in circle}
        names = ", ".join(sorted(circle))
        if len(rooms) > 1:
            wrong.append(f"a circle reaches across {', '.join(sorted(rooms))}: {names}")
            continue
        readme = tree.files.get(f"{rooms.pop()}/README.md", "")
        said = "circle" in readme and all(f"`{path.rpartition('/')[2]}`" in readme for path in circle)
        if not said:
            wrong.append(f"a circle that its README does not explain: {names}")
    return wrong


def circles_of_build(tree, build):
    found = {path: symbols(obj) for path, obj in objects(build).items()}
    if len(found) < len([path for path, _ in tree.c_files(CODE) if path.endswith(".c")]) - 1:  # main.c is no library's
        return [f"only {len(found)} files of the program are in {build}"]
    graph = needs(found)
    if not any(graph.values()):
        return [f"the objects in {build} show no symbols"]
    return circles(tree, graph)
