"""One program of libFuzzer: run within bounds, and what it reports."""

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from enum import Enum

INPUT_BYTES_MAX = 4096
MEMORY_MB_MAX = 1024
ALLOCATION_MB_MAX = 256
SECONDS_PER_INPUT_MAX = 25
SECONDS_TO_END = 60

# A sanitizer's report is the end; what was freed is held back for long enough, yet memory stays bounded.
ENVIRONMENT = {
    "ASAN_OPTIONS": "quarantine_size_mb=64:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


class Finding(Enum):
    NONE = "none"
    CRASH = "crash"  # a property that does not hold, or a sanitizer's report; a leak, too
    BOUNDS = "bounds"  # too slow or too large
    OTHER = "other"  # it did not even run


@dataclass
class Report:
    runs: int = 0
    coverage: int = 0  # edges
    features: int = 0
    new_units: int = 0
    seconds: float = 0.0
    finding: Finding = Finding.NONE
    fault: str | None = None  # in words; None when it ended well
    inputs: list = field(default_factory=list)  # files with what it found
    log: str = ""


def _last_number(pattern, log):
    found = re.findall(pattern, log)
    return int(found[-1]) if found else 0


def _sentence(log):
    """The line that says best what was found."""
    for pattern in (r".*property does not hold.*", r".*runtime error:.*", r".*ERROR: \w+Sanitizer:.*",
                    r".*ERROR: libFuzzer:.*"):
        hit = re.search(pattern, log)
        if hit:
            return hit.group().strip()
    return None


def _with_lines(log, program):
    """Names the places of a report that has none: without llvm-symbolizer, which needs a large package, a frame is
    `#7 0x55e9… (PROGRAM+0x164b73)`. addr2line comes with every compiler."""
    frame = re.compile(rf"(#\d+ 0x[0-9a-f]+) +\({re.escape(str(program))}\+(0x[0-9a-f]+)\).*")
    offsets = [hit.group(2) for hit in frame.finditer(log)]
    if not offsets:
        return log
    try:
        lines = subprocess.run(["addr2line", "-Cfpe", program, *offsets], capture_output=True, text=True, check=True,
                               timeout=60).stdout.split("\n")
    except (OSError, subprocess.SubprocessError) as error:
        return f"{log}\nno lines: {error}\n"
    places = dict(zip(offsets, lines))
    return frame.sub(lambda hit: f"{hit.group(1)} in {places[hit.group(2)]}", log)


def _finding(inputs):
    kinds = {path.name.split("-")[0] for path in inputs}
    if kinds & {"crash", "leak"}:
        return Finding.CRASH
    return Finding.BOUNDS if kinds & {"timeout", "oom"} else Finding.OTHER


def fuzz(program, corpus, crashes, seconds, dictionary=None):
    """Fuzzes for some seconds. `corpus` is read and grows; what is found lies in `crashes` afterwards."""
    command = [program, f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES_MAX}", "-print_final_stats=1",
               f"-rss_limit_mb={MEMORY_MB_MAX}", f"-malloc_limit_mb={ALLOCATION_MB_MAX}",
               f"-timeout={SECONDS_PER_INPUT_MAX}", f"-artifact_prefix={crashes}/", "-reload=0"]
    if dictionary:
        command.append(f"-dict={dictionary}")
    began = time.monotonic()
    status = None
    log_path = crashes / "log.txt"
    with log_path.open("wb") as log_file:
        try:
            status = subprocess.run(command + [corpus], stdin=subprocess.DEVNULL, stdout=log_file, stderr=log_file,
                                    timeout=seconds + SECONDS_TO_END, env=os.environ | ENVIRONMENT).returncode
        except subprocess.TimeoutExpired:
            pass  # it has been killed; see below
    log = log_path.read_text("utf-8", "replace")
    report = Report(runs=_last_number(r"stat::number_of_executed_units:\s+(\d+)", log),
                    coverage=_last_number(r" cov: (\d+)", log), features=_last_number(r" ft: (\d+)", log),
                    new_units=_last_number(r"stat::new_units_added:\s+(\d+)", log),
                    seconds=time.monotonic() - began, log=log)
    if status != 0:
        report.inputs = sorted(path for path in crashes.iterdir() if path != log_path)
        report.finding = _finding(report.inputs)
        ended = "it did not end in time" if status is None else f"it ended with {status}"
        report.fault = _sentence(log) or ended
        report.log = _with_lines(log, program)
        log_path.write_text(report.log, "utf-8")
    return report


def merge(program, into, corpus, seconds=300):
    """Copies to the folder `into` the fewest inputs of a corpus that reach, with those that are there, all edges that it
    reaches."""
    subprocess.run([program, "-merge=1", "-set_cover_merge=1", "-use_counters=0", f"-max_len={INPUT_BYTES_MAX}", into, corpus],
                   stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=seconds, env=os.environ | ENVIRONMENT)
