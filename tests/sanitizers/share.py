"""Which cases of tests/http run under which build, as the script of the tests has it: its stages are called with a `step`
that tells what it would run, and runs nothing."""

import subprocess
import sys
from pathlib import Path

SHARE_MIN = 0.9
HTTP = "tests/http/run.py"
KILL = "tests/http/kill.py"

# The parts are those that ./dev reads. With no PATH, nothing else that a stage does can be done either.
PLAN = """
root=$1 build=$1/build
for part in $(sed -n 's|^[.] "$root/tools/\\(.*\\)"$|\\1|p' "$root/dev"); do . "$root/tools/$part"; done
step() {
    shift 3
    printf '%s\\t' "$@"
    printf '\\n'
}
PATH=
for stage in $all_stages; do
    case $stage in
    install | build) ;;
    *) ( "test_$stage" ) 2>/dev/null ;;
    esac
done
"""


def plan(root):
    """The words of every step's command, of all stages."""
    done = subprocess.run(["sh", "-c", PLAN, "plan", str(root)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    return [line.rstrip("\t").split("\t") for line in done.stdout.splitlines()]


def option(words, name, default):
    return words[words.index(name) + 1] if name in words else default


def runs(commands, variant):
    """The arguments that choose cases, of each run of tests/http on a build; None: the kill test."""
    for words in commands:
        if Path(option(words, "--binary", "build/release/tailrace")).parent.name != variant:
            continue
        if any(word.startswith("--expect") for word in words):
            continue
        if any(word.endswith(KILL) for word in words):
            yield None
        elif any(word.endswith(HTTP) for word in words):
            yield [part for name, default in (("--stage", "all"), ("--only", ""), ("--scale", "1"))
                   for part in (name, option(words, name, default))]


def cases(root, *chosen):
    """The names of the cases that tests/http/run.py would run."""
    done = subprocess.run([sys.executable, Path(root, HTTP), "--list", *chosen], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=True)
    return {line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}


def under(root, commands, variant):
    """The cases that run on a build."""
    found = set()
    for chosen in runs(commands, variant):
        found |= {"kill"} if chosen is None else cases(root, *chosen)
    return found
