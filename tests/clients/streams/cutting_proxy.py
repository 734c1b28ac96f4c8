"""A proxy that cuts its first connections inside the text of an event, each at another place: within the first line, behind
it, within the second line, before the blank line; by turns as an end and as a reset. Later ones it leaves alone."""

import re
import select
import socket
import struct
import threading

# The text of an event whose last byte is the end of its last line, wherever the id stands.
SSE_EVENT = re.compile(rb"(?:(?:id|data): [^\r\n]*\n){2}(?=[\n])")
LINE_EVENT = re.compile(rb"\{\"topic[^\r\n]*\}(?=\n)")
PART_BYTES = 65536


def cut_point(text, number):
    """How many bytes of an event's text the connection of this number lets through."""
    first = text.index(b"\n") + 1 if b"\n" in text else len(text)
    inside = 1 + number * 7 % (first - 2)
    if number % 4 == 0 or first == len(text) and number % 4 != 3:
        return inside
    return {1: first, 2: first + 1 + number * 5 % max(1, len(text) - first - 2), 3: len(text)}[number % 4]


class CuttingProxy:
    def __init__(self, target, event, cuts):
        self.target, self.event, self.cuts = target, event, cuts
        self.done = 0  # connections that were cut
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stopping = False
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        self.stopping = True
        self.thread.join()
        self.listener.close()

    def _accept(self):
        self.listener.settimeout(0.1)
        while not self.stopping:
            try:
                ours, _ = self.listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._serve, args=(ours,), daemon=True).start()

    def _serve(self, ours):
        with ours:
            try:
                with socket.create_connection(self.target, timeout=5) as theirs:
                    self._pass(ours, theirs)
            except OSError:
                pass  # either side went

    def _pass(self, ours, theirs):
        """To the end, or to the cut. Of a connection that is to be cut, what may be a part of the event is held back."""
        ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        theirs.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number, held, whole = self.done, b"", self.done % 3
        while not self.stopping:
            for side in select.select([ours, theirs], [], [], 0.1)[0]:
                part = side.recv(PART_BYTES)
                if not part:
                    return
                if side is ours:
                    theirs.sendall(part)
                elif number >= self.cuts:
                    ours.sendall(part)
                else:
                    held += part
                    events = list(self.event.finditer(held))
                    if len(events) > whole:
                        at = events[whole]
                        self._cut(ours, held[:at.start() + cut_point(at.group(), number)], number)
                        return

    def _cut(self, ours, text, number):
        ours.sendall(text)
        if number // 4 % 2 == 1:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.done = number + 1
