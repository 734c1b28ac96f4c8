"""Which cases of tests/http run in which build, as meson has it."""

import json
import subprocess
import sys

from builds import ROOT, build

SHARE_MIN = 0.9
HTTP = "tests/http/run.py"


def modules(variant):
    """The modules of tests/http that are tests of a build."""
    told = subprocess.run(["meson", "introspect", "--tests", build(variant)], stdin=subprocess.DEVNULL, check=True,
                          capture_output=True, text=True, timeout=60)
    found = {test["name"] for test in json.loads(told.stdout) if any(word.endswith(HTTP) for word in test["cmd"])}
    if not found:
        raise AssertionError(f"build/{variant} has no tests of tests/http")
    return found


def cases(*chosen):
    """The names of the cases that tests/http/run.py would run of these modules; of all without any."""
    done = subprocess.run([sys.executable, ROOT / HTTP, "--list", *chosen], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=True)
    return set(done.stdout.splitlines())
