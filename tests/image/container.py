"""Starts an image as `docker run --read-only -v VOLUME:/data` would, with crun, an OCI runtime."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

START_SECONDS = 15
STOP_SECONDS = 10
COMMAND_SECONDS = 20

# What Docker leaves to root in a container; the image's user has none of it.
CAPABILITIES = ["CAP_" + name for name in (
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID "
    "SYS_CHROOT").split()]

# Even without cgroups crun looks at how they are mounted, and refuses a mixture of the two versions.
CRUN = ["unshare", "--mount", "sh", "-c", 'mount -t cgroup2 none /sys/fs/cgroup && exec crun "$@"', "crun"]

_running = set()


class ContainerError(Exception):
    pass


class Volume:
    """A named volume: at first it has what the image has there, with its owner and mode."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="tailrace-volume-"))
        self.data = self.directory / "data"

    def fill(self, rootfs, where):
        image_folder = rootfs / where.lstrip("/")
        if self.data.exists():
            return
        if image_folder.is_dir():
            shutil.copytree(image_folder, self.data, symlinks=True)
            status = image_folder.stat()
            os.chown(self.data, status.st_uid, status.st_gid)
        else:
            self.data.mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)


def account(rootfs, user):
    """(uid, gid) of the image's USER: "name", "uid", or either with ":group"; nothing at all is root."""
    name, _, group = user.partition(":")
    accounts = _table(rootfs / "etc/passwd")
    if name.isdigit():
        uid, gid = int(name), next((int(row[3]) for row in accounts if row[2] == name), 0)
    else:
        row = next((row for row in accounts if row[0] == (name or "root")), None)
        if row is None:
            raise ContainerError(f"the image's user {name} has no account in it")
        uid, gid = int(row[2]), int(row[3])
    if group:
        groups = {row[0]: row[2] for row in _table(rootfs / "etc/group")}
        gid = int(groups.get(group, group))
    return uid, gid


def _table(path):
    return [line.split(":") for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _mount(destination, kind, *options, source=None):
    return {"destination": destination, "type": kind, "source": source or kind, "options": ["nosuid", *options]}


class Container:
    """One start of an image. `command` stands for the image's entry point and command when it is given."""

    def __init__(self, image, volume, command=None):
        self.image = image
        self.volume = volume
        self.command = command or (image.config.get("Entrypoint") or []) + (image.config.get("Cmd") or [])
        self.name = f"tailrace-{os.getpid()}-{time.monotonic_ns()}"
        self.process = None
        self._stack = ExitStack()

    def __enter__(self):
        try:
            return self._start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def __exit__(self, *_):
        _running.discard(self)
        if self.process and self.process.poll() is None:
            subprocess.run(self._crun("delete", "--force", self.name), check=False, capture_output=True, timeout=60)
            self.process.wait(COMMAND_SECONDS)
        self._stack.close()

    def execute(self, *command):
        """Runs a command in the container, as the image's user; gives its status and what it wrote."""
        uid, gid = self.account
        done = subprocess.run(self._crun("exec", "--user", f"{uid}:{gid}", self.name, *command), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS)
        return done.returncode, done.stdout + done.stderr

    def request(self, method, path, body=None):
        """(status, text) of a request. It goes to an address that only a server on all addresses answers: from outside,
        127.0.0.1 of a container is not reached."""
        data = () if body is None else ("--data-binary", body)
        code, text = self.execute("curl", "-s", "--max-time", "10", "-X", method, *data, "-w", "\\n%{http_code}",
                                  f"http://127.0.0.2:{self.port}{path}")
        if code != 0:
            return 0, text
        answer, _, status = text.rpartition("\n")
        return int(status), answer

    def wait_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while self.request("GET", "/readyz")[0] != 200:
            if self.process.poll() is not None:
                raise ContainerError(f"the server ended with {self.process.returncode}\n{self.output()}")
            if time.monotonic() > deadline:
                raise ContainerError(f"the server does not answer on port {self.port}\n{self.output()}")
            time.sleep(0.1)
        return self

    def healthy(self):
        """What the image's own health check says now."""
        test = (self.image.config.get("Healthcheck") or {}).get("Test") or ["NONE"]
        if test[0] == "NONE":
            raise ContainerError("the image has no health check")
        command = ["/bin/sh", "-c", test[1]] if test[0] == "CMD-SHELL" else test[1:]
        return self.execute(*command)[0] == 0

    def stop(self):
        """SIGTERM to the first process, as `docker stop` does; gives the exit status, or None when it does not end."""
        subprocess.run(self._crun("kill", self.name, "TERM"), check=True, capture_output=True, timeout=COMMAND_SECONDS)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def first_process(self):
        """/proc/PID/status of it, by field."""
        lines = Path(f"/proc/{self._state()['pid']}/status").read_text("ascii").splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def output(self):
        return (self.bundle / "output").read_text("utf-8", errors="replace")[-4000:]

    def _start(self):
        self.bundle = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tailrace-container-")))
        rootfs = self._stack.enter_context(self.image.mounted())
        self.account = account(rootfs, self.image.config.get("User") or "")
        where = next(iter(self.image.config.get("Volumes") or {}), "/data")
        self.volume.fill(rootfs, where)
        self.bundle.joinpath("config.json").write_text(json.dumps(self._specification(rootfs, where)), "utf-8")
        output = self._stack.enter_context(open(self.bundle / "output", "wb"))
        self.process = subprocess.Popen(self._crun("run", "--bundle", str(self.bundle), self.name),
                                        stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _running.add(self)
        self._wait_started()
        return self

    def _wait_started(self):
        """Until then a command run in it fails, whatever it is. One that has ended already counts as started."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and self._state().get("status") != "running":
            if time.monotonic() > deadline:
                raise ContainerError(f"the container does not start\n{self.output()}")
            time.sleep(0.02)

    def _state(self):
        done = subprocess.run(self._crun("state", self.name), check=False, capture_output=True, text=True,
                              timeout=COMMAND_SECONDS)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def _specification(self, rootfs, volume_path):
        uid, gid = self.account
        effective = CAPABILITIES if uid == 0 else []
        return {
            "ociVersion": "1.0.0",
            "process": {
                "user": {"uid": uid, "gid": gid},
                "args": self.command,
                "env": self.image.config.get("Env") or [],
                "cwd": self.image.config.get("WorkingDir") or "/",
                "capabilities": {"bounding": CAPABILITIES, "effective": effective, "permitted": effective},
                "noNewPrivileges": True,
            },
            "root": {"path": str(rootfs), "readonly": True},
            "hostname": "tailrace",
            "mounts": [
                _mount("/proc", "proc", "noexec", "nodev"),
                _mount("/dev", "tmpfs", "mode=755", "size=65536k"),
                _mount("/dev/pts", "devpts", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"),
                _mount("/dev/shm", "tmpfs", "noexec", "nodev", "mode=1777", "size=65536k"),
                _mount(volume_path, "bind", "rbind", "rw", source=str(self.volume.data)),
            ],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]},
        }

    @property
    def port(self):
        """The one that the image says it serves on."""
        ports = [name.partition("/")[0] for name in self.image.config.get("ExposedPorts") or {}]
        return ports[0] if ports else "8080"

    def _crun(self, *arguments):
        return [*CRUN, "--root", str(self.bundle / "state"), "--cgroup-manager=disabled", *arguments]


@atexit.register
def _end_all():
    for container in list(_running):
        container.__exit__(None, None, None)


def exit_on_sigterm():
    """A SIGTERM to the tests still runs what ends the containers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
