"""GET /: the page that the program carries; and --static: files of a folder, never one outside of it."""

import base64
import hashlib
import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path
from urllib.parse import quote

from client import exchange
from harness import HttpCase
from server import ROOT, Server, run_program, seconds

WEB = ROOT / "web"


def page_of_the_project():
    """web/index.html with its style sheet and scripts inside."""
    def text(name):
        return (WEB / name).read_text(encoding="utf-8")

    def element(name):
        return lambda found: f"<{name}>\n{text(found[1])}</{name}>"

    page = re.sub('<link rel="stylesheet" href="(.*?)">', element("style"), text("index.html"))
    return re.sub('<script src="(.*?)"></script>', element("script"), page).encode()


PAGE = page_of_the_project()


def policy_of(answer):
    """{directive: its sources}"""
    rows = (row.split() for row in answer.header("Content-Security-Policy").split(";"))
    return {row[0]: row[1:] for row in rows if row}


class Page(HttpCase):
    def test_it_is_the_page_of_the_project(self):
        answer = self.get("/")
        self.assertEqual((answer.status, answer.header("Content-Type")), (200, "text/html; charset=utf-8"))
        self.assertEqual(answer.body, PAGE)
        self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")

    def test_head_and_wrong_methods(self):
        answer = self.request("HEAD", "/")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(int(answer.header("Content-Length")), len(PAGE))
        self.assert_problem(self.request("POST", "/", "{}"), 405, "method_not_allowed")

    def test_the_policy_lets_its_own_parts_run_and_nothing_else(self):
        policy = policy_of(self.get("/"))
        self.assertEqual(policy["default-src"], ["'none'"])
        self.assertEqual(policy["connect-src"], ["'self'"])
        self.assertEqual(policy["frame-ancestors"], ["'none'"])
        for directive, element in (("script-src", b"script"), ("style-src", b"style")):
            parts = re.findall(b"<%b[^>]*>(.*?)</%b>" % (element, element), PAGE, re.DOTALL)
            hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(part).digest()).decode()}'" for part in parts]
            self.assertTrue(hashes)
            self.assertEqual(policy[directive], hashes)

    def test_it_needs_nothing_from_elsewhere_and_breaks_no_policy(self):
        text = PAGE.decode()
        self.assertNotRegex(text, r"""(?:src|href)=["']?(?:https?:)?//""")
        self.assertNotRegex(text, r"<script src|<link rel=.stylesheet")
        self.assertNotRegex(text, r"<[^>]*\son[a-z]+=")  # handlers
        self.assertNotRegex(text, r"<[^>]*\sstyle=")

    def test_a_rebound_host_gets_no_page(self):
        self.assert_problem(self.get("/", {"Host": "evil.example"}), 403, "host_not_allowed")

    def test_without_a_folder_there_are_no_files(self):
        self.assert_problem(self.get("/index.html"), 404, "not_found")


