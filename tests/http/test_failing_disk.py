"""A disk that refuses to take more: a limit on the size of files, set on the running process, cuts its write-ahead log
off in the middle of a write. What was acknowledged stays, what failed is called unknown, nothing is written after it."""

import glob
import os
import resource
import unittest

from harness import HttpCase, own_server

EVENT = b'{"text":"' + b"x" * 3000 + b'"}'


class FailingDisk(HttpCase):
    @classmethod
    def setUpClass(cls):
        pass  # each case has a server of its own, because each ruins it

    def setUp(self):
        self.server = own_server(self)
        self.client = self.server.client()
        self.topic("t")
        for _ in range(3):
            self.append("t", EVENT)

    def limit_files(self):
        """No file grows by more than a piece of an event from now on."""
        logs = glob.glob(os.path.join(self.server.data, "*.log"))
        size = max(os.path.getsize(path) for path in logs) + 1000
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def assert_unknown(self, answer):
        problem = self.assert_problem(answer, 500, "write_unknown")
        self.assertIsNone(problem["written"], answer)
        self.assertTrue(problem["retryable"], answer)

    def assert_stopped(self, answer):
        problem = self.assert_not_written(answer, 503, "read_only", "writes are disabled")
        self.assertTrue(problem["retryable"], answer)

    def assert_read_only(self):
        for ack in ("disk", "os"):
            self.assert_stopped(self.post("t", EVENT, ack=ack))
        self.assert_stopped(self.request("PUT", "/topics/u"))
        self.assert_stopped(self.request("PATCH", "/topics/t", {"partitions": 2}))
        self.assert_stopped(self.request("DELETE", "/topics/t"))
        commit = {"offsets": [{"topic": "t", "partition": 0, "offset": 1}]}
        self.assert_stopped(self.request("POST", "/groups/g/offsets", commit))
        self.assert_problem(self.get("/readyz"), 503, "read_only")
        self.assertEqual(self.get("/livez").status, 200)
        self.assertEqual(self.values("t", limit=3), [{"text": "x" * 3000}] * 3)
        self.assertEqual(self.next_offsets("t"), [3])

    def assert_recovers(self, *counts):
        """Ends the process and starts another, without the limit: what was acknowledged is there, and it goes on."""
        self.server.stop()
        self.server.start()
        self.client = self.server.client()
        self.assertEqual(self.get("/readyz").status, 200)
        found = self.next_offsets("t")[0]
        self.assertIn(found, counts)
        self.assertEqual(len(self.values("t")), found)
        self.assertEqual(self.append("t", EVENT)["partitions"][0]["first_offset"], found)
        self.server.stop()

    def test_a_durable_append(self):
        self.limit_files()
        self.assert_unknown(self.post("t", EVENT))
        self.assert_read_only()
        self.assert_recovers(3, 4)

    def test_an_append_that_is_not_synced(self):
        self.limit_files()
        self.assert_unknown(self.post("t", EVENT, ack="os"))
        self.assert_read_only()
        self.assert_recovers(3, 4)

    def test_a_batch_is_there_whole_or_not_at_all(self):
        self.limit_files()
        self.assert_unknown(self.post("t", b"[" + b",".join([EVENT] * 50) + b"]"))
        self.assert_read_only()
        self.assert_recovers(3, 53)

    def test_a_commit(self):
        self.limit_files()
        offsets = [{"topic": "t", "partition": 0, "offset": 2, "metadata": "m" * 1000}]
        self.assert_unknown(self.request("POST", "/groups/g/offsets", {"offsets": offsets}))
        self.assert_read_only()
        self.assert_recovers(3)
        self.server.start()
        self.client = self.server.client()
        self.assertIn(self.get("/groups/g").status, (200, 404))

    def test_a_creation(self):
        self.limit_files()
        for number in range(20):
            answer = self.request("PUT", f"/topics/{'n' * 190}{number}")
            if answer.status != 201:
                break
        self.assert_unknown(answer)
        self.assert_read_only()
        self.assert_recovers(3)


if __name__ == "__main__":
    unittest.main()
