"""The examples that need more than Python: Node, and nginx for the log of `weblog`."""

import sys
import unittest

from examples_case import EXAMPLES, WEBLOG, ExampleCase, Follow, ProduceConsume, WeblogCase, run


class JavaScriptProduceConsume(ProduceConsume, ExampleCase):
    produce_consume = ("node", EXAMPLES / "javascript/produce_consume.mjs")


class JavaScriptFollow(Follow, ExampleCase):
    follow = ("node", EXAMPLES / "javascript/follow.mjs")


class WeblogMade(WeblogCase):
    def test_the_log_can_be_made_again(self):
        out = self.directory / "made.log"
        run(sys.executable, WEBLOG / "make_log.py", "--seconds", "1.5", "--visitors", "12", "--out", out)
        made = len(out.read_text(encoding="utf-8").splitlines())
        self.assertGreater(made, 5)
        self.assertIn(f"{made} events sent, 0 lines skipped", self.replay("--speed", "0", out))


if __name__ == "__main__":
    unittest.main()
