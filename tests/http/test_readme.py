"""The README's commands are run as printed, twice, and the answers that it shows are those that come. See README.md here."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from collections import namedtuple
from pathlib import Path

import readme_jq
from harness import own_server
from server import ROOT, clean_environment, run_program, seconds

README = ROOT / "README.md"
ANSWER_MARK = "<!-- answer -->"  # what the commands before it print
RUNNING_MARK = "<!-- keeps running -->"  # the commands behind it do not end; they are run beside those that follow
MEANWHILE_MARK = "<!-- meanwhile -->"  # what those have printed by now
MASKED_MEMBERS = {"created_at", "timestamp", "received_at", "committed_at", "bytes", "next", "cursor", "id"}
MASKS = ((re.compile(r"\b1\d{12}\b"), "<ms>"),
         (re.compile(r"(?i)^date: .*$", re.M), "Date: <date>"),
         (re.compile(r"(?i)^((?:request-id|next-cursor|etag|id): ).*$", re.M), r"\1<text>"),
         (re.compile(r"(\"(?:next|cursor|id)\": ?)\"[^\"]*\""), r'\1"<text>"'),
         (re.compile(r"cursor=[0-9A-Za-z._-]+"), "cursor=<text>"))

# Stands before the real curl on the PATH: the address as printed becomes the one of the server under test, and the heads
# of all answers are kept.
WRAPPER = """#!/bin/sh
for argument do
    shift
    set -- "$@" "$(printf '%s' "$argument" | sed 's/127\\.0\\.0\\.1:8080/{address}/g; s/localhost:8080/{address}/g')"
