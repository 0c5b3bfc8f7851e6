"""Settings of programs as texts: the hosts that a program would call by them.

Such texts are settings, scripts and prose at once. A script is read as one; of settings only a URL
that is the whole value of one counts, and none that is there for people, or that names a schema.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from rules.bare_settings import COMMENT, HINT, in_lines, in_values, is_of_a_program
from rules.fluent_bit import is_told, sinks
from rules.named_hosts import hosts_in
from rules.safe_yaml import YamlFault, documents
from rules.shell_words import words_of

# Settings that nobody calls, in lower case without what parts words: names of schemas, and words
# for people.
SILENT: Final = words_of(
    "$schema $id $ref $comment @context @id @type schemalocation nonamespaceschemalocation "
    "description documentation docs externaldocs help homepage icon license licenses readme "
    "runbook runbookurl dashboardurl seealso summary title comment comments note notes"
)
_SILENT_BEGINNINGS: Final = ("xmlns", "//")
_PARTING: Final = str.maketrans("", "", "-_")
# Of keys those whose texts are for people, and those whose texts are run.
_PROSE: Final = re.compile(r"(?i).*\.(?:md|rst|adoc|html?)|(?:readme|license|notice|changelog).*")
_SCRIPTS: Final = (".sh", ".bash", ".zsh", ".ksh", ".ps1", ".py", ".rb", ".pl")
_PROGRAMS: Final = (".js", ".mjs", ".cjs", ".ts", ".lua", ".php")
_REMARK: Final = re.compile(r"\s*(?://|/?\*|--)")
_COLLECTOR: Final = "@type"  # of fluentd, whose blocks look like markup
_DEEPEST: Final = 3  # texts within texts
_URL = r"(?:[a-z]+:)?[A-Za-z][A-Za-z0-9+.-]*://\S"
_BEGINS = re.compile(_URL)
# `key = value`, `key: value`, `"key" => value`; `directive value;`; and a value on a line alone.
_ASSIGNS = re.compile(
    rf"""\s*(?:-\s+)?(?:export\s+|set\s+)?["']?([\w.$@:\[\]-]+?)["']?\s*(?:=>|:=|[:=])\s*"""
    rf"""["'\[(]*(?={_URL})"""
)
_DIRECTS = re.compile(rf"""\s*([a-z][\w-]*|[A-Z][A-Z_]+)\s+["']?(?={_URL}\S*\s*[;{{]?\s*$)""")
_ALONE = re.compile(rf"""()\s*(?:-\s+)?["']?(?={_URL}\S*\s*$)""")
_ATTRIBUTE = re.compile(rf"""([\w:.-]+)\s*=\s*["'](?={_URL})""")
_ELEMENT = re.compile(rf"<([\w:.-]+)(?:\s[^<>]*)?>\s*(?={_URL})")
_BLOCKS = re.compile(r"(?<=[{;])\s")
_QUOTED = re.compile(r"""["'`]((?:https?|wss?)://[^"'`\s]+)""")
_COPIED = re.compile(r"[\w.+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,}):[\w~./-]+", re.IGNORECASE)
_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def called(text: str, key: str = "", depth: int = 0) -> Iterator[str]:
    """The hosts that a program is told to call. key: what the text is kept under."""
    collects = is_told(text)
    speaks = collects or any(mark in text for mark in ("://", "#!")) or HINT.search(text)
    if not speaks and not key.endswith(_SCRIPTS) and not is_of_a_program(key):
        return
    if depth > _DEEPEST or is_prose(key) or is_silent(key):
        return
    yield from sinks(text) if collects else ()
    if text.startswith("#!") or key.endswith(_SCRIPTS):
        yield from (host for _, host in hosts_in(text))
    elif text.lstrip().startswith("<") and _COLLECTOR not in text:
        yield from _in_markup(text)
    elif key.endswith(_PROGRAMS):
        yield from _in_program(text)
    else:
        values = list(values_of(text))
        for name, value in values:
            yield from called(value, name, depth + 1) if "\n" in value else _begun(name, value)
        yield from in_values(one for one in values if not is_silent(one[0]))
        if not values:
            yield from _in_lines(text)
            yield from dict.fromkeys(in_lines(text, key))
            yield from in_values([(key, text.strip())])
            yield from (match[1].lower() for match in [_COPIED.fullmatch(text.strip())] if match)


def is_prose(key: str) -> bool:
    """Whether a text that is kept under a key is for people."""
    return _PROSE.fullmatch(key) is not None


def is_silent(key: str) -> bool:
    """Whether what stands under a key is for people, or names a schema."""
    name = key.lower()
    return name.startswith(_SILENT_BEGINNINGS) or name.translate(_PARTING) in SILENT


def _begun(name: str, value: str) -> Iterator[str]:
    """The hosts of a value that begins as a URL does, and may be several of them."""
    copied = _COPIED.fullmatch(value)
    if copied and not is_silent(name):
        yield copied[1].lower()
    elif _BEGINS.match(value) and not is_silent(name):
        yield from (host for _, host in hosts_in(value, within=0))


def values_of(text: str) -> Iterator[tuple[str, str]]:
    """Each text in YAML or JSON with its own key; nothing where it is neither, or one text only."""
    for value in objects_in(text):
        yield from _below(value, "")


def objects_in(text: str) -> list[Any]:
    """Mappings and lists of a text in YAML or JSON; none where it is neither."""
    try:
        read = [value for _, value in documents(text)]
    except YamlFault:
        return []
    return [value for value in read if isinstance(value, dict | list)]


def paths_of(value: Any, path: str = "", key: str = "") -> Iterator[tuple[str, str, Any]]:
    """Each scalar with its path and the key that it stands under, but for what is for people."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if not is_silent(str(name)):
                below = f"{path}.{name}" if path else str(name)
                yield from paths_of(inner, below, str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths_of(inner, f"{path}[{index}]", key)
    else:
        yield path, key, value


def _below(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if key.lower() == "links" and "title" in value:
            return  # what a dashboard offers people to click on
        for name, inner in value.items():
            if not is_silent(str(name)):
                yield from _below(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _below(inner, key)
    else:
        yield key, value if isinstance(value, str) else ""


def _in_lines(text: str) -> Iterator[str]:
    """The URLs of settings that stand on lines of their own."""
    said = (line for line in text.splitlines() if not COMMENT.match(line))
    for line in (part for whole in said for part in _BLOCKS.split(whole)):
        for form in (_ASSIGNS, _DIRECTS, _ALONE):
            if match := form.match(line):
                yield from _begun(match[1], line[match.end() :])
                break


def _in_program(text: str) -> Iterator[str]:
    """The URLs that a program in a language without `#` has as texts of their own."""
    for line in text.splitlines():
        if not _REMARK.match(line):
            for match in _QUOTED.finditer(line):
                yield from (host for _, host in hosts_in(match[1], within=0))


def _in_markup(text: str) -> Iterator[str]:
    """The URLs of attributes and elements."""
    plain = _XML_COMMENT.sub("", text)
    for form in (_ATTRIBUTE, _ELEMENT):
        for match in form.finditer(plain):
            name = match[1].rpartition(":")[2] if "xmlns" not in match[1] else match[1]
            yield from _begun(name, re.split(r"""["'<\s]""", plain[match.end() :], maxsplit=1)[0])
