"""The virtual environment with what requirements.txt locks: made when it is missing or the lock has changed. Several may
want it at once, such as steps of ./dev test: one makes it, the others wait."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.txt"
INSTALL_SECONDS = 400
MARK = "installed.txt"


def _wanted(locks):
    """What an environment must have been made from: these locks, by this Python."""
    return "".join(f"{line}\n" for line in (sys.version, *(hashlib.sha256(lock.read_bytes()).hexdigest()
                                                          for lock in locks)))


def _is_good(folder, locks):
    try:
        return (folder / MARK).read_text(encoding="utf-8") == _wanted(locks)
    except OSError:
        return False


@contextmanager
def _one_at_a_time(folder):
    """The kernel ends the turn of a process that dies."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + INSTALL_SECONDS
    with open(folder.with_name(f"{folder.name}.lock"), "w", encoding="ascii") as turn:
        while True:
            try:
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"somebody has been making {folder} for {INSTALL_SECONDS} s") from None
                time.sleep(0.05)
        yield


def install(folder, lock=LOCK):
    """Makes it anew, with what this lock names."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=INSTALL_SECONDS)
    # Whole and exact: wheels alone, each with its hash in the lock, and nothing that the lock does not name. Python
    # compiles what is imported when it is imported first; most of these packages' modules never are.
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps",
                    "--no-compile", "--only-binary", ":all:", "--requirement", lock], check=True, timeout=INSTALL_SECONDS)
    subprocess.run([folder / "bin/python", "-m", "pip", "check"], check=True, timeout=INSTALL_SECONDS)


def make(folder, installer=install, locks=(LOCK,)):
    """When this returns, the installer has made it from these locks."""
    with _one_at_a_time(folder):
        if not _is_good(folder, locks):
            print(f"making {folder}", flush=True)
            installer(folder)
            (folder / MARK).write_text(_wanted(locks), encoding="utf-8")


def enter(folder):
    """Goes on as the environment's Python, with the same arguments. Returns when this is that Python already."""
    folder = Path(folder).resolve()
    if Path(sys.prefix).resolve() == folder:
        return
    make(folder)
    os.execv(folder / "bin/python", [str(folder / "bin/python"), *sys.argv])
