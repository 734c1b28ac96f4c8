"""The checker of the kill test, fed with made-up histories: each fault is seen, and a good history has none."""

import unittest

from history import Batch, History


def batch(name, count, extents=None, topic="t"):
    made = Batch(name, topic, count)
    made.extents = extents
    return made


def good():
    """Two acknowledged batches over two partitions, one whose answer never came."""
    history = History()
    history.add([batch("a", 3, {0: (0, 2), 1: (0, 1)}), batch("b", 2, {0: (2, 2)}), batch("c", 2)])
    found = {("t", 0): [(0, "a", 0), (1, "a", 2), (2, "b", 0), (3, "b", 1)], ("t", 1): [(0, "a", 1)]}
    return history, found


class Checker(unittest.TestCase):
    def assert_fault(self, history, found, kind):
        faults = history.check(found)
        self.assertIn(kind, {fault.split(":")[0] for fault in faults}, faults)

    def test_a_good_history(self):
        history, found = good()
        self.assertEqual(history.check(found), [])
        self.assertEqual(history.check(found), [])

    def test_an_unanswered_batch_may_be_there_whole(self):
        history, found = good()
        found["t", 1] += [(1, "c", 0), (2, "c", 1)]
        self.assertEqual(history.check(found), [])

    def test_holes_between_batches_are_fine(self):
        history, found = good()
        found["t", 1] += [(9, "c", 0), (10, "c", 1)]
        self.assertEqual(history.check(found), [])

    def test_lost(self):
        history, found = good()
        found["t", 0] = found["t", 0][:2]
        self.assert_fault(history, found, "lost")

    def test_lost_whole_partition(self):
        history, found = good()
        del found["t", 1]
        self.assert_fault(history, found, "lost")

    def test_lost_what_was_read_before(self):
        history, found = good()
        found["t", 1] += [(1, "c", 0), (2, "c", 1)]
        history.check(found)
        found["t", 1] = found["t", 1][:1]
        self.assert_fault(history, found, "lost")

    def test_doubled(self):
        history, found = good()
        found["t", 0] += [(4, "b", 0), (5, "b", 1)]
        self.assert_fault(history, found, "doubled")

    def test_doubled_in_another_partition(self):
        history, found = good()
        found["t", 1] += [(1, "b", 0)]
        self.assert_fault(history, found, "doubled")

    def test_torn(self):
        history, found = good()
        found["t", 1] += [(1, "c", 1)]
        self.assert_fault(history, found, "torn")

    def test_torn_over_partitions(self):
        history, found = good()
        history.add([batch("d", 2)])
        found["t", 1] += [(1, "d", 1)]
        self.assert_fault(history, found, "torn")

    def test_reordered_within_a_batch(self):
        history, found = good()
        found["t", 0][2:] = [(2, "b", 1), (3, "b", 0)]
        self.assert_fault(history, found, "reordered")

    def test_another_event_in_between(self):
        history, found = good()
        found["t", 0][1:] = [(1, "b", 0), (2, "a", 2), (3, "b", 1)]
        self.assert_fault(history, found, "reordered")

    def test_a_hole_within_a_batch(self):
        history, found = good()
        found["t", 1] += [(1, "c", 0), (3, "c", 1)]
        self.assert_fault(history, found, "reordered")

    def test_offsets_that_do_not_rise(self):
        history, found = good()
        found["t", 0][3] = (2, "b", 1)
        self.assert_fault(history, found, "reordered")

    def test_another_place_than_was_answered(self):
        history, found = good()
        found["t", 0] = [(0, "b", 0), (1, "b", 1), (2, "a", 0), (3, "a", 2)]
        self.assert_fault(history, found, "wrong-answer")

    def test_an_offset_used_again(self):
        history, found = good()
        found["t", 1] += [(1, "c", 0), (2, "c", 1)]
        history.check(found)
        history.add([batch("d", 2)])
        found["t", 1][1:] = [(1, "d", 0), (2, "d", 1)]
        self.assert_fault(history, found, "reused")

    def test_refused_and_yet_there(self):
        history, found = good()
        history.batches["c"].refused = True
        found["t", 1] += [(1, "c", 0), (2, "c", 1)]
        self.assert_fault(history, found, "refused")

    def test_never_sent(self):
        for stranger in (("x", 0), ("a", 3)):
            history, found = good()
            found["t", 1] += [(1, *stranger)]
            self.assert_fault(history, found, "stranger")

    def test_in_another_topic(self):
        history, found = good()
        found["u", 0] = [(0, "c", 0), (1, "c", 1)]
        self.assert_fault(history, found, "stranger")


if __name__ == "__main__":
    unittest.main()