class Folder(unittest.TestCase):
    """One folder and one server for all cases: they change neither but for files of their own."""

    @classmethod
    def setUpClass(cls):
        cls.outside = tempfile.mkdtemp(prefix="tailrace-static-")
        cls.addClassCleanup(shutil.rmtree, cls.outside)
        Path(cls.outside, "secret.txt").write_text("secret", encoding="utf-8")
        cls.folder = Path(cls.outside, "site")
        for name, content in (("index.html", "<p>mine</p>"), ("app.js", "1"), ("style.CSS", "p{}"), ("data.json", "{}"),
                              ("empty.txt", ""), ("noext", "x"), ("a b.txt", "space"), ("topics", "never"),
                              (".hidden", "secret"), ("deep/index.html", "<p>deep</p>"), ("deep/er/x.svg", "<svg/>"),
                              (".git/config", "secret"), ("livez/x.txt", "below")):
            path = cls.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        (cls.folder / "big.bin").write_bytes(os.urandom(3 << 20))
        (cls.folder / "link.txt").symlink_to("../secret.txt")
        (cls.folder / "up").symlink_to("..")
        (cls.folder / "inner.txt").symlink_to("app.js")
        os.mkfifo(cls.folder / "pipe")
        cls.server = Server("--static", cls.folder, data=cls.folder / "data")
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()
        cls.client = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def get(self, target, method="GET", headers=None):
        return self.client.request(method, target, headers=headers)

    def test_files_and_their_types(self):
        for target, kind, body in (("/app.js", "text/javascript; charset=utf-8", b"1"),
                                   ("/style.CSS", "text/css; charset=utf-8", b"p{}"),
                                   ("/data.json", "application/json", b"{}"), ("/empty.txt", "text/plain; charset=utf-8", b""),
                                   ("/noext", "application/octet-stream", b"x"), ("/a%20b.txt", "text/plain; charset=utf-8", b"space"),
                                   ("/deep/er/x.svg", "image/svg+xml", b"<svg/>"), ("/app.js?v=2&v=3", "text/javascript; charset=utf-8", b"1"),
                                   ("/index.html", "text/html; charset=utf-8", b"<p>mine</p>")):
            with self.subTest(target):
                answer = self.get(target)
                self.assertEqual((answer.status, answer.header("Content-Type"), answer.body), (200, kind, body))
                self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")

    def test_a_large_one_comes_whole(self):
        self.assertEqual(self.get("/big.bin").body, (self.folder / "big.bin").read_bytes())

    def test_index_html_stands_for_its_folder(self):
        self.assertEqual(self.get("/").body, b"<p>mine</p>")
        self.assertIsNone(self.get("/").header("Content-Security-Policy"))
        self.assertEqual(self.get("/deep/").body, b"<p>deep</p>")
        answer = self.get("/deep")
        self.assertEqual((answer.status, answer.header("Location")), (308, "/deep/"))
        self.assertEqual(self.get("/deep/er/").status, 404)

    def test_head(self):
        answer = self.get("/big.bin", "HEAD")
        self.assertEqual((answer.status, answer.header("Content-Length"), answer.body), (200, str(3 << 20), b""))

    def test_only_get_and_head(self):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = self.client.request(method, "/app.js", b"{}")
            self.assertEqual((answer.status, answer.header("Allow")), (405, "GET, HEAD, OPTIONS"))
        self.assertEqual(self.get("/app.js", "OPTIONS").status, 204)

    def test_etag(self):
        path = self.folder / "changing.txt"
        path.write_text("one", encoding="utf-8")
        first = self.get("/changing.txt")
        self.assertEqual(first.header("Cache-Control"), "no-cache")
        tag = first.header("ETag")
        for known in (tag, f'"other", W/{tag}'):
            again = self.get("/changing.txt", headers={"If-None-Match": known})
            self.assertEqual((again.status, again.body, again.header("ETag")), (304, b"", tag))
        path.write_text("three", encoding="utf-8")
        changed = self.get("/changing.txt", headers={"If-None-Match": tag})
        self.assertEqual((changed.status, changed.body), (200, b"three"))

    def test_etag_in_several_lines(self):
        tag = self.get("/app.js").header("ETag")
        data = (f"GET /app.js HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"other\"\r\nIf-None-Match: {tag}\r\n"
                "Connection: close\r\n\r\n")
        received, _ = exchange(self.server.address(), data.encode(), seconds(5))
        self.assertTrue(received.startswith(b"HTTP/1.1 304 "), received)

    def test_the_api_wins(self):
        self.assertIn(b'"topics":[', self.get("/topics").body)
        self.assertEqual(self.get("/livez").json(), {"status": "ok"})
        self.assertEqual(self.get("/livez/x.txt").body, b"below")  # no path of the API
        self.assertEqual(self.get("/topics/none").json()["code"], "topic_not_found")

    def test_nothing_outside(self):
        for target in ("/../secret.txt", "/deep/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
                       "/deep/..%2f..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/link.txt", "/up/secret.txt", "/up/", "/up",
                       "//secret.txt", "/" + quote(self.outside, safe="") + "/secret.txt", "/" + self.outside + "/secret.txt",
                       "/./app.js", "/deep//index.html", "/inner.txt", "/.hidden", "/.git/config", "/.git", "/app.js/",
                       "/app.js%00.txt", "/pipe", "/" + "x" * 300, "/" + "d/" * 40 + "x", "/..", "/.", "/deep/.."):
            with self.subTest(target):
                answer = self.get(target)
                self.assertIn(answer.status, (400, 404), answer)
                self.assertNotIn(b"secret", answer.body.replace(b"secret.txt", b""))
                self.assertEqual(answer.header("Content-Type"), "application/problem+json")

    def test_the_events_that_lie_in_it_are_not_served(self):
        self.assertTrue((self.folder / "data" / "CURRENT").exists())
        self.assertEqual(self.get("/data/CURRENT").status, 404)

    def test_origins_and_hosts_are_checked(self):
        self.assertEqual(self.get("/app.js", headers={"Origin": "https://evil.example"}).status, 403)
        self.assertEqual(self.get("/app.js", headers={"Host": "evil.example"}).status, 403)

    def test_metrics_count_them_under_one_name(self):
        self.get("/app.js")
        text = self.get("/metrics").body.decode()
        self.assertIn('route="/{file}",method="GET",status="200"', text)
        self.assertNotIn("app.js", text)

    def test_descriptors_are_given_back(self):
        def count():
            return len(os.listdir(f"/proc/{self.server.pid}/fd"))

        targets = ("/app.js", "/empty.txt", "/deep", "/deep/", "/big.bin", "/none", "/pipe", "/link.txt")
        for target in targets:
            self.get(target)
        before = count()
        tag = self.get("/app.js").header("ETag")
        for target in targets * 20:
            self.get(target)
            self.get(target, "HEAD")
            self.get(target, headers={"If-None-Match": tag})
        self.assertLessEqual(count(), before + 2)


class Start(unittest.TestCase):
    def test_what_is_no_folder_is_refused(self):
        for path in ("none-such", __file__):
            done = run_program("serve", "--listen", "127.0.0.1:0", "--engine", "memory", "--static", path)
            self.assertGreater(done.returncode, 0, done)
            self.assertIn("--static", done.stderr)

    def test_a_folder_without_an_index_keeps_the_page(self):
        with tempfile.TemporaryDirectory() as folder, Server("--static", folder, "--engine", "memory") as server:
            self.assertEqual(server.client().request("GET", "/").body, PAGE)


if __name__ == "__main__":
    unittest.main()
