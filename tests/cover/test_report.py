#!/usr/bin/env python3
"""The report must see each fault: made-up trees, right and wrong. The last line is `cover: N passed, N failed`."""

import sys
import unittest

import report
from report import Count


def tree(**lines):
    """Files of each folder that are covered, with the given ones (api_a=(covered, total)) beside them."""
    files = {f"{folder}/good.c": (Count(1000, 1000), Count(0, 0)) for folder in report.FOLDERS}
    files |= {name.replace("_", "/", 1) + ".c": (Count(*counts), Count(0, 0)) for name, counts in lines.items()}
    return files


class Faults(unittest.TestCase):
    def expect(self, files, explained, *parts):
        found = list(report.faults(files, explained))
        self.assertEqual(len(found), len(parts), found)
        for sentence, part in zip(found, parts):
            self.assertIn(part, sentence)

    def test_each_kind_is_seen(self):
        self.expect(tree(api_a=(90, 100), base_a=(0, 100)), {})
        self.expect(tree(api_a=(89, 100)), {}, "api/a.c is below")
        self.expect(tree(storage_a=(0, 1000)), {"storage/a.c": "why"}, "storage/ has 50.0 %")
        self.expect(tree(api_a=(90, 100)), {"api/a.c": "why"}, "needs no")


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Faults))
    bad = len(result.failures) + len(result.errors)
    print(f"cover: {result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
