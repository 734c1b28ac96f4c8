"""What is suppressed, and that nothing of ours can be: each line names a library that is not ours, with its reason above,
and matches no symbol, source file or program of our builds."""

import re
import subprocess
from pathlib import Path

# `race` is matched against every frame of a report, ours among them. RocksDB and libstdc++ call nothing of ours, so
# that their frames stand for what they did; libmicrohttpd calls all our handlers, so that of it only the innermost frame
# may be named, or calls that it makes itself.
TARGETS = {
    r"librocksdb\.so[.0-9]*": {"race", "race_top", "called_from_lib"},
    r"libstdc\+\+\.so[.0-9]*": {"race", "race_top", "called_from_lib"},
    r"libmicrohttpd\.so[.0-9]*": {"race_top", "called_from_lib"},
}
CALLBACKS = re.compile(r"\brocksdb_(?:\w+_create_callback_logger|writebatch_iterate\w*|env_set_\w*callback|"
                       r"(?:comparator|compactionfilter(?:factory)?|filterpolicy|mergeoperator|slicetransform)_create)\b")
HIDING = re.compile(r"no_sanitize|__[a-z]+san_(?:ignore|default|disable|on_report|set_report)\w*|Annotate(?:Ignore|Benign)\w+|"
                    r"fsanitize-(?:recover|ignorelist|blacklist)|b_sanitize=none")
# Where something is hidden all the same, and what: reading what RocksDB lends, once, into a copy.
HIDDEN = {"storage/rocksdb/database/scan.c": {"AnnotateIgnoreReadsBegin", "AnnotateIgnoreReadsEnd"}}
REASON_WORDS_MIN = 6


def hidden(name, text):
    """The words of a file that hide something from a sanitizer, but for those that may."""
    return set(HIDING.findall(text)) - HIDDEN.get(name, set())


def matches(pattern, text):
    """As the sanitizers do it (TemplateMatch of their common library): anywhere in the text, `*` is anything, `^` stands
    for the beginning and `$` for the end."""
    begin = "^" if pattern.startswith("^") else ""
    middle = pattern.removeprefix("^").partition("$")
    expression = begin + ".*".join(re.escape(part) for part in middle[0].split("*")) + ("$" if middle[1] else "")
    return bool(text) and re.search(expression, text, re.DOTALL) is not None


def lines(text):
    """(number, kind, pattern, reason) of each suppression; the reason is the comment directly above it."""
    found, reason = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            reason.append(line.lstrip("# "))
        else:
            if line.strip():
                kind, _, pattern = line.partition(":")
                found.append((number, kind, pattern, " ".join(reason)))
            reason = []
    return found


def problems(name, text, ours):
    """What is wrong with a file of suppressions; `ours` are names that no pattern may match."""
    wrong = []
    for number, kind, pattern, reason in lines(text):
        where = f"{name}:{number}: {kind}:{pattern}"
        if len(reason.split()) < REASON_WORDS_MIN:
            wrong.append(f"{where} has no reason directly above it")
        kinds = [kinds for target, kinds in TARGETS.items() if re.fullmatch(target, pattern)]
        if not kinds:
            wrong.append(f"{where} names none of the libraries that may be suppressed")
        elif kind not in kinds[0]:
            wrong.append(f"{where} would hide more than what that library does itself")
        hit = next((each for each in ours if matches(pattern, each)), None)
        if hit is not None:
            wrong.append(f"{where} matches {hit}, which is ours")
    return wrong


def programs(folder):
    """The programs of a build."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix == "" and path.stat().st_mode & 0o111:
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def symbols(program):
    """What a program defines: functions and data, of every file."""
    done = subprocess.run(["nm", "--defined-only", "--format=posix", program], capture_output=True, text=True, check=True,
                          timeout=60)
    return {line.split()[0] for line in done.stdout.splitlines() if line}


def names_of_builds(folders, sources):
    """Every name of ours that a report could show: symbols and programs of these builds, and the source files as debug
    information says them."""
    names = {str(path) for path in sources}
    for folder in folders:
        found = list(programs(folder))
        if not any(path.name == "tailrace" for path in found):
            raise AssertionError(f"{folder} holds no tailrace: is it built?")
        for path in found:
            names |= {str(path), path.name} | symbols(path)
    return names
