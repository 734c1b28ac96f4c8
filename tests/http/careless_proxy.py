"""A proxy as it should not be: it passes on the bytes of a request as they are, up to where it believes that the request
ends, on one connection that all its clients share, and denies what begins with DENIED. nginx and HAProxy mend or refuse
most of what is ambiguous; behind this one the server is alone. Two beliefs: `length`, where the last Content-Length
counts before any chunks, and `chunked`, where any Transfer-Encoding that holds the word counts before the first
Content-Length."""

import re
import socket
import threading

from proxies import DENIED
from server import seconds

PATIENCE_SECONDS = 0.3
OWN_ANSWER = b"HTTP/1.1 %d Own\r\nContent-Length: 0\r\n\r\n"


class Ended(Exception):
    """The other side closed, or said nothing for too long."""


class Wire:
    """A socket that is read piece by piece."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(seconds(PATIENCE_SECONDS))
        self.ahead = b""

    def _more(self):
        try:
            part = self.sock.recv(65536)
        except OSError:
            part = b""
        if not part:
            raise Ended
        self.ahead += part

    def take(self, size):
        while len(self.ahead) < size:
            self._more()
        taken, self.ahead = self.ahead[:size], self.ahead[size:]
        return taken

    def take_to(self, mark):
        while mark not in self.ahead:
            self._more()
        return self.take(self.ahead.index(mark) + len(mark))


def values(head, name):
    """Of each header of this name, whatever stands around it."""
    return re.findall(rb"(?im)^[ \t]*" + name + rb"[ \t]*:([^\n]*)", head)


def lengths(head):
    return [int(found[0]) for value in values(head, b"content-length") if (found := re.findall(rb"\d+", value))]


def take_chunks(wire):
    """Sizes are what can be read as one; lines may end with LF."""
    body = b""
    while True:
        line = wire.take_to(b"\n")
        size = re.match(rb"[\s+]*(?:0x)?([0-9a-fA-F]{1,8})", line)
        if size is None:
            raise Ended
        body += line
        if int(size[1], 16) == 0:
            break
        body += wire.take(int(size[1], 16)) + wire.take_to(b"\n")
    while body.endswith(b"\n") and line.strip():
        line = wire.take_to(b"\n")
        body += line
    return body


def take_body(wire, head, belief):
    said = lengths(head)
    chunked = any(b"chunked" in value.lower() for value in values(head, b"transfer-encoding"))
    if chunked and (belief == "chunked" or not said):
        return take_chunks(wire)
    return wire.take(said[-1] if belief == "length" else said[0]) if said else b""


class CarelessProxy:
    def __init__(self, belief):
        self.belief = belief
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.upstream = None
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def start(self, server):
        self.server = server
        self.thread.start()
        return self

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        self._drop()

    def _drop(self):
        if self.upstream is not None:
            self.upstream.sock.close()
        self.upstream = None

    def _serve(self):
        """One client after the other."""
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with sock:
                try:
                    client = Wire(sock)
                    while self._pass_one(client):
                        pass
                except (Ended, OSError):
                    pass  # its next request, or what it is to get, is not worth waiting for

    def _pass_one(self, client):
        """One request and its answer. Whether there may be another."""
        head = client.take_to(b"\r\n\r\n")
        body = take_body(client, head, self.belief)
        words = head.split()
        if len(words) > 1 and words[1].startswith(DENIED.encode()):
            client.sock.sendall(OWN_ANSWER % 403)
        else:
            client.sock.sendall(self._ask(head, body, words[:1] == [b"HEAD"]))
        return not any(b"close" in value.lower() for value in values(head, b"connection"))

    def _ask(self, head, body, is_head):
        if self.upstream is None:
            self.upstream = Wire(socket.create_connection(self.server))
        try:
            self.upstream.sock.sendall(head + body)
            answer = self.upstream.take_to(b"\r\n\r\n")
            while answer.startswith(b"HTTP/1.1 1"):
                answer = self.upstream.take_to(b"\r\n\r\n")
            last = any(b"close" in value.lower() for value in values(answer, b"connection"))
            answer += self.upstream.take(sum(lengths(answer)) if not is_head else 0)
        except (Ended, OSError):
            self._drop()
            return OWN_ANSWER % 502
        if last:
            self._drop()
        return answer
