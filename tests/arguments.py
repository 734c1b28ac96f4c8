"""What the stages on the program have in common: the argument that names it, and that it is there."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def parser_with_binary(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--binary", type=Path, default=ROOT / "build/test/tailrace", help="the program to test")
    return parser


def program_at(path, stage):
    """The whole path of it. Ends the stage when nothing can be run there."""
    if not os.access(path, os.X_OK):
        sys.exit(f"{stage}: no program at {path}")
    return path.resolve()
