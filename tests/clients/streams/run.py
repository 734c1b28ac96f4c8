#!/usr/bin/env python3
"""Clients that people use, as they are published, against the server: prompt, and nothing lost or twice over cuts and
restarts. See README.md. The last line is `streams: N passed, N failed`."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from cutting_proxy import LINE_EVENT, SSE_EVENT, CuttingProxy
from install import make, variables
from reader import CLIENTS, Reader

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path += [str(ROOT / "tests"), str(ROOT / "tests/http")]

from arguments import parser_with_binary, program_at  # noqa: E402: they lie in other folders
from results import Results  # noqa: E402
from server import Server, exit_on_sigterm  # noqa: E402

EXAMPLES = ROOT / "examples/README.md"

PROMPT_EVENTS = 20
PROMPT_SECONDS = 0.25
PROMPT_TRIES = 3
ROUNDS = 2
ROUND_EVENTS = 10
CUTS = 20
START_SECONDS = 20
RESTART_SECONDS = 30  # a server that stops asks for a pause of up to 5 s, and clients double theirs while they are refused
CUTS_SECONDS = 120
FILLING = "x" * 150


def parse_arguments():
    parser = parser_with_binary(__doc__)
    parser.add_argument("--environment", type=Path, default=ROOT / "build/streams-clients",
                        help="where the clients are; made when it is missing or a lock has changed")
    parser.add_argument("--only", action="append", choices=CLIENTS, help="this client; may be given several times")
    return parser.parse_args()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Topic:
    """Events with the numbers 0, 1, 2…, each answered before the next is sent."""

    def __init__(self, server, name):
        self.server, self.name, self.count = server, name, 0
        self.connect()
        answer = self.client.request("PUT", f"/topics/{name}", body="{}", headers={"Content-Type": "application/json"})
        assert answer.status == 201, answer

    def connect(self):
        self.client = self.server.client()

    def publish(self):
        """Gives the moment before it was sent."""
        began = time.monotonic()
        body = f'{{"n":{self.count},"filling":"{FILLING}"}}'
        answer = self.client.request("POST", f"/topics/{self.name}/events", body=body,
                                     headers={"Content-Type": "application/json"})
        assert answer.status == 200, answer
        self.count += 1
        return began

    def path(self, name):
        lines = name.endswith("lines")
        return f"/topics/{self.name}/events" + ("" if lines else "?from=earliest")


def await_event(readers, number, limit):
    deadline = time.monotonic() + limit
    while not all(reader.has(number) for reader in readers) and time.monotonic() < deadline:
        time.sleep(0.01)


def open_readers(stack, folder, names, url_of):
    notes = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tailrace-streams-")))
    readers = []
    for name in names:
        readers.append(Reader(name, folder, variables(folder), url_of(name), notes))
        stack.callback(readers[-1].close)
    return readers


def slowest(readers, topic):
    """{client: the longest time an event took}; infinite when one did not come."""
    published = {}
    for _ in range(PROMPT_EVENTS):
        number = topic.count
        published[number] = topic.publish()
        time.sleep(0.1)
    await_event(readers, topic.count - 1, 2)
    took = {reader.name: reader.latencies(published) for reader in readers}
    return {name: max(times.values()) if len(times) == PROMPT_EVENTS else float("inf") for name, times in took.items()}


def check_prompt(readers, topic, results):
    best = {}
    for _ in range(PROMPT_TRIES):
        for name, seconds in slowest(readers, topic).items():
            best[name] = min(seconds, best.get(name, float("inf")))
        if max(best.values()) <= PROMPT_SECONDS:
            break
    for reader in readers:
        told = f"{reader.name}, an event within {PROMPT_SECONDS * 1000:.0f} ms"
        results.add(f"{told} ({best[reader.name] * 1000:.0f})",
                    [] if best[reader.name] <= PROMPT_SECONDS else ["the slowest took longer in each try"])


def check_restarts(readers, topic, results, what, end):
    """The server ends while events are still on their way to the clients."""
    for _ in range(ROUNDS):
        for _ in range(ROUND_EVENTS):
            topic.publish()
        end()
        time.sleep(0.5)
        topic.server.start()
        topic.connect()
        for _ in range(ROUND_EVENTS):
            topic.publish()
        await_event(readers, topic.count - 1, RESTART_SECONDS)
    for reader in readers:
        results.add(f"{reader.name}, over {what}", reader.faults(topic.count))


def check_direct(folder, names, results):
    with ExitStack() as stack:
        server = Server(listen=(f"127.0.0.1:{free_port()}",), column_families=4)
        stack.callback(server.remove)
        server.start()
        topic = Topic(server, "direct")
        topic.publish()
        readers = open_readers(stack, folder, names, lambda name: server.listening[0] + topic.path(name))
        await_event(readers, 0, START_SECONDS)
        check_prompt(readers, topic, results)
        check_restarts(readers, topic, results, "SIGTERM and a restart", server.stop)
        check_restarts(readers, topic, results, "kill -9 and a restart", server.kill)
        server.stop()


def check_cuts(folder, names, results):
    with ExitStack() as stack:
        server = stack.enter_context(Server("--engine", "memory", data=False, column_families=None))
        topic = Topic(server, "cuts")
        proxies = {name: CuttingProxy(server.address(), LINE_EVENT if name.endswith("lines") else SSE_EVENT, CUTS)
                   for name in names}
        for proxy in proxies.values():
            stack.callback(proxy.close)
        readers = open_readers(stack, folder, names,
                               lambda name: f"http://127.0.0.1:{proxies[name].port}{topic.path(name)}")

        deadline = time.monotonic() + CUTS_SECONDS
        while any(proxy.done < CUTS for proxy in proxies.values()) and time.monotonic() < deadline:
            topic.publish()
            time.sleep(0.05)
        topic.publish()
        await_event(readers, topic.count - 1, RESTART_SECONDS)
        for reader in readers:
            cuts = proxies[reader.name].done
            results.add(f"{reader.name}, over {CUTS} cuts inside an event",
                        ([] if cuts == CUTS else [f"only {cuts} cuts"]) + reader.faults(topic.count))


def unknown_lines(language, programs):
    """Lines of examples/README.md in this language that none of the programs has."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", EXAMPLES.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    known = {line.strip() for program in programs for line in program.read_text(encoding="utf-8").splitlines()}
    return [f"no program has: {line}" for line in lines if line not in known] + ([] if lines else ["there are none"])


def check_recommended_lines(results):
    results.add("recommended lines of Python", unknown_lines("python", sorted(HERE.glob("python_*.py"))))
    results.add("recommended lines of JavaScript", unknown_lines("js", [HERE / "node.cjs"]))


def main():
    arguments = parse_arguments()
    os.environ["HTTP_TEST_BINARY"] = str(program_at(arguments.binary, "streams"))
    exit_on_sigterm()
    results = Results("streams")
    try:
        folder = make(arguments.environment)
        names = tuple(arguments.only or CLIENTS)
        check_recommended_lines(results)
        check_direct(folder, names, results)
        check_cuts(folder, names, results)
    except (OSError, AssertionError, RuntimeError, subprocess.SubprocessError) as error:  # such as a registry that is away
        results.add("clients", [f"{type(error).__name__}: {error}"])
    return results.finish()


if __name__ == "__main__":
    sys.exit(main())
