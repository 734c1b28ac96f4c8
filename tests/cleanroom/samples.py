"""Trees whose record must be accepted, and trees whose record must be refused: a check that sees nothing is noticed."""

import tempfile
from pathlib import Path

RECORD = "tests/cleanroom/debian-12.txt"
TREE = {
    "dev": "#!/bin/sh\n",
    "meson.build": "project('a')\n",
    "api/meson.build": "a = files('a.c')\n",
    "api/a.c": "/* A. */\n",
    "tools/install.sh": "install\n",
    "tools/README.md": "# tools\n",
    "tests/browser/package-lock.json": "{}\n",
    "tests/openapi/requirements.txt": "a==1\n",
    "build/release/meson.build": "built\n",
}
TEXT = """Tailrace on a clean Debian 12

commit               {commit}
files                {files}
debian               12.12
stages               all

unit                          7 s     12 passed     0 failed
12 passed, 0 failed
"""


def _write(root, files):
    for path, text in files.items():
        Path(root, path).parent.mkdir(parents=True, exist_ok=True)
        Path(root, path).write_text(text, "utf-8")


def _changed(path, text):
    return lambda root: _write(root, {path: text})


def _record(old, new):
    def change(root):
        path = Path(root, RECORD)
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    return change


ACCEPTED = {
    "nothing changed": lambda root: None,
    "a source file changed": _changed("api/a.c", "/* B. */\n"),
    "a README changed": _changed("tools/README.md", "# other\n"),
    "a build came": _changed("build13/meson.build", "built\n"),
    "a module came": _changed("tests/browser/node_modules/a/package.json", "{}\n"),
}
REFUSED = {
    "dev changed": _changed("dev", "#!/bin/sh\n:\n"),
    "dev may be executed": lambda root: Path(root, "dev").chmod(0o755),
    "a meson.build changed": _changed("api/meson.build", "a = files('b.c')\n"),
    "a tool changed": _changed("tools/install.sh", "remove\n"),
    "a tool came": _changed("tools/cleanroom/room.sh", "room\n"),
    "a tool went": lambda root: Path(root, "tools/install.sh").unlink(),
    "a lock changed": _changed("tests/browser/package-lock.json", "{ }\n"),
    "requirements changed": _changed("tests/openapi/requirements.txt", "a==2\n"),
    "a Dockerfile came": _changed("Dockerfile", "FROM scratch\n"),
    "no record": lambda root: Path(root, RECORD).unlink(),
    "no commit": _record("commit ", "committed "),
    "another release": _record("debian               12.12", "debian               13.1"),
    "some stages": _record("stages               all", "stages               unit"),
    "a failure": _record("12 passed, 0 failed\n", "11 passed, 1 failed\n"),
    "no tests": _record("\n12 passed, 0 failed\n", "\n0 passed, 0 failed\n"),
    "cut off": _record("\n12 passed, 0 failed\n", "\n"),
}


def results(faults, digest):
    """{sample: what the check gets wrong on it}"""
    wrong = {}
    for kind, samples in (("accepts", REFUSED), ("refuses", ACCEPTED)):
        for name, change in samples.items():
            with tempfile.TemporaryDirectory(prefix="tailrace-cleanroom-") as root:
                _write(root, TREE)
                _write(root, {RECORD: TEXT.format(commit="0" * 40, files=digest(root))})
                change(root)
                seen = faults(root, "12")
            mistaken = not seen if kind == "accepts" else bool(seen)
            wrong[f"sample: {name}"] = [f"the check {kind} it: {seen}"] if mistaken else []
    return wrong
