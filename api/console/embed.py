"""Writes a file as a C array, so that the program carries it: embed.py NAME INPUT OUTPUT.

OUTPUT defines NAME_text(), which api/console/NAME.h declares (NAME may end with _text already). HTML becomes one page: the
style sheets and scripts beside it that it refers to are put in their places. Then NAME_policy() is defined as well: a
Content-Security-Policy with the hashes of these parts."""

import base64
import hashlib
import re
import sys
from pathlib import Path

POLICY = ("default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

PARTS = ((b"style", rb'<link rel="stylesheet" href="([\w.-]+)">'), (b"script", rb'<script src="([\w.-]+)"></script>'))


def join(source):
    html = source.read_bytes()
    for element, reference in PARTS:
        for part in re.findall(reference, html):
            text = (source.parent / part.decode()).read_bytes()
            if b"</" + element in text:
                sys.exit(f"{part.decode()} ends its element: it holds </{element.decode()}")
        html = re.sub(reference, lambda found, element=element: b"<%b>\n%b</%b>" % (
            element, (source.parent / found[1].decode()).read_bytes(), element), html)
    return html


def hashes(html, element):
    parts = re.findall(rb"<%b>(.*?)</%b>" % (element, element), html, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(part).digest()).decode("ascii") for part in parts]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def main():
    name, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    data = join(source) if source.suffix == ".html" else source.read_bytes()
    function = name if name.endswith("_text") else f"{name}_text"
    rows = [", ".join(str(byte) for byte in data[at : at + 24]) for at in range(0, len(data), 24)]
    text = (f"/* Made from {source.name} by api/console/embed.py. */\n#include \"api/console/{name}.h\"\n\n"
            "static const unsigned char TEXT[] = {\n    " + ",\n    ".join(rows) + "\n};\n\n"
            f"struct bytes {function}(void) {{ return (struct bytes){{ (const char *)TEXT, sizeof TEXT }}; }}\n")
    if source.suffix == ".html":
        policy = POLICY.format(script=hashes(data, b"script"), style=hashes(data, b"style"))
        text += f"\nstruct bytes {name}_policy(void) {{ return BYTES_LITERAL(\"{policy}\"); }}\n"
    target.write_text(text, encoding="ascii")


main()
