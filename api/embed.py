"""Writes a file as a C array, so that the program carries it: embed.py INPUT OUTPUT."""

import sys

with open(sys.argv[1], "rb") as source:
    data = source.read()
rows = [", ".join(str(byte) for byte in data[at : at + 24]) for at in range(0, len(data), 24)]
with open(sys.argv[2], "w", encoding="ascii") as target:
    target.write("/* Made from openapi.yaml by api/embed.py. */\n#include \"api/openapi_text.h\"\n\n")
    target.write("static const unsigned char TEXT[] = {\n    " + ",\n    ".join(rows) + "\n};\n\n")
    target.write("struct bytes openapi_text(void) { return (struct bytes){ (const char *)TEXT, sizeof TEXT }; }\n")
