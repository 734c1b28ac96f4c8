#!/usr/bin/env python3
"""Holds the sanitizers to their work; see README.md. The last line says how many passed and how many failed."""

import argparse
import os
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", help="where debug-asan and debug-tsan lie; build/ by default")
    arguments = parser.parse_args()
    if arguments.builds:
        os.environ["SANITIZER_BUILDS"] = str(Path(arguments.builds).resolve())
    suite = unittest.defaultTestLoader.discover(str(HERE))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = {case.id().split(" ")[0] for case, _ in result.failures + result.errors + result.skipped}
    failed = len(bad) + len(result.unexpectedSuccesses) + len(result.expectedFailures)
    print(f"sanitizers: {result.testsRun - failed} passed, {failed} failed")
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
