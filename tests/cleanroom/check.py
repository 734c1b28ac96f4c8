#!/usr/bin/env python3
"""Holds the records of clean rooms to the tree: they must be of the files that build and install it now. The last line
is `cleanroom: N passed, N failed`. `--digest` prints what stands for those files in a record."""

import argparse
import hashlib
import os
import re
import sys
from pathlib import Path

import samples

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ("12", "13")
INSIDE = "TAILRACE_CLEANROOM"  # set where a record is being made


def decides(path):
    """Whether this file has a say in how the project is installed and built, or in how a clean room is made."""
    folder, _, name = path.rpartition("/")
    if folder == "tools" or folder.startswith("tools/"):
        return not name.endswith(".md")
    return (path in ("dev", ".ci/run", "Dockerfile", ".dockerignore") or
            name in ("meson.build", "meson_options.txt", "package.json", "package-lock.json") or
            bool(re.fullmatch(r"requirements.*\.txt", name)))


def deciding_files(root):
    """Their paths from the root. What was built is left out, and so is what others' package managers brought."""
    found = []
    for folder, folders, names in os.walk(root):
        at_top = Path(folder) == Path(root)
        folders[:] = [name for name in folders if name not in (".git", "node_modules", "__pycache__") and
                      not (at_top and (name.startswith("build") or name == "tailrace-data"))]
        paths = (Path(folder, name).relative_to(root).as_posix() for name in names)
        found += [path for path in paths if decides(path)]
    return sorted(found)


def digest(root):
    """Of the paths, the right to be executed and the content of those files."""
    whole = hashlib.sha256()
    for path in deciding_files(root):
        content = Path(root, path).read_bytes()
        executable = "x" if os.access(Path(root, path), os.X_OK) else "-"
        whole.update(f"{path}\0{executable}\0{len(content)}\0".encode() + content)
    return f"sha256:{whole.hexdigest()}"


def faults(root, release):
    """What is wrong with the record of a release, a sentence each."""
    name = f"tests/cleanroom/debian-{release}.txt"
    path = Path(root, name)
    if not path.exists():
        return [f"{name} is missing: ./dev cleanroom {release} writes it"]
    text = path.read_text("utf-8")
    fields = dict(re.findall(r"^(commit|files|debian|stages) +(\S.*)$", text, re.MULTILINE))
    wrong = []
    if fields.get("files") != digest(root):
        wrong.append(f"{name}: files that build or install were changed since: ./dev cleanroom {release} makes it anew")
    if not re.fullmatch(r"[0-9a-f]{40}", fields.get("commit", "")):
        wrong.append(f"{name} does not name its commit")
    if fields.get("debian", "").partition(".")[0] != release:
        wrong.append(f"{name} is not of Debian {release}")
    if fields.get("stages") != "all":
        wrong.append(f"{name} is of some stages only")
    if not re.search(r"\n[1-9]\d* passed, 0 failed\n\Z", text):
        wrong.append(f"{name} does not end with a run that passed")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digest", action="store_true", help="print the digest of the tree and end")
    if parser.parse_args().digest:
        print(digest(ROOT))
        return 0

    results = samples.results(faults, digest)
    if os.environ.get(INSIDE):
        print(f"left out: the records of Debian {' and '.join(RELEASES)}, because one of them is being made here")
    else:
        results |= {f"debian-{release}": faults(ROOT, release) for release in RELEASES}
    for name, wrong in results.items():
        for sentence in wrong:
            print(f"{name}: {sentence}")
    failed = sum(1 for wrong in results.values() if wrong)
    print(f"cleanroom: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
