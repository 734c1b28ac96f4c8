"""Results of unittest, counted by what succeeded. For the programs that run tests."""

import unittest


class Result(unittest.TextTestResult):
    """Keeps count of what succeeded: what was skipped, or never came to run, did not."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.succeeded = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.succeeded += 1
