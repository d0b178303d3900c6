#!/usr/bin/python3
"""Holds the rooms to their READMEs: what each says about its files must be so.

A room's README.md has a table of its files, top to bottom. A row begins with the names of its
files in backquotes; a name without an ending stands for all files of that stem. Checked are:
    - every source file of the room is listed once, every listed one exists;
    - a file includes, of its own room, only files of its own row or of rows below;
    - protocol/ and compiler/ include nothing but libc and themselves: no libuv, OpenSSL, libpq,
      inih, no sockets, not each other;
    - <uv.h> is included only by .c files whose row is marked *uv*, and by no header.
"""

import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENDINGS = (".c", ".h", ".def")
PURE = {"protocol", "compiler"}
NOT_PURE = re.compile(r"^(uv\.h|openssl/|libpq|ini\.h|postgres|sys/socket|sys/un|netinet/|arpa/"
                      r"|netdb|poll\.h|sys/poll|sys/epoll|sys/select|pthread)")


def listed(room):
    """[(names, is marked *uv*)] of the rows of the room's table."""
    rows = []
    with open(os.path.join(ROOT, room, "README.md"), encoding="utf-8") as file:
        for line in file:
            cell = re.match(r"\|\s*((?:`[^`|]+`[\s,·*and]*)+)", line)
            if cell:
                names = re.findall(r"`([\w.-]+)`", cell.group(1))
                names = [name for name in names if name != "README.md"]
                if names:
                    rows.append((names, "*uv*" in line))
    return rows


def check_room(room):
    """The room's faults, as lines, and how many things were looked at."""
    faults, looked = [], 0
    files = sorted(name for name in os.listdir(os.path.join(ROOT, room))
                   if name.endswith(ENDINGS))
    if not os.path.exists(os.path.join(ROOT, room, "README.md")):
        return ["%s has no README.md" % room], 1
    place, marked = {}, set()
    for number, (names, is_uv) in enumerate(listed(room)):
        for name in names:
            found = [name] if name in files else [name + end for end in ENDINGS
                                                  if name + end in files]
            looked += 1
            if not found:
                faults.append("%s/README.md lists %s, which is not there" % (room, name))
            for file in found:
                if file in place and place[file] != number:
                    faults.append("%s/README.md lists %s twice" % (room, file))
                place[file] = number
                if is_uv:
                    marked.add(file)
    for file in files:
        looked += 1
        if file not in place:
            faults.append("%s/README.md does not list %s" % (room, file))
            continue
        faults += check_file(room, file, place, marked)
    return faults, looked


def check_file(room, file, place, marked):
    faults = []
    with open(os.path.join(ROOT, room, file), encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            found = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
            if not found:
                continue
            where = "%s/%s:%d" % (room, file, number)
            name = found.group(2)
            if found.group(1) == "<":
                if room in PURE and NOT_PURE.match(name):
                    faults.append("%s: <%s> has no place in %s/" % (where, name, room))
                if name == "uv.h" and (file not in marked or not file.endswith(".c")):
                    faults.append("%s: <uv.h> in a file that is not marked *uv*" % where)
                continue
            target, _, base = name.rpartition("/")
            if target == "":
                faults.append('%s: "%s" does not name its room' % (where, name))
            elif target == room:
                if base in place and place[base] < place[file]:
                    faults.append("%s: %s stands above %s in the README" % (where, base, file))
            elif target not in ("protocol", "compiler", "proxy") or room in PURE:
                faults.append("%s: %s/ may not include %s" % (where, room, name))
    return faults


def main():
    passed = failed = 0
    for room in ("protocol", "compiler", "proxy"):
        faults, looked = check_room(room)
        for fault in faults:
            print("FAIL " + fault)
        failed += len(faults)
        passed += max(0, looked - len(faults))
    top = {"proxy", "protocol", "compiler", "tests", "configs", "build"}
    for path in glob.glob(os.path.join(ROOT, "*/")):
        if os.path.basename(path[:-1]) not in top:
            print("FAIL %s does not belong at the top level" % os.path.basename(path[:-1]))
            failed += 1
    print("rooms: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
