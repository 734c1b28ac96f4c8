"""For each check trees that it must accept and trees that it must refuse: a check that sees nothing is noticed."""

import checks
import rooms
from tree import Tree

_TOO_LONG = "/* Long. */\n" + "int x;\n" * checks.FILE_LINES_MAX
_LONG_FUNCTION = "/* Long. */\nstatic int work(int a,\n                int b) {\n" + "    a++;\n" * 60 + "}\n"
_SHORT_FUNCTIONS = "/* Short. */\n" + ("static int work(int a) {\n" + "    a++;\n" * 30 + "}\n\n") * 3
_GUARDED = "/* A. */\n#ifndef TAILRACE_BASE_A_H\n#define TAILRACE_BASE_A_H\n#endif\n"
_OPENAPI = "openapi: 3.1.0\npaths:\n  /topics:\n    get:\n      x: y\n  \"/topics/{topic}\":\n    put:\n    get:\n"
_TABLE = "GET /topics\nHEAD /topics\nPUT /topics/{topic}\nGET /topics/{topic}\n"


def _c(path, *lines):
    return {path: "/* Sample. */\n" + "\n".join(lines) + "\n"}


# check -> (trees that are right, trees that are wrong)
SAMPLES = {
    checks.direction: (
        [
            _c("api/a.c", '#include "gateway/write/publish.h"', '#include "base/bytes.h"', "#include <stdio.h>"),
            _c("gateway/main.c", '#include "api/server.h"', '#include "storage/rocksdb/rocksdb.h"'),
            _c("api/events/a.c", '#include "api/live/stream.h"', '#include "api/http/reply.h"'),
            _c("storage/rocksdb/topics/a.c", '#include "storage/rocksdb/log/b.h"'),
            _c("tests/unit/a.c", '#include "api/server.h"'),
        ],
        [
            _c("gateway/a.c", '#include "api/server.h"'),
            _c("gateway/a.c", '#include "storage/rocksdb/rocksdb.h"'),
            _c("storage/storage.c", '  # include "gateway/write/publish.h"'),
            _c("storage/storage.c", '#include "storage/memory/memory.h"'),
            _c("storage/rocksdb/a.c", '#include "storage/memory/engine.h"'),
            _c("base/a.h", '#include "storage/storage.h"'),
            _c("api/a.c", '#include "storage/storage.h"'),
            _c("base/a.c", '#include "a.h"'),
            _c("api/live/a.c", '#include "api/events/page_request.h"'),
            _c("api/topics/a.c", '#include "api/http/sockets/connections.h"'),
            _c("api/http/a.c", '#include "api/routes.h"'),
            _c("gateway/read/a.c", '#include "gateway/write/publish.h"'),
            _c("storage/rocksdb/log/a.c", '#include "storage/rocksdb/topics/topic_work.h"'),
        ],
    ),
    checks.doors: (
        [
            _c("api/http/a.c", "#include <microhttpd.h>", "#include <jansson.h>", "#include <sys/socket.h>"),
            _c("api/server.c", "#include <microhttpd.h>"),
            _c("storage/rocksdb/a.c", "#include <rocksdb/c.h>"),
            _c("api/http/encoding/a.c", "#include <zlib.h>", "#include <zstd.h>"),
        ],
        [
            _c("gateway/a.c", "#include <microhttpd.h>"),
            _c("api/a.c", "#include <zlib.h>"),
            _c("api/events/a.c", "#include <microhttpd.h>"),
            _c("api/topics/a.c", "#include <sys/socket.h>"),
            _c("api/a.c", "#include <zstd_errors.h>"),
            _c("gateway/a.c", "#include <jansson.h>"),
            _c("storage/a.c", "#include <rocksdb/c.h>"),
            _c("storage/a.c", "#include <netinet/in.h>"),
            _c("base/a.c", "#include <check.h>"),
        ],
    ),
    checks.sizes: (
        [{f"api/http/{i}.{ending}": "/* A. */" for i in range(rooms.MODULES_MAX) for ending in "ch"}],
        [{f"api/http/{i}.c": "/* A. */" for i in range(rooms.MODULES_MAX + 1)}],
    ),
    checks.calls: (
        [
            _c("base/memory.c", "void *p = malloc(1);"),
            _c("api/a.c", "/* strcpy(a, b) */", 'log("malloc(1)");', "mem_alloc(1);", "ops->gets(a);"),
        ],
        [_c("api/a.c", "strcpy(a, b);"), _c("gateway/a.c", "return strdup(text);"), _c("base/a.c", "x = malloc (3);")],
    ),
    checks.opening_comments: ([_c("base/a.c")], [{"base/a.c": "#include <stdio.h>\n"}, {"tests/a.h": ""}]),
    checks.header_guards: ([{"base/a.h": _GUARDED}], [{"base/b.h": _GUARDED}, {"base/a.h": "/* A. */\n"}]),
    checks.http_modules: (
        [{"tests/http/test_a.py": "", "tests/http/meson.build": "x = ['test_a']\nhttp_long = ['test_a']\n"}],
        [
            {"tests/http/test_a.py": "", "tests/http/meson.build": "x = []\nhttp_long = ['test_a']\n"},
            {"tests/http/test_a.py": "", "tests/http/meson.build": "x = ['test_a',\n 'test_a']\n"},
        ],
    ),
    checks.folder_readmes: (
        [
            {"README.md": "", "base/a.c": "", "base/README.md": "", ".ci/run": ""},
            {"README.md": "", "tests/fuzz/corpus/README.md": "", "tests/fuzz/corpus/body/one": ""},
        ],
        [
            {"base/a.c": "", "base/README.md": ""},
            {"README.md": "", "a/b/c.c": "", "a/README.md": ""},
            {"README.md": "", "tests/fuzz/corpus/body/one": "", "tests/fuzz/corpus/a.md": ""},
        ],
    ),
    checks.lengths: (
        [
            {"base/a.c": _SHORT_FUNCTIONS},
            {"base/a.c": _LONG_FUNCTION, checks.LONG_LIST: "# why\nbase/a.c:work one switch, a case each\n"},
            {"base/a.c": _TOO_LONG, checks.LONG_LIST: "base/a.c a table\n"},
        ],
        [
            {"base/a.c": _TOO_LONG},
            {"base/a.c": _LONG_FUNCTION},
            {"base/a.c": _LONG_FUNCTION, checks.LONG_LIST: "base/a.c:work\n"},
            {"base/a.c": _SHORT_FUNCTIONS, checks.LONG_LIST: "base/a.c:work it was long once\n"},
        ],
    ),
    checks.unfinished: (
        [{"a.c": 'char name[] = "tailrace-XX' + 'XXXX";'}],
        [{"a.c": "/* TO" + "DO: more */"}, {"docs/a.md": "FIX" + "ME"}, {"a.py": "# X" + "XX"}],
    ),
    checks.machine_paths: (
        [{"a.md": "https://example.org/home/x and ${base}/root/y and /var/lib/tailrace"}],
        [{"a.md": "see /ho" + "me/someone/notes"}, {"a.sh": "cd /wo" + "rk/main"}],
    ),
}

