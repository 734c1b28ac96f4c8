#!/usr/bin/env python3
"""Runs the tests of one build or more by `meson test`, two builds at a time, and adds up what they counted.

    python3 tests/run.py --builds build test:quick
    python3 tests/run.py --builds build debug-asan:unit,contract debug-tsan
    python3 tests/run.py --builds build --last test:scale test:more debug-tsan

Each argument is a folder of --builds, and the suites to run in it (all without). Every test must say how many cases
passed and how many failed; one that says nothing, is skipped, or ends badly without naming a failure counts as a failure.
What --last names runs after all others, a test at a time, for it measures. meson's own logs, JUnit's XML among them, stay in each build's meson-logs/."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OUTPUT_CHARACTERS_MAX = 20000  # of a test that failed, its last
RUNS_AT_ONCE = 2
JOBS = os.cpu_count() or 1  # of each run: half of the time a test waits, and two builds at a time fill the other half
STOP_SECONDS = 20  # for meson to end what it runs
LIBCHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.MULTILINE)
OURS = re.compile(r"^[a-z]+: (\d+) passed, (\d+) failed$", re.MULTILINE)

Test = namedtuple("Test", "build stage name seconds passed failed output")


def counts(output):
    """(passed, failed) of all closing lines in what a test printed."""
    passed = failed = 0
    for checks, failures, errors in LIBCHECK.findall(output):
        passed += int(checks) - int(failures) - int(errors)
        failed += int(failures) + int(errors)
    for good, bad in OURS.findall(output):
        passed += int(good)
        failed += int(bad)
    return passed, failed


def test_of(build, entry):
    """A line of meson's testlog.json, as a Test."""
    output = entry.get("stdout", "") + entry.get("stderr", "")
    passed, failed = counts(output)
    if failed == 0 and (entry["result"] != "OK" or passed == 0):
        output += f"\n{entry['name']}: {entry['result']} after {entry['duration']:.0f} s, with {passed} cases counted\n"
        failed = 1
    suites, _, name = entry["name"].rpartition(" / ")
    return Test(build, suites.split(":")[-1].split("+")[0], name, entry["duration"], passed, failed, output)


class Run:
    """`meson test` in one build."""

    def __init__(self, builds, build, suites, without=(), jobs=JOBS):
        self.build = build
        self.folder = Path(builds, build)
        self.suites = suites
        self.without = without
        self.jobs = jobs
        self.process = None

    def start(self):
        self.log().unlink(missing_ok=True)
        chosen = [word for suite in self.suites for word in ("--suite", suite)]
        chosen += [word for suite in self.without for word in ("--no-suite", suite)]
        command = ["meson", "test", "-C", self.folder, "--no-rebuild", "--num-processes", str(self.jobs), *chosen]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace")

    def log(self):
        return self.folder / "meson-logs/testlog.json"

    def finish(self):
        """The tests that ran, after meson has ended. Its progress is passed on, a line each."""
        written = []
        for line in self.process.stdout:
            written.append(line)
            if re.match(r"\s*\d+/\d+ ", line):
                print(f"{self.build}: {line.rstrip()}", flush=True)
        status = self.process.wait()
        entries = self.log().read_text(encoding="utf-8").splitlines() if self.log().exists() else []
        tests = [test_of(self.build, json.loads(entry)) for entry in entries]
        if not tests or (status != 0 and not any(test.failed for test in tests)):
            tests.append(Test(self.build, "meson", "meson test", 0, 0, 1, "".join(written)))
        return tests


def rows(tests):
    """(build, stage, seconds, passed, failed), in the order in which stages were first met."""
    sums = {}
    for test in tests:
        old = sums.get((test.build, test.stage), (0, 0, 0))
        sums[test.build, test.stage] = (old[0] + test.seconds, old[1] + test.passed, old[2] + test.failed)
    return [(*key, *values) for key, values in sums.items()]


def tell(tests, seconds):
    """Failures with what they printed, the table, and the closing line."""
    for test in tests:
        if test.failed:
            print(f"\n---- {test.build}: {test.stage} / {test.name} failed ----\n{test.output[-OUTPUT_CHARACTERS_MAX:]}")
    print()
    for build, stage, took, passed, failed in rows(tests):
        print(f"{build:28} {stage:12} {took:6.0f} s {passed:6} passed {failed:5} failed")
    failed = sum(test.failed for test in tests)
    print(f"{seconds:.0f} s in all\n{sum(test.passed for test in tests)} passed, {failed} failed", flush=True)
    return 1 if failed else 0


class Runs:
    """All of them: started when there is room, ended together when a signal comes."""

    def __init__(self, runs, last):
        self.runs = runs
        self.last = last
        self.stopping = False
        self.lock = threading.Lock()

    def one(self, run):
        with self.lock:
            if self.stopping:
                return []
            run.start()
        return run.finish()

    def all(self):
        with ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
            tests = [test for found in pool.map(self.one, self.runs) for test in found]
        for run in self.last:
            tests += self.one(run)
        return tests

    def stop(self, *_):
        """Of the main thread. meson ends its tests when it is told to end."""
        with self.lock:
            self.stopping = True
            under_way = [run.process for run in self.runs + self.last if run.process is not None]
        for process in under_way:
            process.terminate()
        for process in under_way:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        os._exit(130)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--builds", default="build", help="the folder of the builds")
    parser.add_argument("--last", default="", metavar="BUILD:SUITE,…", help="what runs alone, after all others")
    parser.add_argument("runs", nargs="*", metavar="BUILD[:SUITE,…]")
    return parser.parse_args()


def build_and_suites(word):
    build, _, suites = word.partition(":")
    return build, suites.split(",") if suites else []


def main():
    arguments = parse_arguments()
    last_build, last_suites = build_and_suites(arguments.last)
    runs = []
    for build, suites in map(build_and_suites, arguments.runs):
        runs.append(Run(arguments.builds, build, suites, last_suites if build == last_build else ()))
    last = [Run(arguments.builds, last_build, last_suites, jobs=1)] if arguments.last else []
    runs = Runs(runs, last)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, runs.stop)
    began = time.monotonic()
    tests = runs.all()
    return tell(tests, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
