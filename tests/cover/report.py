#!/usr/bin/env python3
"""Prints line and branch coverage by file and folder from gcovr's JSON summary, and holds both to a limit: a folder, and a
file whose rest nobody explained in left.txt. Exit status 1 when one is below, or an explanation has become needless."""

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LINES_MIN = 0.90
FOLDERS = ("api", "gateway", "storage")  # base/ is shown, and covered by their tests


@dataclass
class Count:
    covered: int = 0
    total: int = 0

    def add(self, other):
        self.covered += other.covered
        self.total += other.total

    @property
    def share(self):
        return self.covered / self.total if self.total else 1.0

    def __str__(self):
        return f"{self.covered:5}/{self.total:<5} {100 * self.share:5.1f} %"


def read_summary(path):
    """path -> (lines, branches)."""
    files = json.loads(Path(path).read_text("utf-8"))["files"]
    return {entry["filename"]: (Count(entry["line_covered"], entry["line_total"]),
                                Count(entry["branch_covered"], entry["branch_total"])) for entry in files}


def read_explained(text):
    """left.txt: `path: why`, comments and empty lines aside."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {path: why for path, _, why in pairs}


def by_folder(files):
    folders = defaultdict(lambda: (Count(), Count()))
    for path, (lines, branches) in files.items():
        total = folders[path.split("/")[0]]
        total[0].add(lines)
        total[1].add(branches)
    return dict(folders)


def faults(files, explained):
    for folder in FOLDERS:
        lines = by_folder(files).get(folder, (Count(0, 1), None))[0]
        if lines.share < LINES_MIN:
            yield f"{folder}/ has {100 * lines.share:.1f} % of its lines run; {100 * LINES_MIN:.0f} % are asked for"
    for path, (lines, _) in sorted(files.items()):
        if path.split("/")[0] in FOLDERS and lines.share < LINES_MIN and path not in explained:
            yield f"{path} is below {100 * LINES_MIN:.0f} %, and left.txt does not say why"
    for path in explained:
        if path not in files:
            yield f"left.txt explains {path}, which is not there"
        elif files[path][0].share >= LINES_MIN:
            yield f"left.txt explains {path}, which needs no explanation any more"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("summary", help="what gcovr --json-summary wrote")
    files = read_summary(parser.parse_args().summary)
    explained = read_explained((HERE / "left.txt").read_text("utf-8"))
    print(f"{'file':44} {'lines':>19} {'branches':>19}")
    for path, (lines, branches) in sorted(files.items()):
        print(f"{path:44} {lines!s:>19} {branches!s:>19}  {explained.get(path, '')}".rstrip())
    print()
    for folder, (lines, branches) in sorted(by_folder(files).items()):
        print(f"{folder + '/':44} {lines!s:>19} {branches!s:>19}")
    found = list(faults(files, explained))
    for fault in found:
        print(f"cover: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
