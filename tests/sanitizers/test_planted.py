"""A fault in any process below a test is heard of: in the process itself, and in a child whose standard error is closed
and whose end nobody asks for."""

import subprocess
import sys
import unittest
from pathlib import Path

import reports
from builds import build

WATCH = Path(__file__).resolve().with_name("watch.py")
FAULTS = [
    ("debug-asan", "overflow", "heap-buffer-overflow", "planted_overflow"),
    ("debug-asan", "undefined", "ABRT", "planted_undefined"),
    ("debug-asan", "assert", "ABRT", "planted_assert"),
    ("debug-asan", "leak", "detected memory leaks", "planted_leak"),
    ("debug-tsan", "race", "data race", "planted_race"),
]


def watched(variant, *arguments, expect=None):
    front = reports.unrandomized() if variant == "debug-tsan" else []
    expected = ["--expect", *expect] if expect else []
    command = [*front, sys.executable, WATCH, *expected, "--", build(variant, "tests/sanitizers/planted"), *arguments]
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


class Planted(unittest.TestCase):
    def of_each_fault(self, check):
        for variant, fault, kind, function in FAULTS:
            with self.subTest(variant=variant, fault=fault):
                check(variant, fault, kind, function)

    def assert_heard(self, done, kind, function):
        self.assertNotEqual(done.returncode, 0, done)
        self.assertIn(kind, done.stdout)
        self.assertIn(function, done.stdout)

    def test_in_the_process(self):
        self.of_each_fault(lambda variant, fault, *what: self.assert_heard(watched(variant, fault), *what))

    def test_in_a_child_that_nobody_looks_at(self):
        self.of_each_fault(lambda variant, fault, *what: self.assert_heard(watched(variant, fault, "child"), *what))

    def test_expected_and_caught(self):
        def check(variant, fault, *what):
            done = watched(variant, fault, expect=what)
            self.assertEqual(done.returncode, 0, done)

        self.of_each_fault(check)

    def test_expected_and_not_caught(self):
        """Nothing at all; another kind; another function; a report that left the command unmoved."""
        def check(variant, fault, kind, function):
            self.assertEqual(watched(variant, "none", expect=(kind, function)).returncode, 1)
            self.assertEqual(watched(variant, fault, expect=("double-free", function)).returncode, 1)
            self.assertEqual(watched(variant, fault, expect=(kind, "another")).returncode, 1)
            self.assertEqual(watched(variant, fault, "child", expect=(kind, function)).returncode, 1)

        self.of_each_fault(check)


if __name__ == "__main__":
    unittest.main()
