"""What sanitizers say is understood, and what a watched command's reports come to."""

import tempfile
import unittest
from pathlib import Path

import reports
import watch

RACE = """noise
==================
WARNING: ThreadSanitizer: data race (pid=8731)
  Read of size 4 at 0x555555558074 by thread T2:
    #0 reader ../../api/a.c:7 (t+0x1219)

  Previous write of size 4 at 0x555555558074 by thread T1 (mutexes: write M0):
    #0 memcpy ../../sanitizer_common_interceptors.inc:1 (t+0x1231)
    #1 writer ../../api/a.c:9 (t+0x1231)

  Thread T2 (tid=8734, running) created by main thread at:
    #0 pthread_create ../tsan_interceptors_posix.cpp:1001 (libtsan.so.2+0x5e686)
    #1 maker ../../api/a.c:8 (t+0x12a4)

SUMMARY: ThreadSanitizer: data race ../../api/a.c:7 in reader
"""
OVERFLOW = """==8700==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60200000001a at pc 0x7f84 bp 0x7ffd sp 0x7ffd
WRITE of size 1 at 0x60200000001a thread T0
    #0 0x5640f49474e1 in decode ../../api/request.c:30

0x60200000001a is located 0 bytes to the right of 10-byte region [0x602000000010,0x60200000001a)
allocated by thread T0 here:
    #0 0x7f84eecb89cf in __interceptor_malloc ../../asan_malloc_linux.cpp:69
    #1 0x5640f49473c2 in mem_alloc ../../base/memory.c:7
"""
UNDEFINED = "../../api/a.c:4:82: runtime error: signed integer overflow: 2 + 2147483647\n    #0 0x558a in add ../../a.c:4\n"
LEAK = "==1==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 10 byte(s) in 1 object(s) allocated from:\n" \
       "    #0 0x7fcf in malloc ../../asan_malloc_linux.cpp:69\n    #1 0x5654 in leaker p.c:5\n"


class Parse(unittest.TestCase):
    def test_kinds_and_functions(self):
        for text, kind, functions in ((RACE, "data race", {"reader", "memcpy", "writer"}),
                                      (OVERFLOW, "heap-buffer-overflow", {"decode"}),
                                      (UNDEFINED, "signed integer overflow", {"add"}),
                                      (LEAK, "detected memory leaks", {"malloc", "leaker"})):
            found = reports.parse(text)
            self.assertEqual(len(found), 1, text)
            self.assertTrue(found[0].kind.startswith(kind), found[0].kind)
            self.assertEqual(found[0].functions, functions)

    def test_several_and_none(self):
        self.assertEqual([report.kind[:4] for report in reports.parse(RACE + OVERFLOW + RACE)], ["data", "heap", "data"])
        self.assertEqual(reports.parse("level=info what=done\n    #0 0x1 in main a.c:1\n"), [])

    def test_what_is_not_understood_is_a_report(self):
        with tempfile.TemporaryDirectory() as path:
            Path(path, "report.7").write_text("FATAL: ThreadSanitizer: unexpected memory mapping\n", encoding="utf-8")
            Path(path, "report.8").write_text("", encoding="utf-8")
            folder = reports.Folder(path)
            self.assertEqual(len(folder.fresh()), 0, "they were there before")
            Path(path, "report.9").write_text("", encoding="utf-8")
            Path(path, "report.10").write_text(RACE + RACE, encoding="utf-8")
            self.assertEqual(len(folder.fresh()), 3)
            self.assertEqual(folder.fresh(), [])


class Environment(unittest.TestCase):
    def test_what_is_asked_for_counts_but_not_where_it_goes(self):
        made = reports.environment("/x", {"TSAN_OPTIONS": "history_size=7:log_path=/y", "HOME": "/"})
        options = made["TSAN_OPTIONS"].split(":")
        self.assertIn("history_size=7", options)
        self.assertEqual(options[-1], "log_path=/x/report")
        self.assertTrue(any(option.startswith("suppressions=") for option in options))
        self.assertEqual((made["HOME"], made[reports.FOLDER]), ("/", "/x"))


class Verdict(unittest.TestCase):
    def test_without_an_expectation(self):
        self.assertEqual(watch.verdict(0, [], None)[0], 0)
        self.assertEqual(watch.verdict(3, [], None)[0], 3)
        self.assertEqual(watch.verdict(0, reports.parse(RACE), None)[0], 1)

    def test_with_one(self):
        found = reports.parse(RACE)
        self.assertEqual(watch.verdict(1, found, ("data race", "writer"))[0], 0)
        for status, said, expected in ((0, found, ("data race", "writer")), (1, found, ("data race", "maker")),
                                       (1, found, ("heap-use-after-free", "writer")), (1, [], ("data race", "writer"))):
            self.assertEqual(watch.verdict(status, said, expected)[0], 1)


if __name__ == "__main__":
    unittest.main()
