#!/usr/bin/env python3
"""Runs the fuzz targets, several at a time, each for some seconds from the corpus in the tree. Prints what each did,
what it found as hex and text, and last `fuzz: N passed, N failed`. With --planted the programs that hold a fault are
run instead: each must be caught. With --minimise the corpora lose what reaches nothing that the rest does not."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from libfuzzer import Finding, fuzz, merge

HERE = Path(__file__).resolve().parent
RUNS_MIN = 1000
SHOWN_BYTES_MAX = 2048
PROGRESS = re.compile(r"#|\"")  # of libFuzzer, and the words it would like to be given
DICTIONARIES = {
    "body": "json.dict",
    "guard": "guard.dict",
    "json_jansson": "json.dict",
    "json_scan": "json.dict",
    "key_pointer": "json.dict",
    "query": "query.dict",
    "stream_text": "json.dict",
    "timestamp": "query.dict",
}


def targets():
    return sorted(path.stem for path in HERE.glob("*.c") if path.stem != "fuzz")


def fault_of(report):
    """What is wrong with a run that should have found nothing; None: nothing."""
    if report.fault:
        return report.fault
    if report.runs < RUNS_MIN:
        return f"only {report.runs} inputs were tried"
    if report.coverage == 0:
        return "no edge was covered: this is not instrumented"
    return None


def missed_of(report):
    """The same for a run that should have been stopped by a property or a sanitizer."""
    if report.fault is None:
        return f"the planted fault was not found in {report.runs} runs"
    if report.finding is not Finding.CRASH or not report.inputs:
        return f"stopped, but not by what it found: {report.fault}"
    return None


def show_input(path):
    data = path.read_bytes()
    print(f"    {path}: {len(data)} bytes")
    for at in range(0, min(len(data), SHOWN_BYTES_MAX), 16):
        row = data[at:at + 16]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7f else "." for byte in row)
        print(f"      {at:04x}  {row.hex(' '):47}  {text}")
    if len(data) > SHOWN_BYTES_MAX:
        print(f"      and {len(data) - SHOWN_BYTES_MAX} bytes more")


def run_one(target, arguments):
    """A report, and what is wrong with it."""
    kind = "planted" if arguments.planted else "fuzz"
    program = arguments.build.resolve() / "tests" / "fuzz" / f"{kind}_{target}"
    crashes = arguments.build / "crashes" / f"{kind}_{target}"
    shutil.rmtree(crashes, ignore_errors=True)
    crashes.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="tailrace-fuzz-") as work:
        corpus = Path(work, "corpus")
        shutil.copytree(HERE / "corpus" / target, corpus)
        dictionary = HERE / DICTIONARIES[target] if target in DICTIONARIES else None
        report = fuzz(program, corpus, crashes, arguments.seconds, dictionary)
    return report, missed_of(report) if arguments.planted else fault_of(report)


def is_named(path):
    """A seed that somebody made, and named, stays; libFuzzer names those that it found by their hash."""
    return not re.fullmatch(r"[0-9a-f]{40}", path.name)


def minimise(target, build):
    """Takes from the corpus what was found once and reaches no edge that the others do not. Gives (before, after)."""
    corpus = HERE / "corpus" / target
    before = sorted(corpus.iterdir())
    with tempfile.TemporaryDirectory(prefix="tailrace-fuzz-") as work:
        for path in filter(is_named, before):
            shutil.copy(path, work)
        merge(build.resolve() / "tests" / "fuzz" / f"fuzz_{target}", work, corpus)
        kept = {path.read_bytes() for path in Path(work).iterdir()}
    for path in before:
        if not is_named(path) and path.read_bytes() not in kept:
            path.unlink()
    return len(before), len(list(corpus.iterdir()))


def print_one(target, report, wrong, planted):
    did = f"{target:14} {report.runs:10} runs {report.seconds:6.1f} s"
    if planted and not wrong:
        print(f"{did}  caught by {report.fault}", flush=True)
        return
    print(f"{did}  {report.coverage:5} edges {report.features:6} features {report.new_units:6} new inputs"
          f"{'  FAILED: ' + wrong if wrong else ''}", flush=True)
    if wrong:
        print("\n".join(line for line in report.log.split("\n") if not PROGRESS.match(line))[-8000:])
        for path in report.inputs:
            show_input(path)


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="the build with -Dfuzz=true")
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time")
    parser.add_argument("--target", action="append", choices=targets(), help="only this one; may be given again")
    parser.add_argument("--planted", action="store_true", help="the programs with a fault: each must be caught")
    parser.add_argument("--minimise", action="store_true", help="shrink the corpora instead, in the tree")
    return parser.parse_args(argv)


def main(argv):
    arguments = parse(argv)
    chosen = arguments.target or targets()
    if arguments.minimise:
        for target in chosen:
            print(f"{target:14} {'%4d seeds, %4d left' % minimise(target, arguments.build)}", flush=True)
        return 0
    failed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        runs = [(target, pool.submit(run_one, target, arguments)) for target in chosen]
        for target, run in runs:
            try:
                report, wrong = run.result()
            except (OSError, subprocess.SubprocessError) as error:
                print(f"{target:14} FAILED: {error}", flush=True)
                failed += 1
                continue
            print_one(target, report, wrong, arguments.planted)
            failed += wrong is not None
    print(f"{'planted' if arguments.planted else 'fuzz'}: {len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
