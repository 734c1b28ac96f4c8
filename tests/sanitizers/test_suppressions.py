"""Nothing of ours can be suppressed, and the check that says so sees each fault."""

import re
import unittest

import suppressions
from builds import ROOT, VARIANTS, build
from suppressions import matches, problems

OURS = ["waiters_park", "buffer_append", "../../gateway/tail.c", "tailrace", "contract-rocksdb", "on_librocksdb.so_change"]
REASON = "# It is not built for it, and what it does looks wrong.\n"


class Patterns(unittest.TestCase):
    def test_as_the_sanitizers_match(self):
        for pattern, text in (("park", "waiters_park"), ("waiters_*", "waiters_park"), ("^wait*rk$", "waiters_park"),
                              ("*", "x"), ("", "x"), ("a.c", "a.c"), ("^*k$", "waiters_park")):
            self.assertTrue(matches(pattern, text), (pattern, text))
        for pattern, text in (("^park", "waiters_park"), ("waiters$", "waiters_park"), ("a.c", "abc"), ("x", ""),
                              ("p*w", "waiters_park"), ("WAITERS", "waiters_park")):
            self.assertFalse(matches(pattern, text), (pattern, text))


class Check(unittest.TestCase):
    def test_what_may_be(self):
        for line in ("race:librocksdb.so", "race:libstdc++.so.6", "race_top:libmicrohttpd.so", "race:librocksdb.so.9.10"):
            self.assertEqual(problems("x.supp", f"{REASON}{line}\n", OURS[:5]), [], line)

    def test_what_may_not_be(self):
        for line in ("race:waiters_park", "race:wait*", "race:*", "race:^b", "race:gateway", "race:tail.c", "leak:arena_copy",
                     "race:libjansson.so", "race:libc.so", "race:rocksdb", "race:librocksdb", "race:librocksdb.so*",
                     "race:libmicrohttpd.so", "leak:libmicrohttpd.so", "deadlock:librocksdb.so", "race:", "librocksdb.so",
                     "thread:librocksdb.so"):
            self.assertNotEqual(problems("x.supp", f"{REASON}{line}\n", OURS), [], line)

    def test_a_name_of_ours_that_looks_like_a_library(self):
        self.assertNotEqual(problems("x.supp", f"{REASON}race:librocksdb.so\n", OURS), [])

    def test_a_reason_of_its_own(self):
        for text in ("race:librocksdb.so\n", f"{REASON}\nrace:librocksdb.so\n", "# known\nrace:librocksdb.so\n",
                     f"{REASON}race:librocksdb.so\nrace:libstdc++.so\n"):
            self.assertNotEqual(problems("x.supp", text, []), [], text)

    def test_words_that_hide(self):
        for text in ("__attribute__((no_sanitize_thread))", "void __tsan_ignore_thread_begin(void);",
                     "const char *__asan_default_options(void)", "AnnotateBenignRace(a)", "AnnotateIgnoreWritesBegin(a)", "b_sanitize=none"):
            self.assertNotEqual(suppressions.hidden("storage/rocksdb/scan.c", text), set(), text)
        for text in ("rocksdb_comparator_create(a)", "rocksdb_writebatch_iterate(b, c)", "rocksdb_mergeoperator_create("):
            self.assertRegex(text, suppressions.CALLBACKS)
        self.assertNotRegex("rocksdb_create_iterator_cf(rocksdb_writebatch_create())", suppressions.CALLBACKS)


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
