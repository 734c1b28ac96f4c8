#!/usr/bin/env python3
"""Runs the proxies of examples/proxies in front of the program; see README.md. The last line is
`proxies: N passed, N failed`."""

import os
import re
import signal
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

from arguments import parser_with_binary, program_at  # noqa: E402: they lie in another folder

GROUPS = ("Nginx", "Caddy", "Haproxy", "Together")  # what the names of classes begin with


def parse_arguments():
    parser = parser_with_binary(__doc__)
    parser.add_argument("--modules", default=ROOT / "build/browser/node_modules", type=Path,
                        help="where ./dev browser-modules puts what drives the browser")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--only", default="", help="only cases whose name holds this: Nginx, Restarting, Browsing, …")
    parser.add_argument("--scale", default=1, type=float, help="how much slower this build is than a release")
    return parser.parse_args()


def cases_of(classes, only):
    for each in classes:
        for case in unittest.defaultTestLoader.loadTestsFromTestCase(each):
            if only in f"{each.__name__} {case.id()}":
                yield case


def run_cases(arguments):
    """The cases whose name holds --only, in this process. Gives (passed, failed)."""
    os.environ["HTTP_TEST_BINARY"] = str(arguments.binary.resolve())
    os.environ["HTTP_TEST_SCALE"] = str(arguments.scale)
    import browser_cases  # what is imported here reads the two above
    import cases
    from counting import Result  # of tests/http, as cases.py has it
    classes = cases.make_cases() + browser_cases.make_cases(arguments.modules, arguments.chromium)
    suite = unittest.TestSuite(cases_of(classes, arguments.only))
    total = suite.countTestCases()
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(suite)
    around = 0 if result.wasSuccessful() else 1  # what was set up for several cases counts too
    return result.succeeded, max(total - result.succeeded, around)


def run_processes():
    """Everything, a process for each group: what they do is mostly to wait."""
    processes = [subprocess.Popen([sys.executable, __file__, *sys.argv[1:], "--only", group], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for group in GROUPS]
    passed = failed = 0
    try:
        for process in processes:
            output = process.communicate()[0]
            print(re.sub("^", "    ", output, flags=re.M), flush=True)  # whose own closing line must not count twice
            counts = re.search(r"^proxies: (\d+) passed, (\d+) failed\n\Z", output, re.M)
            good, bad = map(int, counts.groups()) if counts else (0, 1)
            if bad == 0 and (good == 0 or process.returncode != 0):
                bad = 1
            passed, failed = passed + good, failed + bad
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
                process.wait()
    return passed, failed


def main():
    arguments = parse_arguments()
    program_at(arguments.binary, "proxies")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    passed, failed = run_cases(arguments) if arguments.only else run_processes()
    print(f"proxies: {passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
