"""Builds images with buildah: from the Dockerfile's own instructions, in a store of its own under build/."""

import json
import os
import resource
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 900
STEP_SECONDS = 300
PROCESSES_MAX = 4096  # of a build, at the most
DRIVERS = ("overlay", "vfs")  # the second is slow and works where the first cannot

# Debian's slim images have these settings: dpkg does not wait for the disk and installs nothing for people to read, apt
# keeps no packages and no caches.
SLIM_SETTINGS = {
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/dpkg/dpkg.cfg.d/docker": "".join(f"path-exclude /usr/share/{name}/*\n" for name in (
        "doc", "groff", "info", "linda", "lintian", "locale", "man")),
    "etc/apt/apt.conf.d/docker-clean": 'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";\n'
                                       'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\n',
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
}


class BuildError(Exception):
    pass


def run(command, limit=STEP_SECONDS, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=limit, check=False, **options)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout


def own_limits():
    """Limits for what is run in a build. Buildah would raise those that it inherits, which not every root may; and it
    lowers its own number of processes before it begins."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    if processes == resource.RLIM_INFINITY or processes > PROCESSES_MAX:
        processes = PROCESSES_MAX
    return [f"--ulimit=nofile={files[0]}:{files[1]}", f"--ulimit=nproc={processes}:{processes}"]


class Builder:
    """`cache` outlives a run: the base image and the steps of builds are found there again."""

    def __init__(self, cache):
        self.cache = Path(cache)
        self.driver = self._usable_driver()

    def import_base(self, tarball, name):
        """Makes the tarball of a root known as `name`, the way a registry's image would be. Once for each tarball."""
        stamp = self.cache / f"base.{self.driver}"
        seal = f"{name} {tarball.stat().st_mtime_ns} {SLIM_SETTINGS}"
        if stamp.exists() and stamp.read_text("utf-8") == seal and self._knows(name):
            return
        container = self._buildah("from", "scratch").strip()
        try:
            rootfs = Path(self._buildah("mount", container).strip())
            run(["tar", "-C", str(rootfs), "--numeric-owner", "-xf", str(tarball)])
            for path, text in SLIM_SETTINGS.items():
                rootfs.joinpath(path).write_text(text, "utf-8")
            self._buildah("config", "--cmd", "bash", container)
            self._buildah("commit", "--quiet", "--format", "docker", container, f"docker.io/library/{name}")
        finally:
            self._buildah("rm", container)
        stamp.write_text(seal, "utf-8")

    def build(self, dockerfile, name, target=None, keep_steps=True):
        """Carries out the text of a Dockerfile on the project's tree. Steps that were kept are not repeated; to look for
        them costs more than steps that only copy."""
        with tempfile.NamedTemporaryFile("w", prefix="Dockerfile.", encoding="utf-8") as file:
            file.write(dockerfile)
            file.flush()
            stage = ("--target", target) if target else ()
            layers = f"--layers={'true' if keep_steps else 'false'}"
            # An image in OCI's own format would have no health check.
            self._buildah("build", "--pull-never", layers, "--isolation", "chroot", "--format", "docker",
                          *own_limits(), *stage, "--tag", name, "--file", file.name, str(ROOT), limit=BUILD_SECONDS)
        if not keep_steps:
            self._buildah("rm", "--all")  # containers of the stages that were copied from stay mounted
        return Image(self, name)

    def inspect(self, name):
        return json.loads(self._buildah("inspect", "--type", "image", name))["Docker"]["config"]

    @contextmanager
    def mounted(self, name):
        """The root of the image as a folder that nobody writes to."""
        container = self._buildah("from", "--pull-never", name).strip()
        try:
            yield Path(self._buildah("mount", container).strip())
        finally:
            self._buildah("rm", container)

    def forget(self, name):
        self._buildah("rmi", "--force", name)

    def prune(self):
        """Removes the steps of builds that no image is made of any more."""
        self._buildah("rmi", "--prune", "--force")

    def _knows(self, name):
        return f"docker.io/library/{name}" in self._buildah("images", "--format", "{{.Name}}:{{.Tag}}").split()

    def _usable_driver(self):
        """The first driver with which a container can be mounted here."""
        for driver in DRIVERS:
            self.driver = driver
            self.cache.joinpath(driver).mkdir(parents=True, exist_ok=True)
            try:
                container = self._buildah("from", "scratch").strip()
                try:
                    self._buildah("mount", container)
                finally:
                    self._buildah("rm", container)
                return driver
            except BuildError as error:
                reason = error
        raise BuildError(f"no storage driver works here: {reason}")

    def _buildah(self, *arguments, limit=STEP_SECONDS):
        store = self.cache / self.driver
        where = ("--root", str(store / "store"), "--runroot", str(store / "run"), "--storage-driver", self.driver)
        return run(["buildah", *where, *arguments], limit, env=os.environ | {"BUILDAH_ISOLATION": "chroot"})


class Image:
    """What the tests want to know of a built image."""

    def __init__(self, builder, name):
        self.builder = builder
        self.name = name
        self.config = builder.inspect(name)

    def mounted(self):
        return self.builder.mounted(self.name)
