"""Writes a file as a C array, so that the program carries it: embed.py NAME INPUT OUTPUT.

OUTPUT defines NAME_text(), which api/NAME.h declares (NAME may end with _text already). For HTML it defines
NAME_policy() as well: a Content-Security-Policy with the hashes of the page's inline script and style."""

import base64
import hashlib
import re
import sys
from pathlib import Path

POLICY = ("default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def hashes(html, element):
    parts = re.findall(rb"<%b>(.*?)</%b>" % (element, element), html, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(part).digest()).decode("ascii") for part in parts]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def main():
    name, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    data = source.read_bytes()
    function = name if name.endswith("_text") else f"{name}_text"
    rows = [", ".join(str(byte) for byte in data[at : at + 24]) for at in range(0, len(data), 24)]
    text = (f"/* Made from {source.name} by api/embed.py. */\n#include \"api/{name}.h\"\n\n"
            "static const unsigned char TEXT[] = {\n    " + ",\n    ".join(rows) + "\n};\n\n"
            f"struct bytes {function}(void) {{ return (struct bytes){{ (const char *)TEXT, sizeof TEXT }}; }}\n")
    if source.suffix == ".html":
        policy = POLICY.format(script=hashes(data, b"script"), style=hashes(data, b"style"))
        text += f"\nstruct bytes {name}_policy(void) {{ return BYTES_LITERAL(\"{policy}\"); }}\n"
    target.write_text(text, encoding="ascii")


main()
