"""nginx and HAProxy in front of a server under test: started on free ports with what they need in a temporary
directory, no root needed, always ended by their pids. Both keep connections to the server and share them among their
clients, and both deny what begins with DENIED: who gets there all the same has been smuggled past them."""

import atexit
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from server import seconds

START_SECONDS = 15
PORTS = range(15000, 32000)  # below those that Linux takes for connections
DENIED = "/topics/smuggled-"

# nginx in the foreground, with all its files in {folder}: {http} is what it does.
NGINX_BASE = """
daemon off; master_process off; pid {{folder}}/pid; error_log {{folder}}/log warn;
events {{{{ worker_connections 256; }}}}
http {{{{
    access_log off;
    client_body_temp_path {{folder}}/t1; proxy_temp_path {{folder}}/t2; fastcgi_temp_path {{folder}}/t3;
    uwsgi_temp_path {{folder}}/t4; scgi_temp_path {{folder}}/t5;
    {http}
}}}}
"""

# One worker and one kept connection, which is not given up for age or idleness: two clients must share it. The second
# server passes on all it can bear to, and a body as it comes.
NGINX = NGINX_BASE.format(http="""
    client_header_timeout {patience}s; client_body_timeout {patience}s;
    upstream tailrace {{ server {address}; keepalive 1; keepalive_requests 1000000; keepalive_timeout 600s; }}
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    server {{
        listen 127.0.0.1:{plain};
        location {denied} {{ return 403; }}
        location / {{ proxy_pass http://tailrace; }}
    }}
    server {{
        listen 127.0.0.1:{lenient};
        location {denied} {{ return 403; }}
        ignore_invalid_headers off; underscores_in_headers on; proxy_request_buffering off;
        location / {{ proxy_pass http://tailrace; }}
    }}
""")

HAPROXY = """
global
    nbthread 1
    maxconn 256
defaults
    mode http
    timeout connect 5s
    timeout client {patience}s
    timeout http-request {patience}s
    timeout server 30s
    http-reuse always
frontend plain
    bind 127.0.0.1:{plain}
    http-request deny if {{ path_beg {denied} }}
    default_backend tailrace
frontend lenient
    bind 127.0.0.1:{lenient}
    option accept-invalid-http-request
    http-request deny if {{ path_beg {denied} }}
    default_backend tailrace
backend tailrace
    server one {address} pool-purge-delay 600s
"""

_running = set()


class ProxyError(AssertionError):
    """It is not installed, or does not start."""


def free_ports(count):
    """Ports that nobody had a moment ago; and the system gives them to no connection before they are used."""
    ports = []
    with ExitStack() as stack:
        while len(ports) < count:
            sock = stack.enter_context(socket.socket())
            try:
                sock.bind(("127.0.0.1", random.choice(PORTS)))
                ports.append(sock.getsockname()[1])
            except OSError:
                pass  # somebody has it
    return ports


class Proxy:
    """`fronts` are the addresses of what it listens with: `plain`, and `lenient` with clients' requests."""

    def __init__(self, name, config, arguments):
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if path is None:
            raise ProxyError(f"{name} is not installed (Debian: nginx-light, haproxy, caddy)")
        self.config = config
        self.folder = Path(tempfile.mkdtemp(prefix=f"tailrace-{name}-"))
        self.command = [path, *(argument.format(folder=self.folder) for argument in arguments)]
        self.process = None
        self.fronts = {}

    def configure(self, address):
        """Writes what it reads at its start, and says where it will listen."""
        plain, lenient = free_ports(2)
        self.fronts = {"plain": ("127.0.0.1", plain), "lenient": ("127.0.0.1", lenient)}
        (self.folder / "config").write_text(
            self.config.format(folder=self.folder, address=f"{address[0]}:{address[1]}", plain=plain, lenient=lenient,
                               denied=DENIED, patience=max(1, round(seconds(1)))), encoding="utf-8")

    def start(self, address):
        self.configure(address)
        with open(self.folder / "out", "wb") as out:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            cwd=self.folder)
        _running.add(self)
        for front in self.fronts.values():
            self._await(front)
        return self

    def _await(self, front):
        deadline = time.monotonic() + seconds(START_SECONDS)
        while True:
            try:
                socket.create_connection(front, 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "out").read_text(encoding="utf-8", errors="replace")
                    self.stop()
                    raise ProxyError(f"{self.command[0]} does not listen\n{said}") from None
                time.sleep(0.02)

    def stop(self):
        """Ends it by its pid; harmless when it has gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()
        _running.discard(self)
        shutil.rmtree(self.folder, ignore_errors=True)


def nginx():
    return Proxy("nginx", NGINX, ("-p", "{folder}", "-c", "{folder}/config", "-e", "{folder}/log"))


def haproxy():
    return Proxy("haproxy", HAPROXY, ("-db", "-f", "{folder}/config"))


def connections_to(address):
    """The local ports of this machine's open connections to an IPv4 address, out of the kernel's table."""
    host = socket.inet_aton(address[0])[::-1].hex().upper()
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[2] == f"{host}:{address[1]:04X}" and row[3] == "01"}


@atexit.register
def _end_all():
    for proxy in list(_running):
        proxy.stop()
