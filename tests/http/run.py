#!/usr/bin/env python3
"""Runs the black-box tests, all modules or some; see README.md. The last line says how many passed and how many failed."""

import importlib
import io
import os
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent), str(HERE.parent / "sanitizers")]

import reports  # noqa: E402: it lies in a folder of its own
from arguments import parser_with_binary, program_at  # noqa: E402
from counting import Result  # noqa: E402


def parse_arguments():
    parser = parser_with_binary(__doc__)
    parser.add_argument("--scale", type=float, default=1, help="how much slower this build is than a release")
    parser.add_argument("--list", action="store_true", help="print the cases, a line each, and run none")
    parser.add_argument("only", nargs="*", metavar="MODULE", help="a module, or what the names of several hold; else all")
    return parser.parse_args()


def modules(only):
    """The names of what is to run: a module that is named whole is meant alone."""
    names = [path.stem for path in sorted(HERE.glob("test_*.py"))]
    wanted = {name for part in only for name in names if (name == part if part in names else part in name)}
    return [name for name in names if name in wanted or not only]


def suite_of(name):
    return unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name))


def cases_of(suite):
    """The cases of a suite of suites."""
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from cases_of(part)
        else:
            yield part


def list_cases(chosen):
    for name in chosen:
        for case in cases_of(suite_of(name)):
            print(case.id())


def report(name, passed, failed, seconds):
    print(f"{name:24} {passed:4} passed {failed:3} failed {seconds:7.1f} s", flush=True)


def run_module(name):
    """Gives (passed, failed). A case that is skipped fails, for nothing passes by being skipped; so does one that is
    expected to fail. A server that ends badly counts as a failure of its module."""
    began = time.monotonic()
    suite = suite_of(name)
    total = suite.countTestCases()
    text = io.StringIO()
    result = unittest.TextTestRunner(stream=text, verbosity=0, resultclass=Result).run(suite)
    around = [case for case, _ in result.errors if not isinstance(case, unittest.TestCase)]  # set up, taken down
    failed = max(total - result.succeeded, len(around))
    report(name, total - failed, failed, time.monotonic() - began)
    for case, reason in result.skipped:
        print(f"    skipped {case.id()}: {reason}")
    if failed:
        print(text.getvalue())
    return total - failed, failed


def sanitizers_said(folder, name):
    """Whether any process of a module reported something, also one that nobody looked at."""
    found = folder.fresh()
    for each in found:
        print(f"    a sanitizer's report while {name} ran:\n{each.text[-6000:]}")
    return bool(found)


def run(chosen):
    folder = reports.Folder()
    os.environ.update(folder.environment())
    passed = failed = 0
    for name in chosen:
        good, bad = run_module(name)
        if sanitizers_said(folder, name) and bad == 0:
            good, bad = good - 1, 1
        passed, failed = passed + good, failed + bad
    return passed, failed


def main():
    arguments = parse_arguments()
    os.environ["HTTP_TEST_BINARY"] = str(arguments.binary.resolve())
    os.environ["HTTP_TEST_SCALE"] = str(arguments.scale)
    chosen = modules(arguments.only)
    if not chosen:
        sys.exit(f"http: there is no module {' or '.join(arguments.only)}")
    if arguments.list:
        list_cases(chosen)
        return 0
    program_at(arguments.binary, "http")
    importlib.import_module("server").exit_on_sigterm()
    passed, failed = run(chosen)
    print(f"http: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
