"""Times as clients give them: seconds where milliseconds are wanted are refused, and so is a leap second that cannot be."""

import unittest

from harness import ENVELOPE, HttpCase
from live_case import LiveCase

SECONDS = (("1795645230", "1795645230000"), ("99999999999", "99999999999000"), ("0", "0"), ("12", "12000"),
           ("0000000000001", "1000"))
FIRST_MS = 100000000000  # of those that may be given as a number
NO_LEAP_SECONDS = ("2026-11-22T10:00:60Z", "2026-11-22T23:58:60Z", "2026-11-22T23:59:60+01:00",
                   "2026-11-22T23:59:60-00:01")
LEAP_SECONDS = (("2016-12-31T23:59:60Z", 1483228800000), ("2017-01-01T00:59:60.5+01:00", 1483228800500))


class Seconds(HttpCase):
    def test_of_an_append(self):
        name = self.topic()
        for given, meant in SECONDS:
            with self.subTest(given):
                self.assert_not_written(self.post(name, "1", timestamp=given), 400, "bad_parameter",
                                        f"timestamp={given}", "seconds", f"send {meant} (")
        self.assert_empty(name)

    def test_of_an_event(self):
        name = self.topic()
        for given, meant in SECONDS[:4]:
            for spelling in (given, f'"{given}"'):
                body = '{"events":[{"value":1},{"value":2,"timestamp":%s}]}' % spelling
                with self.subTest(spelling):
                    answer = self.post(name, body, ENVELOPE)
                    problem = self.assert_not_written(answer, 400, "invalid_events", "seconds", f"send {meant} (")
                    self.assertEqual([(error["index"], error["position"]) for error in problem["errors"]],
                                     [(1, body.index(spelling))])
        self.assert_empty(name)
        many = '{"events":[%s]}' % ",".join(['{"value":1,"timestamp":7}'] * 500)
        self.assertEqual(self.post(name, many, ENVELOPE).json()["error_count"], 500)

    def test_of_a_page(self):
        name = self.topic()
        for parameter in ("from_", "until"):
            for given, meant in SECONDS:
                with self.subTest(parameter=parameter, given=given):
                    answer = self.get(f"/topics/{name}/events", **{parameter: given})
                    self.assert_problem(answer, 400, "bad_parameter", f"{parameter.strip('_')}={given}", "seconds",
                                        f"send {meant} (")
        self.assert_problem(self.get(f"/topics/{name}/events", from_=5), 400, "bad_parameter", "offset=5")

    def test_milliseconds_are_taken_from_the_first_on(self):
        name = self.topic()
        self.append(name, "1", timestamp=FIRST_MS)
        self.append(name, '{"events":[{"value":2,"timestamp":%d}]}' % FIRST_MS, ENVELOPE)
        self.append(name, "3", timestamp="1970-01-01T00:00:00Z")
        self.assertEqual([event["timestamp"] for event in self.page(name, from_=FIRST_MS)["events"]],
                         [FIRST_MS, FIRST_MS, 0])
        self.assertEqual(self.page(name, until=FIRST_MS)["events"], [])

    def test_what_is_no_time_is_still_taken(self):
        name = self.topic()
        self.append(name, "[1,2,3]")
        self.assertEqual(self.values(name, from_="-2"), [2, 3])
        self.assertEqual(self.values(name, offset=2), [3])


class OfAStream(LiveCase):
    def test_seconds(self):
        name = self.topic()
        answer = self.refused(f"/topics/{name}/events", from_="1795645230")
        self.assert_problem(answer, 400, "bad_parameter", "send 1795645230000 (")


class LeapSeconds(HttpCase):
    def test_where_there_can_be_none(self):
        name = self.topic()
        for given in NO_LEAP_SECONDS:
            with self.subTest(given):
                self.assert_not_written(self.post(name, "1", timestamp=given), 400, "bad_parameter", "timestamp=")
                body = {"events": [{"value": 1, "timestamp": given}]}
                self.assert_not_written(self.post(name, body, ENVELOPE), 400, "invalid_events", "RFC 3339")
                for parameter in ("from_", "until"):
                    answer = self.get(f"/topics/{name}/events", **{parameter: given})
                    self.assert_problem(answer, 400, "bad_parameter")
        self.assert_empty(name)

    def test_where_there_can_be_one(self):
        name = self.topic()
        for given, _ in LEAP_SECONDS:
            self.append(name, "1", timestamp=given)
        self.assertEqual([event["timestamp"] for event in self.page(name)["events"]], [ms for _, ms in LEAP_SECONDS])


if __name__ == "__main__":
    unittest.main()
