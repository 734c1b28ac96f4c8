"""Nothing of ours can be suppressed, and the check that says so sees each fault."""

import re
import unittest

import suppressions
from builds import ROOT, VARIANTS, build
from suppressions import problems

REASON = "# It is not built for it, and what it does looks wrong.\n"


class Tree(unittest.TestCase):
    def files(self, *endings):
        for path in sorted(ROOT.rglob("*")):
            parts = path.relative_to(ROOT).parts
            if path.name.endswith(endings) and path.is_file() and not parts[0].startswith((".", "build")):
                yield path

    def test_every_file_of_suppressions(self):
        files = list(self.files(".supp"))
        self.assertTrue(files)
        sources = list(self.files(".c", ".h"))
        ours = suppressions.names_of_builds([build(variant) for variant in VARIANTS], sources)
        self.assertGreater(len(ours), 2 * len(sources), "there is more in a program than one symbol a file")
        self.assertTrue({"waiters_park", "connections_enter", "test_base"} <= ours)
        for path in files:
            self.assertEqual(problems(path.name, path.read_text(encoding="utf-8"), ours), [])

    def test_a_planted_line_is_found(self):
        ours = suppressions.names_of_builds([build("debug-tsan")], [])
        text = (ROOT / "tests/tsan.supp").read_text(encoding="utf-8")
        for line in ("race:^waiters_", "race:librocksdb.so*", "race:*park", "race:contract-rocksdb", "race:s"):
            self.assertNotEqual(problems("tsan.supp", f"{text}{REASON}{line}\n", ours), [], line)

    def test_nothing_is_hidden_in_the_code(self):
        for path in self.files(".c", ".h", "meson.build"):
            name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
            self.assertEqual(suppressions.hidden(name, text), set(), name)
        for name, words in suppressions.HIDDEN.items():
            self.assertEqual(words & suppressions.hidden("any", (ROOT / name).read_text(encoding="utf-8")), words, name)

    def test_rocksdb_calls_nothing_of_ours(self):
        """What suppressing its frames rests on."""
        for path in self.files(".c", ".h"):
            hit = suppressions.CALLBACKS.search(re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
            self.assertIsNone(hit, path)


if __name__ == "__main__":
    unittest.main()
