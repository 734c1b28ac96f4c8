"""The clients as the locks have them: those of PyPI, Node among them, in a virtual environment, and those of npm beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "openapi"))

import environment  # noqa: E402: of tests/openapi

LOCK = HERE / "requirements.txt"
NODE_LOCKS = tuple(HERE / name for name in ("package.json", "package-lock.json"))
INSTALL_SECONDS = 200


def variables(folder):
    """Of this process, with the environment's programs first and npm's packages found, and no proxy before the server."""
    kept = {name: value for name, value in os.environ.items()
            if name.lower() not in ("http_proxy", "all_proxy", "pythonpath", "node_options")}
    return kept | {"PATH": f"{folder / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}",
                   "NODE_PATH": str(folder / "node/node_modules")}


def _install(folder):
    environment.install(folder, LOCK)
    node = folder / "node"
    node.mkdir()
    for lock in NODE_LOCKS:
        shutil.copy(lock, node / lock.name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], cwd=node,
                   env=variables(folder), check=True, timeout=INSTALL_SECONDS, stdout=subprocess.DEVNULL)


def make(folder):
    """When this returns, all of it is there. Gives the folder's whole path."""
    folder = folder.resolve()
    environment.make(folder, _install, (LOCK, *NODE_LOCKS))
    return folder
