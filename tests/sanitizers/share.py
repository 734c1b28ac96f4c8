"""Which cases of tests/http run in which build, as meson has it."""

import json
import subprocess
import sys
from pathlib import Path

from builds import ROOT, build

SHARE_MIN = 0.9
HTTP = ROOT / "tests/http/run.py"


def modules(variant):
    """The modules of tests/http that are tests of a build."""
    told = subprocess.run(["meson", "introspect", "--tests", build(variant)], stdin=subprocess.DEVNULL, check=True,
                          capture_output=True, text=True, timeout=60)
    return {test["name"] for test in json.loads(told.stdout) if str(HTTP) in test["cmd"]}


def cases(*chosen):
    """The names of the cases that tests/http/run.py would run of these modules; of all without any."""
    done = subprocess.run([sys.executable, HTTP, "--list", *chosen], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=True)
    return set(done.stdout.splitlines())
