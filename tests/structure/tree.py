"""The project as the checks see it: text files by path, and the C in them."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

CODE = ("base", "storage", "gateway", "api")
LEFT_OUT = {".git", "build", "tailrace-data", "__pycache__"}

_INCLUDE = re.compile(r'^\s*#\s*include\s+(<[^>]+>|"[^"]+")', re.MULTILINE)
_NAME = re.compile(r"(\w+)\s*\(")


@dataclass
class Function:
    name: str
    line: int
    length: int  # lines, from the first of its signature to its closing brace


class Tree:
    def __init__(self, files):
        self.files = files  # path from the root -> text

    @classmethod
    def read(cls, root):
        files = {}
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in LEFT_OUT]
            for name in set(names) - LEFT_OUT:  # .git is a file in a second work tree
                path = Path(folder, name)
                try:
                    files[path.relative_to(root).as_posix()] = path.read_text("utf-8")
                except UnicodeDecodeError:
                    pass  # not text
        return cls(files)

    def c_files(self, folders=None):
        """(path, text) of every .c and .h, or of those in the folders."""
        for path, text in sorted(self.files.items()):
            if path.endswith((".c", ".h")) and (folders is None or path.split("/")[0] in folders):
                yield path, text


def includes(text):
    """What a C file includes, as written: `<stdio.h>` or `"base/bytes.h"`."""
    return _INCLUDE.findall(text)


def functions(text):
    """The functions of a C file in the style of this project: the signature begins in column 0, its last line ends with
    `) {`, and the closing brace stands in column 0."""
    found = []
    began = None  # the line where what may be a signature begins
    inside = None
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if inside is not None:
            if line.startswith("}"):
                found.append(Function(inside, began + 1, number - began + 1))
                inside = None
                began = None
        else:
            if re.match(r"[A-Za-z_]", line):
                began = number
            if began is not None and line.endswith(") {"):
                name = _NAME.search(lines[began])
                inside = name.group(1) if name else "?"
            elif line.endswith((";", "}")):
                began = None
    return found
