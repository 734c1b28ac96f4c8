"""The least that a server can do for readers: a loop over sockets that sends all of them the same bytes, which a real server
gave before. What that takes on this machine is the yardstick for times that the machine bounds."""

import selectors
import socket
import threading
import time

from server import seconds

PART_BYTES = 256 << 10  # of one turn of a socket
HEAD_END = b"\r\n\r\n"
DATA = b"data: "


def record(server, path, events):
    """(head, body) of a stream of the server, until so many events are in it, and at least one position."""
    with socket.create_connection(server.address()) as stream:
        stream.settimeout(seconds(10))
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
        text, counted, seen = bytearray(), 0, 0
        while counted < events or b"id: " not in text[:65536]:
            part = stream.recv(1 << 20)
            assert part, "the stream ended"
            text += part
            counted += text.count(DATA, seen)
            seen = max(seen, len(text) - len(DATA) + 1)
    head, _, body = bytes(text).partition(HEAD_END)
    return head + HEAD_END, body


class BareLoop:
    """Answers each connection with `opening`, and after go() with `body`."""

    def __init__(self, case, opening, body):
        self.opening, self.body = opening, memoryview(body)
        self.sent = {}  # bytes of the body by socket
        self.gone = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        case.addCleanup(self.end)

    def address(self):
        return self.listener.getsockname()

    def go(self):
        self.gone.set()

    def end(self):
        """The loop ends when its connections do, whose clients have ended by now."""
        self.gone.set()
        self.listener.close()
        self.thread.join(seconds(10))

    def _serve(self):
        self.listener.settimeout(0.01)
        while not self.gone.is_set():
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(seconds(5))
            assert HEAD_END in connection.recv(65536), "no request"
            connection.sendall(self.opening)
            connection.setblocking(False)
            self.sent[connection] = 0
        self._send_all()

    def _send_all(self):
        with selectors.EpollSelector() as selector:
            for connection in self.sent:
                selector.register(connection, selectors.EVENT_WRITE)
            deadline = time.monotonic() + seconds(60)
            while selector.get_map() and time.monotonic() < deadline:
                for key, _ in selector.select(1):
                    self._send(selector, key.fileobj)
        for connection in self.sent:
            connection.close()

    def _send(self, selector, connection):
        place = self.sent[connection]
        try:
            self.sent[connection] += connection.send(self.body[place:place + PART_BYTES])
        except BlockingIOError:
            return
        except OSError:
            selector.unregister(connection)
            return
        if self.sent[connection] == len(self.body):
            selector.unregister(connection)
