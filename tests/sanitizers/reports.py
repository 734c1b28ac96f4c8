"""Where sanitizers write and what they said. Every process below ours writes its reports into one folder, a file each,
so that none is lost with a process that was killed, or whose standard error nobody reads."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "SANITIZER_REPORTS"  # names the folder in the environment of what runs below

# UBSan of gcc knows no file where ASan is linked as well. It aborts instead, and ASan writes the file.
OPTIONS = {
    "ASAN_OPTIONS": "handle_abort=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:abort_on_error=1",
    "TSAN_OPTIONS": f"handle_abort=1:suppressions={ROOT}/tests/tsan.supp:second_deadlock_stack=1:atexit_sleep_ms=50",
}

_BEGINS = re.compile(r"(?:ERROR|WARNING): \w+Sanitizer: (.*)|: runtime error: (.*)")
_FRAME = re.compile(r"\s+#\d+ (?:0x[0-9a-f]+ in )?([^\s(]+)")
_ACCESS = re.compile(r"\b(?:read|write|leak) of |: runtime error: |Sanitizer: ", re.IGNORECASE)


@dataclass
class Report:
    kind: str  # as the sanitizer says it, such as `data race (pid=7)`
    text: str
    functions: set = field(default_factory=set)  # of the stacks of what was done; not of who made the memory or thread

    def shows(self, kind, function):
        return self.kind.startswith(kind) and function in self.functions


def parse(text):
    """The reports of a text, each from its first line to the next one's."""
    found, heading = [], ""
    for line in text.splitlines():
        begins = _BEGINS.search(line)
        if begins:
            found.append(Report(begins.group(1) or begins.group(2), ""))
        if not found:
            continue
        found[-1].text += line + "\n"
        frame = _FRAME.match(line)
        if frame is None:
            heading = line if line.strip() else heading
        elif _ACCESS.search(heading):
            found[-1].functions.add(frame.group(1))
    return found


def environment(folder, base=None):
    """An environment in which every sanitizer writes into the folder. What the base says of options goes first."""
    made = dict(os.environ if base is None else base)
    for name, ours in OPTIONS.items():
        made[name] = ":".join(part for part in (ours, made.get(name), f"log_path={folder}/report") if part)
    made[FOLDER] = str(folder)
    return made


def unrandomized():
    """The command in front of what ThreadSanitizer runs in: that of gcc 12 cannot live with the address space layout of
    newer kernels."""
    try:
        done = subprocess.run(["setarch", "-R", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return []
    return ["setarch", "-R"] if done.returncode == 0 else []


class Folder:
    """A folder that is watched: one that is given, that of the environment, or a new one that lives as long as this
    object."""

    def __init__(self, given=None):
        self._own = None
        given = given or os.environ.get(FOLDER)
        if not given:
            self._own = tempfile.TemporaryDirectory(prefix="tailrace-reports-")
            given = self._own.name
        self.path = Path(given)
        self._seen = {path.name for path in self.path.iterdir()}

    def environment(self):
        return environment(self.path)

    def fresh(self):
        """What was written since the last look. A file is a report, whatever is in it."""
        found = []
        for path in sorted(self.path.iterdir()):
            if path.name not in self._seen:
                self._seen.add(path.name)
                found += _read(path)
        return found


def _read(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    return parse(text) or [Report("not understood", text)]


def written_by(pid):
    """The text that the process wrote into the folder that is watched, if one is."""
    folder = os.environ.get(FOLDER)
    path = Path(folder, f"report.{pid}") if folder else None
    return path.read_text(encoding="utf-8", errors="replace") if path and path.exists() else ""
