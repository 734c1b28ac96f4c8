#!/usr/bin/env python3
"""Makes access.log: runs nginx on loopback with a small shop of made-up pages, and lets visitors walk through it.

    make_log.py [--seconds 75] [--visitors 24] [--seed 7] [--out access.log]

The lines are nginx's own, of requests that it really answered. Each visitor has an address of 127.0.0.0/8, so that
nobody's address is in the log. Needs nginx (Debian: nginx-light)."""

import argparse
import http.client
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

PAGES = {"/": ["/shop/", "/blog/", "/about.html"],
         "/shop/": ["/shop/kettle.html", "/shop/teapot.html", "/shop/cups.html", "/shop/tea-green.html", "/"],
         "/shop/kettle.html": ["/cart.html", "/shop/"], "/shop/teapot.html": ["/cart.html", "/shop/cups.html"],
         "/shop/cups.html": ["/cart.html", "/shop/"], "/shop/tea-green.html": ["/cart.html", "/blog/brewing.html"],
         "/cart.html": ["/checkout.html", "/shop/"], "/checkout.html": ["/thanks.html"], "/thanks.html": ["/"],
         "/blog/": ["/blog/brewing.html", "/blog/water.html", "/"], "/blog/brewing.html": ["/shop/tea-green.html", "/blog/"],
         "/blog/water.html": ["/shop/kettle.html", "/blog/"], "/about.html": ["/"]}
ASSETS = ["/css/site.css", "/js/site.js", "/img/logo.svg"]
DOORS = ["/", "/", "/", "/shop/", "/blog/brewing.html", "/blog/water.html", "/shop/teapot.html"]
ORIGINS = ["", "", "https://search.example/?q=teapot", "https://news.example/item/42", "https://social.example/@tea"]
LOST = ["/favicon.ico", "/shop/old-kettle.html", "/wp-login.php", "/robots.txt", "/.env"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
          "Mobile/15E148 Safari/604.1",
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"]
BOT = "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/)"

CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; }}
    access_log {folder}/access.log combined; if_modified_since before;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/site;
        location = /checkout.html {{ limit_except GET HEAD POST {{ deny all; }} error_page 405 =303 /thanks.html; }}
        location = /old {{ return 301 /shop/; }}
    }}
}}
"""


def make_site(folder, rng):
    for path in [*PAGES, *ASSETS]:
        file = folder / (path[1:] + "index.html" if path.endswith("/") else path[1:])
        file.parent.mkdir(parents=True, exist_ok=True)
        words = " ".join(rng.choice(("tea", "water", "leaf", "cup", "steam", "kettle")) for _ in range(rng.randint(80, 900)))
        file.write_text(f"<!doctype html><title>{path}</title><p>{words}</p>\n", encoding="utf-8")


class Visitor(threading.Thread):
    def __init__(self, number, port, until, seed):
        super().__init__(daemon=True)
        self.rng = random.Random(seed * 1000 + number)
        self.is_bot = number % 13 == 12
        self.address = f"127.{self.rng.randint(1, 254)}.{self.rng.randint(0, 254)}.{self.rng.randint(2, 254)}"
        self.agent = BOT if self.is_bot else self.rng.choice(AGENTS)
        self.port = port
        self.until = until
        self.seen = set()

    def request(self, path, referrer="", method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, 5, source_address=(self.address, 0))
        headers = {"User-Agent": self.agent, "Host": "shop.example"}
        if referrer:
            headers["Referer"] = referrer
        if path in self.seen and self.rng.random() < 0.7:
            headers["If-Modified-Since"] = "Fri, 01 Jan 2038 00:00:00 GMT"  # a browser that has it: 304
        connection.request(method, path, headers=headers)
        connection.getresponse().read()
        connection.close()
        self.seen.add(path)

    def rest(self, seconds):
        time.sleep(max(0, min(seconds, self.until - time.monotonic())))

    def visit(self):
        page, referrer = self.rng.choice(DOORS), self.rng.choice(ORIGINS)
        for _ in range(self.rng.randint(1, 9)):
            self.request(page, referrer)
            here = f"http://shop.example{page}"
            for asset in ASSETS if not self.is_bot else ():
                if asset not in self.seen or self.rng.random() < 0.2:
                    self.request(asset, here)
            if self.rng.random() < 0.06:
                self.request(self.rng.choice(LOST), here)
            self.rest(0.05 if self.is_bot else self.rng.expovariate(1 / 1.5))
            if time.monotonic() > self.until:
                return
            if page == "/checkout.html":
                self.request(page, here, "POST")
            page, referrer = self.rng.choice(PAGES[page]), here

    def run(self):
        self.rest(self.rng.random() * 3)
        while time.monotonic() < self.until:
            self.visit()
            self.rest(self.rng.expovariate(1 / 6))
            self.seen.clear()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def await_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("nginx does not listen")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=75)
    parser.add_argument("--visitors", type=int, default=24)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", default=str(Path(__file__).with_name("access.log")))
    arguments = parser.parse_args()
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if nginx is None:
        raise SystemExit("nginx is not installed (Debian: apt-get install nginx-light)")

    with tempfile.TemporaryDirectory(prefix="weblog-") as name:
        folder, port = Path(name), free_port()
        make_site(folder / "site", random.Random(arguments.seed))
        folder.chmod(0o755)
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, port=port), encoding="utf-8")
        server = subprocess.Popen([nginx, "-p", name, "-c", str(config), "-e", str(folder / "error.log")])
        try:
            await_port(port)
            until = time.monotonic() + arguments.seconds
            visitors = [Visitor(number, port, until, arguments.seed) for number in range(arguments.visitors)]
            for visitor in visitors:
                visitor.start()
            for visitor in visitors:
                visitor.join(arguments.seconds + 30)
        finally:
            server.terminate()
            server.wait()
        shutil.copyfile(folder / "access.log", arguments.out)
    with open(arguments.out, encoding="utf-8") as log:
        print(f"{sum(1 for _ in log)} lines in {arguments.out}")


if __name__ == "__main__":
    main()
