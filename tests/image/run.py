#!/usr/bin/env python3
"""Builds the image from the Dockerfile's own instructions and tests what comes out; see README.md. Must be root.
The last line is `image: N passed, N failed`."""

import argparse
import os
import re
import sys
import tempfile
import time
import unittest
from pathlib import Path

from builder import ROOT, Builder, BuildError, run
from container import exit_on_sigterm
from image_tests import ImageTest, strangers
from saboteurs import SABOTEURS, parted, sabotaged

IMAGE = "localhost/tailrace"
BUILD_STAGE = "build"


def base_of(dockerfile):
    """(name, Debian's codename) of the one image from a registry that the Dockerfile begins with."""
    stages, names = set(), set()
    for name, stage in re.findall(r"^FROM (\S+)(?: AS (\S+))?$", dockerfile, re.MULTILINE):
        if name not in stages:
            names.add(name)
        stages.add(stage)
    if len(names) != 1 or not (codename := re.fullmatch(r"debian:(\w+)-slim", only := names.pop())):
        raise BuildError("the Dockerfile must begin with one of Debian's slim images, and only one")
    return only, codename.group(1)


def attempt(image, source, test):
    """What went wrong with one test of an image, or nothing."""
    case = type("Case", (ImageTest,), {"image": image, "source": source})(f"test_{test}")
    result = unittest.TestResult()
    case.run(result)
    return "\n".join(text for _, text in result.failures + result.errors)


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, began, wrong):
        self.passed, self.failed = self.passed + (not wrong), self.failed + bool(wrong)
        print(f"{'FAILED' if wrong else 'passed'}  {name}  {time.monotonic() - began:.1f} s", flush=True)
        if wrong:
            print(wrong, flush=True)


def test_image(report, image, source):
    for name in unittest.defaultTestLoader.getTestCaseNames(ImageTest):
        began = time.monotonic()
        report.add(name, began, attempt(image, source, name.removeprefix("test_")))


def test_strangers(report):
    """A build with an ignore file that ignores nothing would take as long as all the rest: its result is laid out."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tailrace-source-") as folder:
        for name in (".git", "build/release", "build/image"):
            Path(folder, name).mkdir(parents=True)
        wrong = "" if strangers(Path(folder)) == [".git", "build/image"] else "strangers in the build are not reported"
    report.add("saboteur: nothing is ignored", began, wrong)


def test_saboteur(report, builder, dockerfile, saboteur, source):
    began = time.monotonic()
    name = f"{IMAGE}-saboteur"
    try:
        image = builder.build(sabotaged(dockerfile, saboteur), name, keep_steps=False)
        wrong = "" if attempt(image, source, saboteur.test) else f"test_{saboteur.test} does not report it"
        builder.forget(name)
    except (BuildError, LookupError) as error:
        wrong = str(error)
    report.add(f"saboteur: {saboteur.name}", began, wrong)


def test_saboteurs(report, builder, dockerfile, source):
    """Their Dockerfiles begin with images of what goes before the faults, which is built already."""
    begun, rest = parted(dockerfile)
    base = builder.build(begun, f"{IMAGE}-begun")
    short = f"FROM {source.name} AS {BUILD_STAGE}\nFROM {base.name}\n{rest}"
    for saboteur in SABOTEURS:
        test_saboteur(report, builder, short, saboteur, source)


def build(builder, dockerfile, cache):
    name, codename = base_of(dockerfile)
    tarball = cache / f"debian-{codename}.tar"
    run(["sh", str(ROOT / "tools/cleanroom/debian_root.sh"), codename, str(tarball)], 600)
    builder.import_base(tarball, name)
    source = builder.build(dockerfile, f"{IMAGE}-{BUILD_STAGE}", BUILD_STAGE)
    return builder.build(dockerfile, IMAGE), source


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="what is kept between runs lies in there")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("image: mounting and changing root need root")
    exit_on_sigterm()

    report = Report()
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    began = time.monotonic()
    try:
        builder = Builder(arguments.build / "image")
        image, source = build(builder, dockerfile, arguments.build / "cache")
        report.add(f"build ({builder.driver})", began, "")
    except BuildError as error:
        report.add("build", began, str(error))
    else:
        test_image(report, image, source)
        test_strangers(report)
        test_saboteurs(report, builder, dockerfile, source)
        builder.prune()
    print(f"image: {report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
