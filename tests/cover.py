#!/usr/bin/python3
"""Which part of the lines of each source file ran: cover.py build/cover, after a run."""

import glob
import gzip
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def lines_of(build, room):
    """{file: {line: times it ran}} of one room."""
    files = {}
    for data in sorted(glob.glob(os.path.join(ROOT, build, room, "*.gcda"))):
        done = subprocess.run(["gcov", "--json-format", "--stdout", os.path.abspath(data)],
                              cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False)
        output = done.stdout
        if output[:2] == b"\x1f\x8b":
            output = gzip.decompress(output)
        for file in json.loads(output or b'{"files": []}')["files"]:
            if file["file"].startswith(room + "/"):
                seen = files.setdefault(file["file"], {})
                for line in file["lines"]:
                    number = line["line_number"]
                    seen[number] = max(seen.get(number, 0), line["count"])
    return files


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build/cover"
    all_ran = all_lines = 0
    for room in ("protocol", "compiler", "proxy"):
        for name, lines in sorted(lines_of(build, room).items()):
            ran = sum(1 for count in lines.values() if count)
            all_ran, all_lines = all_ran + ran, all_lines + len(lines)
            missed = [str(number) for number, count in sorted(lines.items()) if not count]
            print("%5.1f %%  %-32s %s" % (100 * ran / max(1, len(lines)), name,
                                          " ".join(missed[:12]) + (" …" if missed[12:] else "")))
    print("%5.1f %%  of %d lines" % (100 * all_ran / max(1, all_lines), all_lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
