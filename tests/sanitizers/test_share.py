"""Nine of ten cases of tests/http, at least, run under each sanitizer."""

import unittest

import share
from builds import VARIANTS


class Share(unittest.TestCase):
    def test_nine_of_ten(self):
        everything = share.cases()
        self.assertGreater(len(everything), 400)
        for variant in VARIANTS:
            with self.subTest(variant):
                there = share.cases(*share.modules(variant))
                print(f"    {variant}: {len(there)} of {len(everything)} cases of tests/http, "
                      f"{100 * len(there) / len(everything):.1f} %", flush=True)
                self.assertLessEqual(there, everything)
                self.assertGreaterEqual(len(there), share.SHARE_MIN * len(everything))

    def test_a_module_left_out_is_seen(self):
        """Without the module of most cases the share is too small: the figure follows what is run."""
        for variant in VARIANTS:
            less = share.cases(*(share.modules(variant) - {"test_malformed"}))
            self.assertLess(len(less), share.SHARE_MIN * len(share.cases()))


if __name__ == "__main__":
    unittest.main()
