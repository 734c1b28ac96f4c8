"""Dockerfiles with one fault each, and the test that must report it. All of them build."""

from dataclasses import dataclass


@dataclass
class Saboteur:
    name: str
    test: str
    line: str  # the beginning of a line of the Dockerfile, in its last stage
    instead: tuple  # what stands there; {line} is the line itself


SABOTEURS = (
    Saboteur("root", "is_not_root", "USER ", ()),
    Saboteur("lacks a library", "serves", "USER ", ("RUN dpkg --purge --force-depends libjansson4", "{line}")),
    Saboteur("listens on loopback only", "serves", "ENV ", ("ENV TAILRACE_DATA=/data",)),
    Saboteur("cannot write its data", "serves", "USER ", ("RUN chown root:root /data", "{line}")),
    Saboteur("data outside the volume", "serves", "ENV ",
             ("ENV TAILRACE_LISTEN=0.0.0.0:8080 TAILRACE_DATA=/var/tmp/x",)),
    Saboteur("no volume", "data_is_in_the_volume", "VOLUME ", ()),
    Saboteur("asks the wrong port", "is_healthy", "    CMD ",
             ('    CMD ["curl", "-fs", "http://127.0.0.1:8081/livez"]',)),
    Saboteur("is always healthy", "health_check_sees_a_server_that_is_not_there", "    CMD ", ('    CMD ["true"]',)),
    Saboteur("hides signals", "stops_on_sigterm", "ENTRYPOINT ", ('ENTRYPOINT ["sh", "-c", "tailrace serve & wait"]',)),
    Saboteur("owns its program", "owns_only_its_data", "USER ",
             ("RUN chown tailrace /usr/local/bin/tailrace", "{line}")),
    Saboteur("brings a compiler", "has_no_compiler", "USER ",
             ("COPY --from=build /usr/bin/x86_64-linux-gnu-gcc-14 /usr/local/bin/gcc-14", "{line}")),
    Saboteur("brings headers", "has_no_compiler", "USER ",
             ("RUN printf 'Package: libx-dev\\nStatus: install ok installed\\n' >>/var/lib/dpkg/status", "{line}")),
    Saboteur("no license", "carries_the_license", "COPY LICENSE ", ()),
)


def parted(dockerfile):
    """(what comes before the first COPY of the last stage, the rest): the faults are in the second part."""
    lines = dockerfile.split("\n")
    last_stage = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    place = next(number for number, line in enumerate(lines) if number > last_stage and line.startswith("COPY "))
    return "\n".join(lines[:place]), "\n".join(lines[place:])


def sabotaged(dockerfile, saboteur):
    """The Dockerfile with the saboteur's lines in place of the last line that begins with `line`."""
    lines = dockerfile.split("\n")
    places = [number for number, line in enumerate(lines) if line.startswith(saboteur.line)]
    if not places:
        raise LookupError(f"the Dockerfile has no line that begins with {saboteur.line!r}")
    place = places[-1]
    lines[place:place + 1] = [text.replace("{line}", lines[place]) for text in saboteur.instead]
    return "\n".join(lines)
