"""Memory that clients could make the server take."""

import time
import unittest

from client import connect, read_to_close
from harness import own_server
from server import seconds

CLIENTS = 6
BODY_BYTES = 16 << 20
MORE_BYTES_MAX = 8 << 20


class Bodies(unittest.TestCase):
    def test_a_body_that_nobody_reads_is_thrown_away(self):
        server = own_server(self, "--engine", "memory", "--access-log", "off")
        before = server.resident_bytes()
        head = f"DELETE /topics/no-such HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {BODY_BYTES}\r\n\r\n"
        sockets = [connect(server.address(), seconds(20)) for _ in range(CLIENTS)]
        for sock in sockets:
            self.addCleanup(sock.close)
            sock.sendall(head.encode())
            sock.sendall(b"x" * (BODY_BYTES - 1))
        time.sleep(0.3)
        more = server.resident_bytes() - before
        print(f"    {CLIENTS} bodies of {BODY_BYTES >> 20} MiB: {more / (1 << 20):.1f} MiB more")
        self.assertLess(more, MORE_BYTES_MAX)

        for sock in sockets:
            sock.sendall(b"x")
            answer, closed = read_to_close(sock, seconds(5))
            self.assertTrue(closed)
            self.assertIn(b" 404 ", answer[:20])


if __name__ == "__main__":
    unittest.main()
