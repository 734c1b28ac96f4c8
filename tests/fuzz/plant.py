#!/usr/bin/env python3
"""Plants a fault: writes a copy of a source file with one place changed. A target linked with the copy must find it."""

import argparse
import sys
from pathlib import Path

# target -> what stands in the file that meson.build names, and what stands there in the copy
FAULTS = {
    "body": ("number >= STORAGE_PARTITIONS_MAX)\n        fault", "number > STORAGE_PARTITIONS_MAX)\n        fault"),
    "cursor": ("reader->at - begin > 1", "reader->at - begin > 2"),
    "disk_keys": ("!= 1 + 8 + 4)", "< 1 + 8 + 4)"),
    "encoding": ("if (last && coder->in_a_frame)", "if (last && input->size > 0)"),
    "guard": ("bool begun = false;", "bool begun = true;"),
    "json_jansson": ("lower <= 'f'", "lower <= 'g'"),
    "json_scan": ("at += 2; /* the backslash", "at += 1; /* the backslash"),
    "key_pointer": ("token.data[0] == '0' && token.size > 1", "token.data[0] == '0' && token.size > 2"),
    "query": ("return name_valid(group, reply);", "return true;"),
    "record_batch": ("ret_record->offset >= batch->end_offset", "ret_record->offset > batch->end_offset"),
    "selection": ("if (!again)\n            names +=", "names +="),
    "stream_text": ("json_append_string(text, record->key);", "buffer_append_bytes(text, record->key);"),
    "timestamp": ("month == 2 && leap", "month <= 2 && leap"),
    "topic_entry": (" ||\n        memchr(parsed->name.data, '\\0', parsed->name.size) != NULL)", ")"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(FAULTS))
    parser.add_argument("source", type=Path)
    parser.add_argument("copy", type=Path)
    arguments = parser.parse_args()

    right, wrong = FAULTS[arguments.target]
    text = arguments.source.read_text("utf-8")
    if text.count(right) != 1:
        return f"{arguments.source} holds {text.count(right)} times what is to be changed: {right}"
    arguments.copy.write_text(text.replace(right, wrong), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