done
exec {curl} --max-time 20 --dump-header "{heads}/$$" "$@"
"""

# A fenced block of the README; `mark` is the comment right before it.
Block = namedtuple("Block", "line language mark text")

# Commands to run; `answer` and `meanwhile` are what the README shows of them, or None.
Commands = namedtuple("Commands", "line script runs_on answer meanwhile")


def blocks(text):
    """Each fenced block."""
    found, mark, fence = [], None, None
    for number, line in enumerate(text.splitlines(), 1):
        if fence is not None:
            if line.strip() == "```":
                found.append(Block(fence[0], fence[1], mark, "\n".join(fence[2]) + "\n"))
                fence, mark = None, None
            else:
                fence[2].append(line)
        elif line.startswith("```"):
            fence = (number, line[3:].strip(), [])
        elif line.strip() in (ANSWER_MARK, RUNNING_MARK, MEANWHILE_MARK):
            mark = line.strip()
        elif line.strip():
            mark = None
    return found


def commands(text):
    """Each sh block that calls curl, with what is shown of it."""
    found = []
    may_answer = False  # whether the last block that could have an answer was one that is run
    for block in blocks(text):
        shown = {ANSWER_MARK: "answer", MEANWHILE_MARK: "meanwhile"}.get(block.mark)
        if block.language == "sh":
            may_answer = bool(re.search(r"\bcurl\b", block.text))
            if may_answer:
                found.append(Commands(block.line, block.text, block.mark == RUNNING_MARK, None, None))
        elif shown:
            of = len(found) - 1
            if shown == "meanwhile":
                of = max((at for at, each in enumerate(found) if each.runs_on), default=-1)
            if of < 0 or not may_answer or getattr(found[of], shown) is not None:
                raise AssertionError(f"README.md:{block.line}: an answer without a command before it")
            found[of] = found[of]._replace(**{shown: block.text})
    return found


def masked_tree(value):
    if isinstance(value, dict):
        return {name: f"<{name}>" if name in MASKED_MEMBERS and inner is not None else masked_tree(inner)
                for name, inner in value.items()}
    return [masked_tree(inner) for inner in value] if isinstance(value, list) else value


def masked(text):
    """JSON, or JSON lines, as trees, whatever their layout; any other text line by line."""
    text = text.strip()
    for parse in (lambda: [json.loads(text)], lambda: [json.loads(line) for line in text.splitlines()]):
        try:
            return masked_tree(parse())
        except ValueError:
            continue
    return masked_lines(text)


def masked_lines(text):
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return [line.rstrip() for line in text.splitlines()]


class Parsing(unittest.TestCase):
    TEXT = ("<!-- keeps running -->\n```sh\ncurl -N x\n```\n"
            "```sh\ncurl x\n```\n\n<!-- answer -->\n```json\n{}\n```\n"
            "<!-- meanwhile -->\n```text\nid: 1\n```\n"
            "```sh\n./dev run\n```\n```text\nnot compared\n```\n")

    def test_blocks(self):
        self.assertEqual(commands(self.TEXT), [Commands(2, "curl -N x\n", True, None, "id: 1\n"),
                                               Commands(5, "curl x\n", False, "{}\n", None)])

    def test_an_answer_without_a_command(self):
        for mark in ("answer", "meanwhile"):
            with self.assertRaises(AssertionError):
                commands(f"```sh\n./dev run\n```\n<!-- {mark} -->\n```text\nx\n```\n")

    def test_masks(self):
        self.assertEqual(masked('{"next": "a1", "n": 1,\n "e": [{"timestamp": 1795341600000}]}'),
                         masked('{"next":"b2","n":1,"e":[{"timestamp":1795341600999}]}'))
        self.assertNotEqual(masked('{"next":null}'), masked('{"next":"a"}'))
        self.assertEqual(masked("HTTP/1.1 200 OK\r\nRequest-Id: a\r\n"), masked("HTTP/1.1 200 OK\nRequest-Id: b\n"))


class StandIn(unittest.TestCase):
    """readme_jq.py does what jq does, or says that it cannot. What jq 1.6 and 1.7 print stands here."""

    def jq(self, *arguments, text):
        done = subprocess.run([sys.executable, readme_jq.__file__, *arguments], input=text, capture_output=True,
                              text=True, timeout=seconds(20), check=False)
        return done.stdout if done.returncode == 0 else None

    def test_paths(self):
        page = '{"next":"c","events":[{"value":{"a":[1, "\\u00e4"]}},{"value":"x y"},{"value":null}]}'
        for arguments, printed in ((("-r", ".next"), "c\n"), ((".next",), '"c"\n'), (("-c", ".events[].value"),
                                   '{"a":[1,"ä"]}\n"x y"\nnull\n'), (("-r", ".nowhere"), "null\n"),
                                   ((".events[].value",), '{\n  "a": [\n    1,\n    "ä"\n  ]\n}\n"x y"\nnull\n')):
            with self.subTest(arguments):
                self.assertEqual(self.jq(*arguments, text=page), printed)
        self.assertEqual(self.jq("-c", ".", text='{"a":1}\n{"a":2}\n'), '{"a":1}\n{"a":2}\n')

    def test_what_it_refuses(self):
        for arguments in ((".a|.b",), ("length",), (".a,.b",), ("-s", "."), (".a[0]",), ("[]",), (), (".", ".")):
            with self.subTest(arguments):
                self.assertIsNone(self.jq(*arguments, text="{}"))
        for text in ("not JSON", '{"a":[1]}', '{"a":1}'):
            self.assertIsNone(self.jq("-r", ".a.b", text=text))


class Readme(unittest.TestCase):
    def setUp(self):
        self.server = own_server(self)
        host, port = self.server.address()
        self.work, self.tools, self.heads = (Path(self.server.directory, name) for name in ("work", "tools", "heads"))
        for folder in (self.work, self.tools, self.heads):
            folder.mkdir()
        wrapper = self.tools / "curl"
        wrapper.write_text(WRAPPER.format(address=f"{host}:{port}", curl=shutil.which("curl"), heads=self.heads),
                           encoding="utf-8")
        wrapper.chmod(0o755)
        if shutil.which("jq") is None:
            (self.tools / "jq").symlink_to(readme_jq.__file__)
        self.environment = clean_environment({"PATH": f"{self.tools}:{os.environ['PATH']}"})
        self.statuses = {code: int(status) for status, code, *_ in
                         (line.split(" ") for line in run_program("--problems").stdout.splitlines())}
        self.commands = commands(README.read_text(encoding="utf-8"))

    def end(self, process):
        """With all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def begin(self, script, out):
        with open(out, "wb") as file:
            process = subprocess.Popen(["sh", "-eu", "-c", script], stdin=subprocess.DEVNULL, stdout=file,
                                       stderr=subprocess.DEVNULL, env=self.environment, cwd=self.work,
                                       start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    def await_lines(self, out, wanted):
        """All of these, as masked lines of a file that grows."""
        deadline = time.monotonic() + seconds(20)
        while missing := [line for line in wanted if line not in masked_lines(out.read_text(encoding="utf-8"))]:
            self.assertLess(time.monotonic(), deadline, f"{missing} is not in\n{out.read_text(encoding='utf-8')}")
            time.sleep(0.02)

    def refusals(self):
        """The statuses of answers that were errors since it was asked last."""
        found = []
        for head in self.heads.iterdir():
            found += re.findall(r"^HTTP/\S+ ([45]\d\d)", head.read_text(encoding="utf-8"), re.M)
            head.unlink()
        return sorted(map(int, found))

    def run_all(self, first):
        """Answers are compared when they are the first. An error is answered only where the README shows its code."""
        running = None
        for line, script, runs_on, answer, meanwhile in self.commands:
            with self.subTest(f"README.md:{line}", first=first):
                if runs_on:
                    out, shown = self.work / "out", meanwhile
                    running = self.begin(script, out)
                    self.await_lines(out, [": tailrace"])
                    continue
                done = subprocess.run(["sh", "-eu"], input=script, capture_output=True, text=True, env=self.environment,
                                      cwd=self.work, timeout=seconds(60), check=False)
                self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}\n{done.stderr}")
                if answer is not None and first:
                    self.assertEqual(masked(done.stdout), masked(answer), script)
                codes = [word for word in re.findall(r"[a-z_]+", answer or "") if word in self.statuses]
                self.assertEqual(self.refusals(), sorted(self.statuses[code] for code in codes), f"{script}\n{done.stdout}")
                if running:
                    if first:
                        self.await_lines(out, masked_lines(shown))
                    self.end(running)
                    running = None

    def test_commands_and_answers(self):
        self.assertTrue(self.commands, "the README shows no curl")
        self.run_all(first=True)
        self.run_all(first=False)  # what a reader does who comes back
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
