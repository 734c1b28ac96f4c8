#!/usr/bin/env python3
"""Holds the tree to its rules. Prints what is wrong, and last `structure: N passed, N failed`."""

import argparse
import subprocess
import sys
from pathlib import Path

import checks
import rooms
import samples
from tree import Tree

ROOT = Path(__file__).resolve().parents[2]


def route_table(binary):
    return subprocess.run([binary, "--routes"], check=True, capture_output=True, text=True, timeout=30).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", help="a built tailrace: its routes are compared with openapi.yaml, its files looked through for circles")
    arguments = parser.parse_args()

    tree = Tree.read(ROOT)
    results = {"samples": samples.problems()}
    for check in checks.CHECKS:
        results[check.__name__] = check(tree)
    if arguments.binary:
        try:
            results["routes"] = checks.routes(tree, route_table(arguments.binary))
            results["circles"] = rooms.circles_of_build(tree, Path(arguments.binary).resolve().parent)
        except (OSError, subprocess.SubprocessError) as error:
            results["routes"] = [f"{arguments.binary} does not show its routes: {error}"]
    else:
        print("routes, circles: left out without --binary")

    for name, wrong in results.items():
        for sentence in wrong:
            print(f"{name}: {sentence}")
    failed = sum(1 for wrong in results.values() if wrong)
    print(f"structure: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