# (openapi.yaml, what `tailrace --routes` prints)
ROUTES_RIGHT = [(_OPENAPI, _TABLE)]
ROUTES_WRONG = [
    (_OPENAPI, _TABLE + "GET /livez\n"),
    (_OPENAPI.replace("/topics:", "/themes:"), _TABLE),
    (_OPENAPI, ""),
    ("", _TABLE),
]

# (README.md of api/live, {file: (defined, needed)})
_RING = {"api/live/a.c": ({"a"}, {"b"}), "api/live/b.c": ({"b"}, {"c"}), "api/live/c.c": ({"c"}, {"a"})}
CIRCLES_RIGHT = [
    ("", {"api/live/a.c": ({"a"}, {"b", "memcpy"}), "api/live/b.c": ({"b"}, {"b"})}),
    ("`a.c`, `b.c` and `c.c` are a circle, for a reason.", _RING),
]
CIRCLES_WRONG = [
    ("", _RING),
    ("`a.c` and `b.c` are a circle.", _RING),
    ("`a.c` and `b.c` are a circle.", {"api/live/a.c": ({"a"}, {"b"}), "api/http/b.c": ({"b"}, {"a"})}),
]


def problems():
    """What the checks themselves get wrong on the samples."""
    wrong = [f"no samples for {check.__name__}" for check in checks.CHECKS if check not in SAMPLES]
    for check, (right, bad) in SAMPLES.items():
        wrong += [f"{check.__name__} refuses {files}" for files in right if check(Tree(files))]
        wrong += [f"{check.__name__} accepts {files}" for files in bad if not check(Tree(files))]
    for readme, tables in CIRCLES_RIGHT:
        wrong += rooms.circles(Tree({"api/live/README.md": readme}), rooms.needs(tables))
    for readme, tables in CIRCLES_WRONG:
        if not rooms.circles(Tree({"api/live/README.md": readme}), rooms.needs(tables)):
            wrong.append(f"circles accepts {tables!r} with {readme!r}")
    for yaml, table in ROUTES_RIGHT:
        wrong += checks.routes(Tree({"openapi.yaml": yaml}), table)
    for yaml, table in ROUTES_WRONG:
        if not checks.routes(Tree({"openapi.yaml": yaml}), table):
            wrong.append(f"routes accepts {table!r} for {yaml!r}")
    return wrong
