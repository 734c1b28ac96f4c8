#!/usr/bin/env python3
"""Clients made from openapi.yaml: the generators that people use take it without a warning, and what two of them make
works against the server. See README.md. The last line is `clients: N passed, N failed`."""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import generators
import programs
import spoiled
from toolbox import make

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests"), str(ROOT / "tests/http")]

from arguments import parser_with_binary, program_at  # noqa: E402: they lie in other folders
from results import Results  # noqa: E402
from server import Server, exit_on_sigterm  # noqa: E402

DOCUMENT = ROOT / "openapi.yaml"

JOBS = 2
PROGRAM_SECONDS = 60


def parse_arguments():
    parser = parser_with_binary(__doc__)
    parser.add_argument("--environment", type=Path, default=ROOT / "build/clients",
                        help="where the generators are; made when it is missing or a lock has changed")
    return parser.parse_args()


def generate(toolbox, folder):
    """{generator: outcome} with the document as it is."""
    with ThreadPoolExecutor(JOBS) as pool:
        runs = {name: pool.submit(generator, toolbox, DOCUMENT, folder / name)
                for name, generator in generators.ALL.items()}
        return {name: run.result() for name, run in runs.items()}


def check_spoiled(toolbox, folder, results):
    """A document that a generator does not like is noticed."""
    tree = toolbox.read_yaml(DOCUMENT)
    jobs = [(name, *spoiled.document(tree, name)) for name in generators.ALL]

    def faults(name, change, document, _reason):
        place = folder / f"{name} {change}".replace(" ", "-")
        path = place.with_suffix(".json")
        path.write_text(json.dumps(document), encoding="utf-8")
        return generators.ALL[name](toolbox, path, place).faults

    with ThreadPoolExecutor(JOBS) as pool:
        for (name, change, _, reason), found in zip(jobs, pool.map(lambda job: faults(*job), jobs), strict=True):
            noticed = any(reason in fault for fault in found)
            results.add(f"{name}, {change} is noticed", [] if noticed else [f"nothing says: {reason}", *found])


def check_programs(toolbox, outcomes, results):
    """Each program has a server of its own."""
    for name in programs.PROGRAMS:
        if outcomes[name].faults:
            results.add(f"{name}, program", ["there is no client"])
            continue
        with Server(column_families=4) as server:
            for step, faults in programs.run(name, toolbox, outcomes[name].folder, server.listening[0],
                                             PROGRAM_SECONDS):
                results.add(f"{name}, {step}", faults)


def check_all(toolbox, results):
    with tempfile.TemporaryDirectory(prefix="tailrace-clients-") as name:
        folder = Path(name)
        outcomes = generate(toolbox, folder)
        for generator, outcome in outcomes.items():
            results.add(generator, outcome.faults)
        check_spoiled(toolbox, folder, results)
        check_programs(toolbox, outcomes, results)
    results.add("lines to write by hand", programs.hand_written_faults(DOCUMENT.read_text(encoding="utf-8")))


def main():
    arguments = parse_arguments()
    os.environ["HTTP_TEST_BINARY"] = str(program_at(arguments.binary, "clients"))
    exit_on_sigterm()
    results = Results("clients")
    try:
        check_all(make(arguments.environment), results)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:  # such as a registry that does not answer
        results.add("generators", [f"{type(error).__name__}: {error}"])
    return results.finish()


if __name__ == "__main__":
    sys.exit(main())
