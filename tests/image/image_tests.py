"""What the image promises to those who start it. Each test starts containers of its own."""

import os
import re
import stat
import unittest

from builder import ROOT
from container import Container, Volume

COMPILERS = re.compile(r"(?:.*-)?(?:gcc|g\+\+|cc|c\+\+|cpp|clang|tcc|ld|as|make|ninja|meson|pkg-config)(?:-[\d.]+)?")
EVENT = '{"n":1.10}'
READ_ONLY = ("/", "/bin", "/etc", "/home", "/opt", "/run", "/tmp", "/usr/local/bin", "/usr/share", "/var", "/var/tmp")
BYTES_MAX = 300 << 20


def compilers(rootfs):
    """Paths of what builds programs, in the folders of programs."""
    folders = [rootfs / name for name in ("usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")]
    return sorted(path.name for folder in folders if folder.is_dir() for path in folder.iterdir()
                  if COMPILERS.fullmatch(path.name))


def development_packages(rootfs):
    text = (rootfs / "var/lib/dpkg/status").read_text("utf-8")
    return sorted(re.findall(r"^Package: (\S+-dev|build-essential|binutils|git)$", text, re.MULTILINE))


def changeable(rootfs, uid, gid):
    """Paths that the account may change, but for the volume and the sticky folders that are everyone's."""
    found = []
    for folder, folders, names in os.walk(rootfs):
        for name in folders + names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            mode = status.st_mode
            if stat.S_ISLNK(mode) or (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
                continue
            if status.st_uid == uid or (status.st_gid == gid and mode & stat.S_IWGRP) or mode & stat.S_IWOTH:
                found.append("/" + os.path.relpath(path, rootfs))
    return [path for path in found if path != "/data"]


def strangers(source):
    """What .dockerignore keeps out of the build, and is there."""
    built = source / "build"
    inside = {f"build/{path.name}" for path in built.iterdir()} if built.is_dir() else set()
    return sorted((inside - {"build/release", "build/logs"}) |
                  {name for name in (".git", ".ci", "tailrace-data", "Dockerfile") if (source / name).exists()})


class ImageTest(unittest.TestCase):
    image = None  # a builder.Image, set by whoever runs the tests
    source = None  # the image of the stage that builds

    def setUp(self):
        self.volume = self.enterContext(Volume())

    def start(self, command=None):
        return self.enterContext(Container(self.image, self.volume, command))

    def serve(self):
        return self.start().wait_ready()

    def test_serves(self):
        server = self.serve()
        self.assertEqual(server.request("PUT", "/topics/clicks")[0], 201)
        self.assertEqual(server.request("POST", "/topics/clicks/events", EVENT)[0], 200)
        status, text = server.request("GET", "/topics/clicks/events")
        self.assertEqual(status, 200)
        self.assertIn(f'"value":{EVENT}', text)

    def test_is_not_root(self):
        process = self.serve().first_process()
        self.assertNotIn("0", process["Uid"].split())
        self.assertNotIn("0", process["Gid"].split())
        self.assertEqual(int(process["CapEff"], 16), 0)

    def test_is_healthy(self):
        self.assertTrue(self.serve().healthy())

    def test_health_check_sees_a_server_that_is_not_there(self):
        self.assertFalse(self.start(["sleep", "60"]).healthy())

    def test_stops_on_sigterm(self):
        self.assertEqual(self.serve().stop(), 0)

    def test_data_is_in_the_volume(self):
        self.assertEqual(list(self.image.config.get("Volumes") or {}), ["/data"])
        first = self.serve()
        self.assertEqual(first.request("PUT", "/topics/kept")[0], 201)
        self.assertEqual(first.request("POST", "/topics/kept/events", EVENT)[0], 200)
        self.assertEqual(first.stop(), 0)
        self.assertIn(f'"value":{EVENT}', self.serve().request("GET", "/topics/kept/events")[1])

    def test_writes_nowhere_else(self):
        server = self.serve()
        for folder in READ_ONLY:
            self.assertNotEqual(server.execute("touch", f"{folder}/written")[0], 0, folder)
        self.assertEqual(server.execute("touch", "/data/written")[0], 0)

    def test_owns_only_its_data(self):
        with self.image.mounted() as rootfs:
            server = self.start(["sleep", "60"])
            self.assertEqual(changeable(rootfs, *server.account), [])

    def test_has_no_compiler(self):
        with self.image.mounted() as rootfs:
            self.assertEqual(compilers(rootfs), [])
            self.assertEqual(development_packages(rootfs), [])

    def test_is_small(self):
        with self.image.mounted() as rootfs:
            size = sum(os.lstat(os.path.join(folder, name)).st_size
                       for folder, _, names in os.walk(rootfs) for name in names)
        print(f"the image has {size >> 20} MiB", flush=True)
        self.assertLess(size, BYTES_MAX)

    def test_carries_the_license(self):
        with self.image.mounted() as rootfs:
            self.assertEqual((rootfs / "usr/share/doc/tailrace/LICENSE").read_bytes(), (ROOT / "LICENSE").read_bytes())

    def test_build_takes_only_what_belongs_to_it(self):
        with self.source.mounted() as rootfs:
            self.assertTrue((rootfs / "src/build/release/tailrace").exists(), "there is no build to look at")
            self.assertEqual(strangers(rootfs / "src"), [])
