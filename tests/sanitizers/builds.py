"""Where the builds lie that these tests look at."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VARIANTS = ("debug-asan", "debug-tsan")


def build(variant, path=""):
    """A file of a build, which must be there: a test that finds none has found out nothing."""
    found = Path(os.environ.get("SANITIZER_BUILDS", ROOT / "build"), variant, path)
    if not found.exists():
        raise AssertionError(f"{found} is not there: ./dev build {variant}")
    return found
