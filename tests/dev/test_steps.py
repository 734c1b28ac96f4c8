#!/usr/bin/env python3
"""`./dev test` must tell what its steps did, each of them once, however they share the lanes. The last line is
`steps: N passed, N failed`."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 60

# What tools/test.sh has from ./dev and from the other parts; stages are each test's own.
SCRIPT = """
set -eu
root=$1 build=$1/build
shift
say() { printf 'dev: %s\\n' "$*" >&2; }
die() { say "$@"; exit 1; }
install_packages() { [ ! -e "$root/no-packages" ]; }
build_packages=''
all_variants='release other'
stage_packages() { :; }
stage_variants() { echo release; }
stage_preparation() { [ "$1" != first ] || step task prepared 5 touch "$root/prepared"; }
. "$root/tools/test.sh"
all_stages='install build first second'
note() { step check "$1" 20 sh "$root/note" "$1"; }
test_first() { :; }
test_second() { :; }
. "$root/stages"
command_test "$@"
"""
NOTE = 'echo "$1" >>"$0.log"\n'
DEV = '#!/bin/sh\n[ ! -e "${0%/dev}/no-build" ] && echo "$*" >>"$0.log"\n'


class Steps(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="tailrace-steps-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        (self.root / "tools").mkdir()
        shutil.copy(ROOT / "tools/test.sh", self.root / "tools")
        self.write(script=SCRIPT, note=NOTE, dev=DEV)
        (self.root / "dev").chmod(0o755)

    def write(self, **texts):
        for name, text in texts.items():
            (self.root / name).write_text(text, encoding="utf-8")

    def command(self, stages, *arguments):
        self.write(stages=stages)
        return ["sh", str(self.root / "script"), str(self.root), *arguments]

    def run_stages(self, stages, *arguments, status=0):
        """The lines of standard output; all of the run must have ended in time and with this status."""
        done = subprocess.run(self.command(stages, *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LIMIT_SECONDS, check=False)
        self.said = done.stderr
        self.assertEqual(done.returncode, status, done)
        return done.stdout.splitlines()

    def rows(self, lines):
        """name: (passed, failed), of the table."""
        rows = [line.split() for line in lines if line.endswith(" failed") and " s " in line]
        return {" ".join(row[:-6]): (int(row[-4]), int(row[-2])) for row in rows}

    def notes(self):
        """The names of the steps that left a note, as often as they ran."""
        path = self.root / "note.log"
        return sorted(path.read_text("utf-8").splitlines()) if path.exists() else []

    def test_each_step_runs_once(self):
        names = [f"step {number}" for number in range(20)]
        lines = self.run_stages("test_first() {\n" + "".join(f"note '{name}'\n" for name in names) + "}\n")
        self.assertEqual(self.notes(), sorted(names))
        self.assertEqual(list(self.rows(lines)), ["install", "build release", "prepared", *names])
        self.assertEqual(lines[-1], "20 passed, 0 failed")
        self.assertTrue((self.root / "prepared").exists())

    def test_two_at_a_time(self):
        """Each waits for the other to begin."""
        meet = "sh -c 'touch \"$1.$2\"; until [ -e \"$1.$3\" ]; do sleep 0.02; done' meet \"$root/meet\""
        self.run_stages(f"test_first() {{ step check a 20 {meet} a b; step check b 20 {meet} b a; }}\n")

    def test_named_stages(self):
        lines = self.run_stages("test_first() { note a; }\ntest_second() { note b; }\n", "second")
        self.assertEqual(self.notes(), ["b"])
        self.assertEqual(lines[-1], "1 passed, 0 failed")
        self.run_stages("", "third", status=1)
        self.assertIn('no stage "third"', self.said)

    def test_what_counts(self):
        says = "sh -c 'echo \"$1\"; exit $2' says"
        lines = self.run_stages(
            f"test_first() {{\nstep tests few 5 {says} 'some: 3 passed, 1 failed' 1\n"
            f"step tests good 5 {says} '100%: Checks: 7, Failures: 0, Errors: 0' 0\n"
            f"step tests bad 5 {says} '71%: Checks: 7, Failures: 1, Errors: 1' 1\n"
            f"step tests none 5 {says} 'nothing' 0\n"
            f"step tests broken 5 {says} 'some: 3 passed, 0 failed' 1\n"
            f"step check right 5 {says} 'nothing' 0\n"
            f"step check wrong 5 {says} 'nothing' 1\n"
            f"step task quiet 5 {says} 'nothing' 0\n"
            f"step task loud 5 {says} 'nothing' 1\n}}\n", status=1)
        expected = {"few": (3, 1), "good": (7, 0), "bad": (5, 2), "none": (0, 1), "broken": (3, 1), "right": (1, 0),
                    "wrong": (0, 1), "quiet": (0, 0), "loud": (0, 1)}
        self.assertEqual({name: row for name, row in self.rows(lines).items() if name in expected}, expected)
        self.assertEqual(lines[-1], "19 passed, 7 failed")

    def test_what_failed_is_shown(self):
        self.run_stages("test_first() { step check wrong 5 sh -c 'echo out; echo err >&2; exit 1'; }\n", status=1)
        self.assertIn("out\nerr\n", self.said)

    def test_a_step_that_takes_too_long(self):
        lines = self.run_stages("test_first() { step check slow 1 sleep 30; }\n", status=1)
        self.assertEqual(self.rows(lines)["slow"], (0, 1))
        self.assertIn("longer than 1 s", self.said)

    def test_a_lane_that_breaks_off(self):
        lines = self.run_stages("test_first() { note a; no_such_command; note b; }\n", status=1)
        self.assertIn("a lane broke off", self.rows(lines))
        self.assertNotIn("b", self.notes())

    def test_a_step_that_nobody_can_claim(self):
        """With no room for it on the disk, neither lane may take it for the other's."""
        lines = self.run_stages("test_first() { rows=$root/gone; note a; }\n", status=1)
        self.assertEqual(self.rows(lines)["a lane broke off"], (0, 1))
        self.assertIn("cannot make", self.said)

    def test_without_a_build_nothing_is_tried(self):
        for what in ("no-build", "no-packages"):
            with self.subTest(what):
                self.write(**{what: ""})
                lines = self.run_stages("test_first() { note a; }\n", status=1)
                self.assertEqual(lines[-1], "0 passed, 1 failed")
                self.assertEqual(self.notes(), [])
                (self.root / what).unlink()

    def test_it_can_be_stopped(self):
        sleeper = f"sh -c 'echo $$ >>{self.root}/pids; exec sleep 60'"
        stages = f"test_first() {{ step check a 60 {sleeper}; step check b 60 {sleeper}; note c; }}\n"
        with subprocess.Popen(self.command(stages), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            pids = self.await_pids(2)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=LIMIT_SECONDS)
        self.assertEqual(process.returncode, 130)
        for pid in pids:
            self.assertFalse(os.path.exists(f"/proc/{pid}"), "a step goes on")
        self.assertEqual(self.notes(), [])

    def await_pids(self, count):
        deadline = time.monotonic() + LIMIT_SECONDS
        path = self.root / "pids"
        while time.monotonic() < deadline:
            pids = path.read_text("utf-8").split() if path.exists() else []
            if len(pids) == count:
                return pids
            time.sleep(0.02)
        raise AssertionError("the steps do not begin")


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Steps))
    bad = len(result.failures) + len(result.errors) + len(result.skipped)
    print(f"steps: {result.testsRun - bad} passed, {bad} failed")
    raise SystemExit(1 if bad or not result.testsRun else 0)
