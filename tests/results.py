"""Checks that are counted: each is told as it comes, and the last line is `NAME: N passed, N failed`."""

SHOWN_MAX = 20


class Results:
    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = 0

    def add(self, check, wrong):
        """`wrong`: sentences, none when the check has passed."""
        shown = [f"  {sentence}" for sentence in wrong[:SHOWN_MAX]]
        shown += [f"  and {len(wrong) - SHOWN_MAX} more"] if len(wrong) > SHOWN_MAX else []
        print(f"{check}: {'failed' if wrong else 'ok'}", *shown, sep="\n", flush=True)
        self.failed += 1 if wrong else 0
        self.passed += 0 if wrong else 1

    def finish(self):
        """The exit status."""
        print(f"{self.name}: {self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
