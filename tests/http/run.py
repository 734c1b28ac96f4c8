#!/usr/bin/env python3
"""Runs the black-box tests by stage; see README.md. The last line says how many passed and how many failed."""

import argparse
import importlib
import io
import os
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
OTHER_STAGES = {"test_stop": "stop", "test_memory_flat": "bulk", "test_readme": "readme"}
OTHER_STAGES |= dict.fromkeys(("test_sse", "test_sse_changes", "test_sse_rules", "test_wait", "test_follow",
                               "test_live_load", "test_live_slow", "test_live_stop"), "live")
OTHER_STAGES |= dict.fromkeys(("test_smuggling", "test_smuggling_proxies"), "smuggling")


def stage_of(module):
    return OTHER_STAGES.get(module, "api")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(HERE.parents[1] / "build/release/tailrace"), help="the program to test")
    parser.add_argument("--stage", default="all",
                        choices=["all", "api", "kill", "bulk", "live", "readme", "smuggling", "stop"])
    parser.add_argument("--scale", type=float, default=1, help="how much slower this build is than a release")
    parser.add_argument("--only", default="", help="only modules whose name contains this")
    return parser.parse_args()


def report(name, passed, failed, skipped, seconds):
    print(f"{name:24} {passed:4} passed {failed:3} failed {skipped:3} skipped {seconds:7.1f} s", flush=True)


def run_module(name):
    """Gives (passed, failed). A server that ends badly counts as a failure of its module."""
    began = time.monotonic()
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name))
    text = io.StringIO()
    result = unittest.TextTestRunner(stream=text, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    bad = {case.id().split(" ")[0] for case, _ in result.failures + result.errors}
    failed_tests = len([case for case in bad if not case.startswith(("setUp", "tearDown"))])
    passed = max(0, result.testsRun - failed_tests - len(result.skipped))
    report(name, passed, failed, len(result.skipped), time.monotonic() - began)
    for case, reason in result.skipped:
        print(f"    skipped {case.id().split('.')[-1]}: {reason}")
    if failed:
        print(text.getvalue())
    return passed, failed


def run_kill():
    began = time.monotonic()
    failed = 1 if importlib.import_module("kill").main([]) else 0
    report("kill", 1 - failed, failed, 0, time.monotonic() - began)
    return 1 - failed, failed


def main():
    arguments = parse_arguments()
    os.environ["HTTP_TEST_BINARY"] = str(Path(arguments.binary).resolve())
    os.environ["HTTP_TEST_SCALE"] = str(arguments.scale)
    if not os.access(arguments.binary, os.X_OK):
        sys.exit(f"http: no program at {arguments.binary}")
    importlib.import_module("server").exit_on_sigterm()

    passed = failed = 0
    for name in sorted(path.stem for path in HERE.glob("test_*.py")):
        if arguments.stage in ("all", stage_of(name)) and arguments.only in name:
            good, bad = run_module(name)
            passed, failed = passed + good, failed + bad
    if arguments.stage in ("all", "kill") and arguments.only in "kill":
        good, bad = run_kill()
        passed, failed = passed + good, failed + bad
    print(f"http: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
