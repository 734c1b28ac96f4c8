#!/usr/bin/env python3
"""Holds openapi.yaml to itself and to the binary, and the server to openapi.yaml. See README.md. The last line is
`openapi: N passed, N failed`."""

import subprocess
import sys
from pathlib import Path

from environment import enter

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

from arguments import parser_with_binary, program_at  # noqa: E402: they lie in another folder
from results import Results  # noqa: E402

SEED = 1


def parse_arguments():
    parser = parser_with_binary(__doc__)
    parser.add_argument("--environment", type=Path, default=ROOT / "build/openapi",
                        help="the virtual environment; made when it is missing or the lock has changed")
    parser.add_argument("--stage", default="all", choices=["all", "document", "requests"])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cases", type=int, help="made up for each operation and mode, in place of what must be")
    parser.add_argument("--expect-caught", metavar="METHOD /path", help="the program is a saboteur: succeed only when "
                        "a few requests show a status of this operation that is not documented")
    return parser.parse_args()


def output_of(binary, flag):
    return subprocess.run([binary, flag], check=True, capture_output=True, text=True, timeout=30).stdout


def check_document(binary, results):
    import compare
    import lint
    import samples
    from document import Document
    document = Document.read()
    problems = compare.problems_of(output_of(binary, "--problems"))
    tables = {compare.routes: compare.routes_of(output_of(binary, "--routes")), compare.problems: problems,
              compare.problem_texts: problems}
    results.add("samples", samples.problems(document, tables))
    for check in lint.CHECKS:
        results.add(check.__name__, check(document))
    for check, table in tables.items():
        results.add(check.__name__, check(document, table))


def check_requests(arguments, results):
    import fuzz
    cases = arguments.cases or fuzz.CASES_MIN
    runs = fuzz.run_modes(arguments.binary, fuzz.MODES, cases, arguments.seed)
    rows = fuzz.table_of(runs)
    print(fuzz.HEADER, *rows, sep="\n", flush=True)
    for run in runs:
        faults = fuzz.faults_of(run)
        if faults:
            print(run.output)
        results.add(f"{run.mode} requests", [f"{where}: {what}" for what, where in faults])
    for row in rows:
        results.add(row.label, row.wants(cases))


def expect_caught(arguments):
    """Few good cases of the one operation are enough. What else is found is no affair of this test: a good build is held to find nothing."""
    import fuzz
    cases = arguments.cases or fuzz.CASES_MIN // 10
    chosen = ("--include-name", arguments.expect_caught, "--phases", "fuzzing")
    run, = fuzz.run_modes(arguments.binary, ("positive",), cases, arguments.seed, chosen)
    faults = fuzz.faults_of(run)
    caught = ("UndefinedStatusCode", arguments.expect_caught) in faults
    for what, where in faults:
        print(f"openapi: {where}: {what}")
    if not caught:
        print(run.output)
    print(f"openapi: the saboteur was {'caught' if caught else 'NOT caught'}")
    print(f"openapi: {int(caught)} passed, {int(not caught)} failed")
    return 0 if caught else 1


def main():
    arguments = parse_arguments()
    arguments.binary = program_at(arguments.binary, "openapi")
    enter(arguments.environment)
    if arguments.expect_caught:
        return expect_caught(arguments)
    results = Results("openapi")
    if arguments.stage in ("all", "document"):
        check_document(arguments.binary, results)
    if arguments.stage in ("all", "requests"):
        check_requests(arguments, results)
    return results.finish()


if __name__ == "__main__":
    sys.exit(main())
