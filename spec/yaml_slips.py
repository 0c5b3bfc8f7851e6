"""What to write where a text is no YAML: the slips of the keyboard behind what a reader says of it.

A reader names the place where it could not go on, which is often the line below. Nothing of the
text is quoted: it may hold a secret.
"""

import re
from collections.abc import Iterator

import yaml

_MERGE_MARK = re.compile(r"(?:<{7}|\|{7}|={7}|>{7})(?: .*)?\Z")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_LIKE = {
    "\uff1a": "a colon", "\uff0c": "a comma", "\u3001": "a comma", "\uff0d": "a hyphen",
    "\u2010": "a hyphen", "\u2011": "a hyphen", "\u2012": "a hyphen", "\u2013": "a hyphen",
    "\u2014": "a hyphen", "\uff03": "a number sign", "\uff3b": "a bracket", "\uff3d": "a bracket",
    "\u201c": "a quote", "\u201d": "a quote", "\u2018": "a quote", "\u2019": "a quote",
    "\u201e": "a quote", "\u00a0": "a space", "\u2003": "a space", "\u2007": "a space",
    "\u2009": "a space", "\u202f": "a space", "\u3000": "a space",
}  # fmt: skip
_ANSWERS = (  # by what PyYAML's problem holds, or its context; {line} is that of the slip
    ("while scanning a quoted scalar", "the quote that begins in line {line} is not closed"),
    ("could not find expected ':'", "line {line} has no colon with a space behind it after its "
     "key"),
    ("mapping values are not allowed", "indent line {line} as the keys beside it, and put a value "
     "that holds a colon and a space in quotes"),
    ("expected <block end>", "indent the lines from line {line} on, each key as those beside it"),
    ("expected ',' or", "the bracket that opens in line {line} is not closed, or a comma is "
     "missing"),
    ("unhashable key", "put text that begins with a brace or a bracket in quotes"),
    ("cannot start any token", "put text that begins with this character in quotes"),
    ("found undefined alias", "put text that begins with * in quotes"),
    ("could not determine a constructor", "put text that begins with ! in quotes"),
    ("found another document", "write one document, without --- between keys"),
)  # fmt: skip


def way_out(text: str, error: yaml.MarkedYAMLError) -> str | None:
    """What to write instead, in one clause without an end; None where nothing is known."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if _MERGE_MARK.match(line.rstrip("\r")):
            return f"line {number} is a mark of a merge: keep one of the two sides, and no mark"
    for number in _near(lines, error):
        line = _COMMENT.sub("", lines[number - 1])
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return f"line {number} is indented by a tab: indent it by spaces"
        for sign in line:
            if like := _LIKE.get(sign):
                return f"line {number} holds U+{ord(sign):04X}, which looks like {like} and is none"
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.context_mark or error.problem_mark
    for part, answer in _ANSWERS:
        if part in said:
            return answer.format(line=mark.line + 1 if mark else 1)
    return None


def _near(lines: list[str], error: yaml.MarkedYAMLError) -> Iterator[int]:
    """The lines that a reader means, counted from 1, and the last one above each that holds any."""
    for mark in (error.problem_mark, error.context_mark):
        if mark is None:
            continue
        number = min(mark.line + 1, len(lines))
        yield number
        while number > 1:
            number -= 1
            if lines[number - 1].strip():
                yield number
                break
