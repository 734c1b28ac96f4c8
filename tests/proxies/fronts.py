"""The files of examples/proxies, each run by its proxy: the text as it stands there, but for addresses and the paths of
certificates, which become those of the test. Started without root, always ended by their pids."""

import http.client
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples/proxies"
sys.path.append(str(ROOT / "tests/http"))

from proxies import NGINX_BASE, START_SECONDS, Proxy, free_ports  # noqa: E402: they lie in a folder of their own
from server import seconds  # noqa: E402

NAME = "events.example.test"
GATEWAY = "127.0.0.1:8080"

NGINX = NGINX_BASE.format(http="include {folder}/site;")

# Certificates come from an authority of its own in the folder, and nothing is asked for over the network.
CADDY = """
{{
    admin off
    local_certs
    skip_install_trust
    default_bind 127.0.0.1
    http_port {http}
    https_port {https}
    storage file_system {folder}/storage
}}
import {folder}/site
"""

HAPROXY = """
global
    nbthread 1
    maxconn 256
"""


def replaced(text, replacements):
    """Each of them must be there, so that no line of a file is tested as something else than it says."""
    for old, new in replacements.items():
        if old not in text:
            raise AssertionError(f"there is no {old!r} in the file")
        text = text.replace(old, new)
    return text


def make_certificate(folder):
    """certificate, key, and both in one file, as HAProxy wants them."""
    certificate, key, both = (folder / name for name in ("certificate.pem", "key.pem", "both.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=30)
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return certificate, key, both


def hash_of(password, kind):
    """As `openssl passwd -KIND` prints it, or for `caddy` what its own command does."""
    command = ["openssl", "passwd", f"-{kind}", password]
    if kind == "caddy":
        command = ["caddy", "hash-password", "--plaintext", password]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


class Front(Proxy):
    """One of the examples; `fronts` has `https`, and `http`, which only redirects. `password_lines` is a function of a
    password, and replaces the lines of the file that are only there for who wants one."""

    def __init__(self, program, example, config, arguments, replacements, password_lines):
        super().__init__(program, config, arguments)
        self.example = EXAMPLES / example
        self.replacements = replacements
        self.password_lines = password_lines
        http, https = free_ports(2)
        self.fronts = {"http": ("127.0.0.1", http), "https": ("127.0.0.1", https)}

    def require_password(self, password):
        """To be called before it starts: the name is ada."""
        self.replacements |= self.password_lines(self.folder, password)

    @property
    def origin(self):
        return f"https://{NAME}:{self.fronts['https'][1]}"

    def configure(self, address):
        certificate, key, both = make_certificate(self.folder)
        known = {"folder": self.folder, "http": self.fronts["http"][1], "https": self.fronts["https"][1],
                 "certificate": certificate, "key": key, "both": both}
        replacements = self.replacements | {GATEWAY: f"{address[0]}:{address[1]}"}
        for name, value in known.items():
            replacements = {old: new.replace(f"{{{name}}}", str(value)) for old, new in replacements.items()}
        site = replaced(self.example.read_text(encoding="utf-8"), replacements)
        (self.folder / "site").write_text(site, encoding="utf-8")
        (self.folder / "config").write_text(self.config.format(**known), encoding="utf-8")


    def start(self, address):
        """Listening is not enough: Caddy makes its certificate afterwards."""
        super().start(address)
        deadline = time.monotonic() + seconds(START_SECONDS)
        while True:
            try:
                tls_connection(self.fronts["https"], NAME, 5).close()
                return self
            except ssl.SSLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def any_certificate():
    """Whose certificate it is does not matter here. One context for all connections: to make one costs more than to
    connect."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


ANY_CERTIFICATE = any_certificate()


def tls_connection(address, name, timeout):
    """To an address, with a name in TLS and in Host."""
    connection = http.client.HTTPConnection(name, address[1], timeout=timeout)
    plain = socket.create_connection(address, timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sock = ANY_CERTIFICATE.wrap_socket(plain, server_hostname=name)
    return connection


def nginx_password(folder, password):
    users = folder / "users"
    users.write_text(f"ada:{hash_of(password, 'apr1')}\n", encoding="utf-8")
    return {"#auth_basic Tailrace": "auth_basic Tailrace",
            "#auth_basic_user_file /etc/nginx/tailrace.users": f"auth_basic_user_file {users}"}


def caddy_password(_, password):
    return {"#basicauth {\n\t#\tada HASH\n\t#}": f"basicauth {{\n\t\tada {hash_of(password, 'caddy')}\n\t}}"}


def haproxy_password(_, password):
    return {"#userlist tailrace-users\n#    user ada password HASH":
            f"userlist tailrace-users\n    user ada password {hash_of(password, '5')}",
            "#http-request auth": "http-request auth"}


def nginx():
    return Front("nginx", "nginx.conf", NGINX, ("-p", "{folder}", "-c", "{folder}/config", "-e", "{folder}/log"), {
        "listen 80;": "listen 127.0.0.1:{http};", "listen [::]:80;": "listen 127.0.0.2:{http};",
        "listen 443 ": "listen 127.0.0.1:{https} ", "listen [::]:443 ": "listen 127.0.0.2:{https} ",
        f"/etc/ssl/certs/{NAME}.pem": "{certificate}", f"/etc/ssl/private/{NAME}.key": "{key}"}, nginx_password)


def caddy():
    return Front("caddy", "Caddyfile", CADDY, ("run", "--config", "{folder}/config", "--adapter", "caddyfile"), {},
                 caddy_password)


def haproxy():
    return Front("haproxy", "haproxy.cfg", HAPROXY, ("-db", "-f", "{folder}/config", "-f", "{folder}/site"), {
        "bind :::80 v4v6": "bind 127.0.0.1:{http}", "bind :::443 v4v6": "bind 127.0.0.1:{https}",
        f"/etc/ssl/private/{NAME}.pem": "{both}"}, haproxy_password)


def plain_connection(front):
    """Without TLS."""
    return http.client.HTTPConnection(*front, timeout=10)


ALL = {"nginx": nginx, "caddy": caddy, "haproxy": haproxy}
