"""schemathesis against a real server, once with requests that are meant to be good and once with bad ones, and what
came of it: which checks failed, and how many cases and answers of 2xx each operation had."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from document import Document
from world import World

from server import Server, exit_on_sigterm  # of tests/http, which world.py has put on the path

HERE = Path(__file__).resolve().parent
MODES = ("positive", "negative")
CASES_MIN = 100  # of each operation: good ones, and bad ones where there is something to be wrong
GOOD_ANSWERS_MIN = 20  # answers of 2xx of each operation
RUN_SECONDS = 540
IDLE_MS = 3600000  # the connections of a run last as long as the run


@dataclass
class Run:
    """One mode of schemathesis, over."""

    mode: str
    exit_code: int
    output: str
    report: dict = field(default_factory=dict)
    tally: list = field(default_factory=list)  # [operation, method sent, mode of the case, status, count]


def _environment(address, tally):
    environment = dict(os.environ, OPENAPI_TEST_ADDRESS=address, OPENAPI_TEST_TALLY=str(tally),
                       SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE),
                       HYPOTHESIS_STORAGE_DIRECTORY=str(Path(sys.prefix, "hypothesis")))  # its tables of Unicode
    # A proxy has no part in talking to this machine, and an environment of CI none in what is made up.
    return {name: value for name, value in environment.items() if name.lower() not in ("http_proxy", "ci")}


def _read(path, nothing):
    """What schemathesis wrote to its end; `nothing` when it did not come to that."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return nothing


def run_mode(binary, mode, cases, seed, chosen=()):
    """Starts a server of its own with the world in it, runs one mode against it, and stops it. `chosen` are flags of
    schemathesis that say what to leave out."""
    os.environ["HTTP_TEST_BINARY"] = str(binary)
    with tempfile.TemporaryDirectory(prefix="tailrace-openapi-") as folder, \
            Server("--access-log", "off", "--idle-timeout-ms", IDLE_MS, column_families=4) as server:
        world = World(server.address())
        world.make()
        world.close()
        address = ":".join(map(str, server.address()))
        report, tally = Path(folder, "report.json"), Path(folder, "tally.json")
        document = Path(folder, "openapi.json")
        Document.read().write(document)
        done = subprocess.run(
            [Path(sys.prefix, "bin/st"), "--config-file", HERE / "schemathesis.toml", "run",
             "--url", f"http://{address}", "--mode", mode, "--max-examples", str(cases), "--seed", str(seed),
             "--report", "json", "--report-json-path", report, *chosen, document],
            env=_environment(address, tally), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=RUN_SECONDS, check=False)
        return Run(mode, done.returncode, done.stdout, _read(report, {}), _read(tally, []))


def run_modes(binary, modes, cases, seed, chosen=()):
    """Side by side, on a server each."""
    exit_on_sigterm()
    runs = {}

    def work(mode):
        try:
            runs[mode] = run_mode(binary, mode, cases, seed, chosen)
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            runs[mode] = Run(mode, -1, f"{type(error).__name__}: {error}\n")

    threads = [threading.Thread(target=work, args=(mode,), daemon=True) for mode in modes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [runs[mode] for mode in modes]


# ---- what came of it --------------------------------------------------------------------------------------------

def faults_of(run):
    """What schemathesis found: (check that failed, operation); and what kept it from looking."""
    found = [(failure["type"], operation) for failure in run.report.get("failures", [])
             for operation in failure["operations"]]
    found += [("error", error.get("title", "?")) for error in run.report.get("errors", [])]
    if run.exit_code != 0 and not found:
        found.append(("error", f"schemathesis ended with {run.exit_code}"))
    if run.report.get("stop_reason") != "completed":
        found.append(("error", "the run was not completed"))
    return found


def can_be_wrong(document, operation):
    """Whether a request of this operation can break its description: it has a body, or a parameter that may not be any
    text."""
    free = {"type": "string"}
    return "requestBody" in operation.value or any(document.child(parameter, "schema").value != free
                                                   for parameter in document.parameters(operation))


@dataclass
class Row:
    """What one operation had."""

    label: str
    needs_bad: bool
    good: int = 0
    bad: int = 0
    other_methods: int = 0
    answers: Counter = field(default_factory=Counter)  # status -> answers to its own method

    @property
    def accepted(self):
        return sum(count for status, count in self.answers.items() if 200 <= status < 300)

    def wants(self, cases):
        wants = []
        if self.good < cases:
            wants.append(f"{self.good} good cases, {cases} wanted")
        if self.needs_bad and self.bad < cases:
            wants.append(f"{self.bad} bad cases, {cases} wanted")
        if self.accepted < GOOD_ANSWERS_MIN:
            wants.append(f"{self.accepted} answers of 2xx, {GOOD_ANSWERS_MIN} wanted")
        return wants

    def __str__(self):
        statuses = " ".join(f"{status}:{count}" for status, count in sorted(self.answers.items()))
        return (f"{self.label:48} {self.good:5} {self.bad if self.needs_bad else '-':>5} {self.other_methods:5} "
                f"{self.accepted:5}   {statuses}")


HEADER = f"{'operation':48} {'good':>5} {'bad':>5} {'other':>5} {'2xx':>5}   answers"


def table_of(runs, document=None):
    """A row for each operation of the document."""
    document = document or Document.read()
    rows = {" ".join(route): Row(" ".join(route), can_be_wrong(document, operation))
            for route, operation in document.operations()}
    for run in runs:
        for label, method, mode, status, count in run.tally:
            row = rows[label]
            if method != label.split(" ")[0]:
                row.other_methods += count
                continue
            row.good += count if mode == "positive" else 0
            row.bad += count if mode == "negative" else 0
            row.answers[status] += count
    return list(rows.values())
