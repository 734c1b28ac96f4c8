"""The README's commands are run as printed, and the answers that it shows are those that come. See README.md here."""

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from server import ROOT, Server, clean_environment, seconds

README = ROOT / "README.md"
PRINTED = ("127.0.0.1:8080", "localhost:8080")
ANSWER_MARK = "<!-- answer -->"
MASKED_MEMBERS = {"created_at", "timestamp", "received_at", "committed_at", "bytes", "next", "cursor", "id"}
MASKS = ((re.compile(r"\b1\d{12}\b"), "<ms>"),
         (re.compile(r"(?i)^date: .*$", re.M), "Date: <date>"),
         (re.compile(r"(?i)^((?:request-id|next-cursor|etag): ).*$", re.M), r"\1<text>"),
         (re.compile(r"(\"(?:next|cursor|id)\": ?)\"[^\"]*\""), r'\1"<text>"'),
         (re.compile(r"cursor=[0-9A-Za-z._-]+"), "cursor=<text>"))

# Stands before the real curl on the PATH: the address as printed becomes the one of the server under test.
WRAPPER = """#!/bin/sh
for argument do
    shift
    set -- "$@" "$(printf '%s' "$argument" | sed 's/127\\.0\\.0\\.1:8080/{address}/g; s/localhost:8080/{address}/g')"
done
exec {curl} --max-time 20 "$@"
"""


def blocks(text):
    """(line, language, whether it is marked as an answer, content) of each fenced block."""
    found, marked, fence = [], False, None
    for number, line in enumerate(text.splitlines(), 1):
        if fence is not None:
            if line.strip() == "```":
                found.append((fence[0], fence[1], marked, "\n".join(fence[2]) + "\n"))
                fence, marked = None, False
            else:
                fence[2].append(line)
        elif line.startswith("```"):
            fence = (number, line[3:].strip(), [])
        elif line.strip() == ANSWER_MARK:
            marked = True
        elif line.strip():
            marked = False
    return found


def commands(text):
    """[line, script, answer or None] of each sh block that calls curl."""
    found, last = [], None
    for line, language, marked, content in blocks(text):
        if language == "sh":
            last = [line, content, None] if re.search(r"\bcurl\b", content) else None
            if last:
                found.append(last)
        elif marked:
            if last is None or last[2] is not None:
                raise AssertionError(f"README.md:{line}: an answer without a command before it")
            last[2] = content
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
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return [line.rstrip() for line in text.splitlines()]


class Parsing(unittest.TestCase):
    TEXT = ("```sh\ncurl x\n```\n\n<!-- answer -->\n```json\n{}\n```\n"
            "```sh\n./dev run\n```\n```text\nnot compared\n```\n")

    def test_blocks(self):
        self.assertEqual(commands(self.TEXT), [[1, "curl x\n", "{}\n"]])

    def test_an_answer_without_a_command(self):
        with self.assertRaises(AssertionError):
            commands("```sh\n./dev run\n```\n<!-- answer -->\n```text\nx\n```\n")

    def test_masks(self):
        self.assertEqual(masked('{"next": "a1", "n": 1,\n "e": [{"timestamp": 1795341600000}]}'),
                         masked('{"next":"b2","n":1,"e":[{"timestamp":1795341600999}]}'))
        self.assertNotEqual(masked('{"next":null}'), masked('{"next":"a"}'))
        self.assertEqual(masked("HTTP/1.1 200 OK\r\nRequest-Id: a\r\n"), masked("HTTP/1.1 200 OK\nRequest-Id: b\n"))


class Readme(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.remove)
        self.server.start()
        host, port = self.server.address()
        tools = Path(self.server.directory, "tools")
        tools.mkdir()
        wrapper = tools / "curl"
        wrapper.write_text(WRAPPER.format(address=f"{host}:{port}", curl=shutil.which("curl")), encoding="utf-8")
        wrapper.chmod(0o755)
        self.environment = clean_environment({"PATH": f"{tools}:{os.environ['PATH']}"})
        self.work = tools

    def test_commands_and_answers(self):
        found = commands(README.read_text(encoding="utf-8"))
        self.assertTrue(found, "the README shows no curl")
        for line, script, answer in found:
            with self.subTest(f"README.md:{line}"):
                done = subprocess.run(["sh", "-eu"], input=script, capture_output=True, text=True, env=self.environment,
                                      cwd=self.work, timeout=seconds(60), check=False)
                self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}\n{done.stderr}")
                if answer is not None:
                    self.assertEqual(masked(done.stdout), masked(answer), script)
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
