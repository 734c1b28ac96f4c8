"""Request smuggling, straight to the server: each request of tests/corpus/smuggling as the first of its connection, as
a later one, and pipelined behind another. What hides in it never runs, and nobody gets an answer too many."""

import unittest

from harness import HttpCase, unique
from server import seconds
from smuggling import PREFIX, attack, load

QUIET_SECONDS = 0.3  # how long a case is watched in which the server rightly waits for more
CASES_MIN = 60


class Smuggling(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = unique("there")
        cls.client.request("PUT", f"/topics/{cls.there}", b"")

    def smuggled(self):
        """The hidden requests that ran, by what they left; taken away, so that the next case begins clean."""
        names = [topic["name"] for topic in self.get("/topics", prefix=PREFIX).json()["topics"]]
        for name in names:
            self.request("DELETE", f"/topics/{name}")
        return names

    def judge(self, case, outcome):
        """Holds an outcome against what a reader of RFC 9112 makes of the case; see the corpus's README."""
        # A refusal may bear the hidden one's Request-Id: where a bare CR ends a line, its headers are the outer one's.
        self.assertTrue(all(answer.status >= 400 for answer in outcome.of("hidden")), "the hidden request was answered")
        answers, victims = outcome.to_the_attack, outcome.of("victim")
        self.assertLessEqual(len(answers), 1, "there are more answers than requests")
        if case.reading == "one":
            self.assertEqual(len(answers), 1, outcome)
        if case.reading in ("one", "either"):
            self.assertLessEqual(len(victims), 1, outcome)
            for victim in victims:
                self.assertEqual(victim.status, 200, victim)
                self.assertIn(f'"{self.there}"', victim.text)
        else:
            self.assertEqual(victims, [], "what came behind it was taken for a request")
        if case.reading == "refuse":
            self.assertTrue(all(answer.status >= 400 for answer in answers), answers)
        self.assertTrue(outcome.closed or case.reading == "waits", f"the connection was left open: {outcome}")

    def run_case(self, case, before):
        request = case.render(self.there, unique(PREFIX + "x"))
        quiet = seconds(QUIET_SECONDS if case.reading == "waits" else 5)
        outcome = attack(self.server.address(), request, self.there, before, seconds(5), quiet)
        self.assertEqual(self.smuggled(), [], f"the hidden request ran: {outcome}")
        self.assertEqual(len(outcome.of("before")), 1 if before else 0, outcome)
        self.judge(case, outcome)


def _test(case, before):
    def test(self):
        self.run_case(case, before)
    return test


CASES = load()
for _case in CASES:
    for _where, _before in (("first", None), ("later", "answered"), ("pipelined", "pipelined")):
        setattr(Smuggling, f"test_{_case.name}_{_where}".replace("-", "_"), _test(_case, _before))


class Corpus(unittest.TestCase):
    def test_there_are_enough(self):
        self.assertGreaterEqual(len(CASES), CASES_MIN)

    def test_the_hidden_request_is_one(self):
        """Each case that hides a request holds it whole, or the name that must not come to be."""
        for case in CASES:
            self.assertIn(b"smuggled-0", case.render("there", "smuggled-0"), case.name)


if __name__ == "__main__":
    unittest.main()
