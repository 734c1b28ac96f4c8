#!/usr/bin/env python3
"""Which packages ./dev asks for, and what it says where it cannot go on. The last line says how many passed and failed."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
SECONDS = 30

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'
MINT = 'PRETTY_NAME="Linux Mint 22"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
FEDORA = 'PRETTY_NAME="Fedora Linux 43"\nID=fedora\n'
GOOD = {"meson": "1.3.2-1ubuntu1", "librocksdb-dev": "8.9.1-2build2", "libmicrohttpd-dev": "1:1.0.1-1",
        "libjansson-dev": "2.14-2build2", "check": "0.15.2-2", "zlib1g-dev": "1:1.3.dfsg-3", "libzstd-dev": "1.5.5"}

# No package is there until apt-get has installed it.
PROGRAMS = {
    "apt-get": 'echo "apt-get $*" >>"$CALLS"\ncase "$*" in *install*) touch "$CALLS.installed" ;; esac\n',
    "apt-cache": 'v=$(sed -n "s/^$2 //p" "$VERSIONS")\n[ -z "$v" ] || printf \'%s:\\n  Candidate: %s\\n\' "$2" "$v"\n',
    "dpkg-query": '[ -e "$CALLS.installed" ] || exit 1\ncase "$*" in\n*Version*) for p; do :; done\n'
                  'printf "installed %s" "$(sed -n "s/^$p //p" "$VERSIONS")" ;;\n*) printf installed ;;\nesac\n',
    "sudo": '[ "$1" != -n ] || shift\nexec "$@"\n',
    "meson": 'echo "meson $*" >>"$CALLS"\n',
    "ninja": 'echo "ninja $*" >>"$CALLS"\n',
}


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tailrace-install-")
        self.addCleanup(folder.cleanup)
        self.place = Path(folder.name)
        self.place.chmod(0o755)
        self.project = self.place / "project"
        for name in ("dev", "meson.build", "tests/meson.build"):
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.project / name)
        shutil.copytree(ROOT / "tools", self.project / "tools")
        (self.place / "bin").mkdir()
        for name, text in PROGRAMS.items():
            self.program(name, text)
        self.calls = self.place / "calls"

    def program(self, name, text):
        path = self.place / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
        path.chmod(0o755)

    def dev(self, *words, system=DEBIAN, versions=GOOD, front=()):
        (self.place / "os-release").write_text(system, encoding="utf-8")
        (self.place / "versions").write_text("".join(f"{name} {version}\n" for name, version in versions.items()),
                                             encoding="utf-8")
        environment = {"PATH": f"{self.place}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.place),
                       "CALLS": str(self.calls), "VERSIONS": str(self.place / "versions"),
                       "TAILRACE_OS_RELEASE": str(self.place / "os-release")}
        return subprocess.run([*front, "sh", self.project / "dev", *words], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS, check=False)

    def called(self, program):
        text = self.calls.read_text(encoding="utf-8") if self.calls.exists() else ""
        return [line for line in text.splitlines() if line.startswith(program)]

    def assert_refused(self, done, *parts):
        self.assertNotEqual(done.returncode, 0, done)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(self.called("meson"), [])

    def test_systems_like_debian_install_the_same_way(self):
        for system in (DEBIAN, UBUNTU, MINT):
            with self.subTest(system):
                for path in self.place.glob("calls*"):
                    path.unlink()
                done = self.dev("build", system=system)
                self.assertEqual(done.returncode, 0, done.stderr)
                wanted = self.called("apt-get install") or self.called("apt-get -o")
                self.assertIn(" librocksdb-dev ", wanted[0])
                self.assertNotIn(" check", wanted[0], "the server needs no libcheck")
                self.assertIn("--buildtype=release", self.called("meson")[0])
                self.assertNotIn("tests=true", self.called("meson")[0])

    def test_a_version_that_is_too_old(self):
        done = self.dev("build", system=UBUNTU, versions=GOOD | {"librocksdb-dev": "6.11.4-3"})
        self.assert_refused(done, "librocksdb-dev 6.11.4-3", "librocksdb-dev 7.8.3 or newer", "Ubuntu 24.04 LTS")
        self.assertFalse([call for call in self.called("apt-get") if "install" in call], "nothing was installed in vain")

    def test_a_package_that_is_not_there(self):
        done = self.dev("build", versions={name: version for name, version in GOOD.items() if name != "meson"})
        self.assert_refused(done, "no package meson", "meson 1.0.0 or newer")

    def test_what_is_installed_is_too_old(self):
        self.dev("build")
        self.calls.unlink()
        done = self.dev("build", versions=GOOD | {"libjansson-dev": "2.13-1"})
        self.assert_refused(done, "libjansson-dev 2.13-1", "2.14 or newer")

    def test_another_system(self):
        self.program("pkg-config", "exit 1\n")
        done = self.dev("build", system=FEDORA)
        self.assert_refused(done, "Fedora Linux 43 lacks", "jansson", "librocksdb-dev")
        self.assertEqual(self.called("apt-get"), [])

    def test_a_build_of_somebody_else(self):
        (self.calls.with_name("calls.installed")).touch()
        (self.project / "build").mkdir(mode=0o555)
        front = NOBODY if os.geteuid() == 0 else ()
        self.assert_refused(self.dev("build", front=front), "build belongs to", "Remove it")


if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Install))
    failed = len(result.failures) + len(result.errors) + len(result.skipped)
    print(f"install: {result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed or not result.testsRun else 0)
