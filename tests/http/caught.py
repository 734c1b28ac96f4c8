#!/usr/bin/env python3
"""Runs some cases against a build that breaks a promise on purpose, and succeeds only when they fail, and say why.

    caught.py --binary build/test/tests/saboteurs/saboteur-lenient-guard --module test_smuggling --cases 'two_lengths_0' \\
        --says 'the hidden request ran'"""

import argparse
import importlib
import os
import sys
import unittest
from pathlib import Path


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the saboteur")
    parser.add_argument("--module", required=True)
    parser.add_argument("--cases", required=True, help="what the names of the cases hold")
    parser.add_argument("--says", required=True, help="what the failures must say")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    os.environ["HTTP_TEST_BINARY"] = str(Path(arguments.binary).resolve())
    importlib.import_module("server").exit_on_sigterm()
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{arguments.cases}*"]
    with open(os.devnull, "w", encoding="utf-8") as quiet:
        result = unittest.TextTestRunner(stream=quiet, verbosity=0).run(loader.loadTestsFromName(arguments.module))
    caught = [str(case) for case, text in result.failures if arguments.says in text]
    print(f"of {result.testsRun} cases, {len(caught)} failed and said: {arguments.says}")
    for case, text in result.errors:
        print(f"{case}\n{text}")
    good = bool(caught) and not result.errors
    print(f"caught: {int(good)} passed, {int(not good)} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
