"""Nine of ten cases of tests/http, at least, run under each sanitizer."""

import tempfile
import unittest
from pathlib import Path

import share
from builds import ROOT, VARIANTS


SCRIPT = """
all_stages='install http other'
test_install() { touch "$root/ran"; }
test_http() {
    for variant in release debug-asan; do
        step tests "http $variant" 600 python3 "$root/tests/http/run.py" --binary "$build/$variant/tailrace" --stage api || :
    done
    step check kill 600 python3 "$root/tests/http/kill.py" --binary "$build/debug-asan/tailrace"
}
test_other() { mkdir "$root/ran" && step check other 5 true; }
"""


class Plan(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="tailrace-plan-")
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        (self.root / "tools").mkdir()
        (self.root / "tools/stages.sh").write_text(SCRIPT, encoding="utf-8")
        (self.root / "tools/other.sh").write_text("all_stages=other\n", encoding="utf-8")
        (self.root / "dev").write_text('#!/bin/sh\n. "$root/tools/stages.sh"\nexit 1\n', encoding="utf-8")

    def test_what_the_script_would_run(self):
        commands = share.plan(self.root)
        self.assertEqual(len(commands), 3, commands)
        self.assertFalse((self.root / "ran").exists())
        self.assertEqual(list(share.runs(commands, "debug-tsan")), [])
        self.assertEqual(list(share.runs(commands, "debug-asan")),
                         [["--stage", "api", "--only", "", "--scale", "1"], None])

    def test_broken_programs_do_not_count(self):
        command = ["python3", "watch.py", "--expect", "a", "b", "--", "tests/http/run.py", "--binary", "debug-asan/tailrace"]
        self.assertEqual(list(share.runs([command], "debug-asan")), [])
        command.remove("--expect")
        self.assertEqual(len(list(share.runs([command], "debug-asan"))), 1)


class Share(unittest.TestCase):
    def test_nine_of_ten(self):
        commands, everything = share.plan(ROOT), share.cases(ROOT)
        self.assertGreater(len(everything), 400)
        for variant in VARIANTS:
            with self.subTest(variant):
                there = share.under(ROOT, commands, variant)
                print(f"    {variant}: {len(there)} of {len(everything)} cases of tests/http, "
                      f"{100 * len(there) / len(everything):.1f} %", flush=True)
                self.assertLessEqual(there, everything)
                self.assertGreaterEqual(len(there), share.SHARE_MIN * len(everything))

    def test_a_stage_left_out_is_seen(self):
        """Without the stages of many cases the share is too small: the figure follows what is run."""
        everything = share.cases(ROOT)
        for variant in VARIANTS:
            less = [command for command in share.plan(ROOT) if "api" not in command]
            self.assertLess(len(share.under(ROOT, less, variant)), share.SHARE_MIN * len(everything))


if __name__ == "__main__":
    unittest.main()
