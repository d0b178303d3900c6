"""Reads the corpus: corpus/<section>.txt, texts of the language and what must come of them.

    == title, a sentence [mark, mark]
    the text, as many lines as it needs
    -- sqlalchemy
    what SQLAlchemy is given instead, where the text itself is not Python
    -- sql
    hand-written SQL that is the reference, where SQLAlchemy cannot say it
    -- error 42703
    the word at which the error stands, and on the next line what the message contains

Only the text is needed: the reference is SQLAlchemy given the same text. Marks:
    error       an error on both sides; if it is SQLAlchemy's own, ours has its first sentence
    loose       the wording of the error is not compared
    volatile    rows are not compared, only their number, names and types
    unordered   compared as a multiset in spite of an ORDER BY (it leaves ties)
    differs: …  a deliberate difference, for the reason given; needs `-- sql` or `-- error`
    literal     not run with its literals as parameters
"""

import glob
import os
import re

DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


class Entry:
    def __init__(self, section, title, line):
        self.section = section
        self.title = title
        self.line = line
        self.marks = set()
        self.differs = None
        self.text = ""
        self.sqlalchemy = None
        self.sql = None
        self.error = None        # SQLSTATE of `-- error`, or None
        self.error_at = ""
        self.error_message = ""

    @property
    def name(self):
        return "%s: %s" % (self.section, self.title)


def read(section=None):
    """All entries, or those of one section."""
    entries = []
    for path in sorted(glob.glob(os.path.join(DIRECTORY, "*.txt"))):
        name = os.path.basename(path)[:-4]
        if section in (None, name):
            entries += read_file(path, name)
    titles = set()
    for entry in entries:
        if entry.name in titles:
            raise ValueError("%s, line %d: this title stands twice" % (entry.name, entry.line))
        titles.add(entry.name)
    return entries


def read_file(path, section):
    entries = []
    part, lines = None, {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("== "):
                _finish(entries, lines)
                entry = Entry(section, *_title(line[3:], number))
                entries.append(entry)
                part, lines = "text", {"text": []}
                entry.marks, entry.differs = _marks(line, number, path)
            elif part is None:
                if line and not line.startswith("#"):
                    raise ValueError("%s, line %d: text before the first title" % (path, number))
            elif re.fullmatch(r"-- (sqlalchemy|sql|error( \w{5})?)", line):
                part = line.split()[1]
                lines[part] = []
                if part == "error":
                    entries[-1].error = (line.split() + ["", ""])[2] or "XXXXX"
            else:
                lines[part].append(line)
    _finish(entries, lines)
    return entries


def _title(line, number):
    return re.sub(r"\s*\[[^\]]*\]$", "", line), number


def _marks(line, number, path):
    found = re.search(r"\[([^\]]*)\]$", line)
    marks, differs = set(), None
    if not found:
        return marks, differs
    words = found.group(1)
    if "differs:" in words:
        words, _, differs = words.partition("differs:")
        differs = differs.strip()
    for mark in words.split(","):
        mark = mark.strip()
        if mark:
            if mark not in ("error", "loose", "volatile", "unordered", "literal"):
                raise ValueError("%s, line %d: no mark \"%s\"" % (path, number, mark))
            marks.add(mark)
    return marks, differs


def _finish(entries, lines):
    if not entries:
        return
    entry = entries[-1]
    entry.text = "\n".join(lines["text"]).strip("\n")
    for part in ("sqlalchemy", "sql"):
        if part in lines:
            setattr(entry, part, "\n".join(lines[part]).strip("\n"))
    if "error" in lines:
        entry.error_at, entry.error_message = (lines["error"] + ["", ""])[:2]
