"""A tiny HTTP client: keep-alive requests over TCP or a unix socket, and raw bytes for what no decent client sends."""

import http.client
import io
import json
import socket
import time
from urllib.parse import quote, urlencode


class Answer:
    """One response, read to its end."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name):
        return self.headers.get(name)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class _Connection(http.client.HTTPConnection):
    """HTTPConnection whose address may also be the path of a unix socket."""

    def __init__(self, address, timeout):
        host, port = ("localhost", 80) if isinstance(address, str) else address[:2]
        super().__init__(host, port, timeout=timeout)
        self.address = address

    def connect(self):
        if not isinstance(self.address, str):
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.address)


class Client:
    """One keep-alive connection. Not for several threads at once."""

    def __init__(self, address, timeout):
        self.connection = _Connection(address, timeout)

    def request(self, method, target, body=None, headers=None):
        try:
            self.connection.request(method, target, body=body, headers=headers or {})
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the body was through: the answer may be there all the same
        except Exception:
            self.close()
            raise
        try:
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except Exception:
            self.close()
            raise

    def close(self):
        self.connection.close()


def target_of(path, **query):
    """A path with its query; None leaves a parameter out, a trailing _ (from_) is for Python's keywords."""
    pairs = [(name.rstrip("_"), value) for name, value in query.items() if value is not None]
    return path + ("?" + urlencode(pairs, quote_via=quote) if pairs else "")


def connect(address, timeout, receive_bytes=None):
    """With `receive_bytes` the kernel takes little for a client that reads nothing."""
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        sock.connect(address)
        return sock
    if receive_bytes is None:
        return socket.create_connection(address[:2], timeout=timeout)
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.settimeout(timeout)
    sock.connect(address[:2])
    return sock


def read_to_close(sock, timeout):
    """What comes until the other side closes, and whether it did so within the time."""
    deadline = time.monotonic() + timeout
    received = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return bytes(received), False
        sock.settimeout(left)
        try:
            part = sock.recv(65536)
        except TimeoutError:
            return bytes(received), False
        except ConnectionResetError:
            return bytes(received), True
        if not part:
            return bytes(received), True
        received += part


def exchange(address, data, timeout):
    """Sends bytes as they are; gives back what came until the close, and whether the other side closed."""
    with connect(address, timeout) as sock:
        try:
            sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused early: what was answered is read below
        return read_to_close(sock, timeout)


def parse_answers(data):
    """The responses that stand one after the other in raw bytes (Content-Length only, as our server sends them)."""
    answers = []
    while data:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not separator:
            raise ValueError(f"half a response: {data[:200]!r}")
        status_line, _, fields = head.partition(b"\r\n")
        headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
        status = int(status_line.split(b" ")[1])
        size = int(headers.get("Content-Length", "0"))
        answers.append(Answer(status, headers, rest[:size]))
        data = rest[size:]
        if status == 100:
            answers.pop()
    return answers
