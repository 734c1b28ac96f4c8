#!/usr/bin/env python3
"""Runs a command, and fails when a sanitizer reported anything in any process below it, whatever the command says.

With --expect the program is one that is broken on purpose: this succeeds only when the command failed, and a report of
this kind names this function."""

import argparse
import os
import signal
import subprocess
import sys

import reports

TEXT_MAX = 6000
REPORTS_MAX = 5


def run(command, indented):
    """Gives the status. Indented, the command's own results are not taken for ours."""
    caught = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, **(caught if indented else {})) as process:
        try:
            for line in process.stdout or ():
                print(f"    {line}", end="", flush=True)
            return process.wait()
        except BaseException:
            process.terminate()
            raise


def show(found):
    for report in found[:REPORTS_MAX]:
        print(report.text[:TEXT_MAX])
    if len(found) > REPORTS_MAX:
        print(f"and {len(found) - REPORTS_MAX} more")


def verdict(status, found, expected):
    """(exit status, sentence)."""
    if expected is None:
        return (1 if found else status), f"{len(found)} reports"
    kind, function = expected
    if not any(report.shows(kind, function) for report in found):
        return 1, f"NOT caught: {len(found)} reports, none of {kind} in {function}"
    if status == 0:
        return 1, f"reported, and yet the tests passed: {kind} in {function}"
    return 0, f"caught: {kind} in {function}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expect", nargs=2, metavar=("KIND", "FUNCTION"),
                        help="as in: --expect 'data race' buffer_append")
    parser.add_argument("command", nargs="+", help="behind --")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = reports.Folder()
    os.environ.update(folder.environment())
    status = run(arguments.command, arguments.expect is not None)
    found = folder.fresh()
    if arguments.expect is None:
        show(found)
    code, sentence = verdict(status, found, arguments.expect)
    if code != 0 and arguments.expect is not None:
        show(found)
    if found or arguments.expect is not None:
        print(f"watch: {sentence}", flush=True)
    if arguments.expect is not None:
        print(f"watch: {int(code == 0)} passed, {int(code != 0)} failed", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
