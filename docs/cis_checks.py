"""The benchmark's items, held against rendered files: what the pages show and the tests demand.

An item looks at a `program`'s `flag`, or at a `file`: its `mode`, its `owner`, what stands `at` a
path of its document (`*` is every item of a list), or the words that it `holds`. It then asks for
one of the tests below, or has a `reason` why it is not looked at here. A `note` says how.
"""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from machines.host_files import HostFile

ITEMS = Path(__file__).parents[1] / "tests" / "machines" / "cis" / "cis-1.12.yaml"
Machines = Mapping[str, Sequence[HostFile]]  # role -> its files
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One item. result: "pass", "reason" or "fail"; shown: what was looked at, or why not."""

    id: str
    title: str
    result: str
    shown: str


def items() -> list[Item]:
    return list(yaml.safe_load(ITEMS.read_text(encoding="utf-8")))


def findings(machines: Machines, asked: Iterable[Item]) -> list[Finding]:
    """In the items' order."""
    return [_finding(machines, item) for item in asked]


def _finding(machines: Machines, item: Item) -> Finding:
    if "reason" in item:
        return Finding(item["id"], item["title"], "reason", item["reason"])
    fits, shown = _judge(machines, item)
    note = f"; {item['note']}" if "note" in item else ""
    return Finding(item["id"], item["title"], "pass" if fits else "fail", shown + note)


def _judge(machines: Machines, item: Item) -> tuple[bool, str]:
    if "program" in item:
        return _judge_flag(machines, item)
    if "absent" in item:
        found = [f.path for files in machines.values() for f in files
                 if item["absent"] in Path(f.path).name]  # fmt: skip
        return not found, f"no file named {item['absent']} on any machine"
    files = [f for files in machines.values() for f in files if f.path == item["file"]]
    return bool(files) and all(_judge_file(file, item) for file in files), _shown_file(item)


def _judge_flag(machines: Machines, item: Item) -> tuple[bool, str]:
    commands = [flags for files in machines.values() for name, flags in programs(files)
                if name == item["program"]]  # fmt: skip
    name, fits = item["flag"], bool(commands)
    shown = f"{item['program']} --{name}"
    for flags in commands:
        values = [flags[name]] if name in flags else []
        if other := item.get("differs_from"):
            theirs = dict(programs(f for files in machines.values() for f in files))
            fits &= bool(values) and Path(values[0]).name != Path(
                theirs[other["program"]][other["flag"]]
            ).name  # fmt: skip
        else:
            fits &= _holds(values, item)
        fits &= all(flags.get(more) for more in item.get("and", []))
        shown = " ".join([f"{item['program']} --{name}", *values[:1]])
    return fits, shown if len(shown) < 90 else f"{item['program']} --{name}"


def _judge_file(file: HostFile, item: Item) -> bool:
    if "mode" in item:
        return file.mode & ~int(item["mode"], 8) == 0
    if "owner" in item:
        return bool(file.owner == item["owner"])
    if "holds" in item:
        return all(words in file.content for words in item["holds"])
    if "lacks_text" in item:
        return not any(words in file.content for words in item["lacks_text"])
    return _holds(_values(yaml.safe_load(file.content), item["at"].split(".")), item)


def _shown_file(item: Item) -> str:
    looked_at = item.get("mode") or item.get("owner") or item.get("at", "").rstrip(".")
    looked_at = looked_at or ", ".join(item.get("holds", []))
    return f"`{item['file']}` {looked_at}".rstrip()


def _values(document: Any, path: list[str]) -> list[Any]:
    """What stands there; the names of the keys, where the path ends with a dot."""
    if not path:
        return [document]
    head, rest = path[0], path[1:]
    if head == "*":
        return [value for part in document for value in _values(part, rest)]
    if head == "":
        return list(document)
    return _values(document[head], rest) if head in document else []


# For each test: whether the values that were found, as words where they are a list, are as asked.
TESTS: dict[str, Callable[[list[Any], Any], bool]] = {
    "isset": lambda values, _: bool(values) and all(values),
    "and": lambda values, _: bool(values) and all(values),
    "unset": lambda values, _: not values,
    "equals": lambda values, asked: values == [asked] and type(values[0]) is type(asked),
    "differs": lambda values, asked: bool(values) and asked not in values,
    "at_least": lambda values, asked: bool(values) and int(values[0]) >= asked,
    "has": lambda values, asked: bool(values) and set(asked) <= _words(values),
    "lacks": lambda values, asked: bool(values) and not set(asked) & _words(values),
    "unset_or_lacks": lambda values, asked: not set(asked) & _words(values),
    "only": lambda values, asked: bool(values) and _words(values) <= set(asked),
    "among": lambda values, asked: bool(values) and set(values) <= set(asked),
    "keys_among": lambda values, asked: bool(values) and set(values) <= set(asked),
}


def _holds(values: list[Any], item: Item) -> bool:
    asked = [name for name in TESTS if name in item]
    return bool(asked) and all(TESTS[name](values, item[name]) for name in asked)


def _words(values: list[Any]) -> set[str]:
    return {word for value in values for word in str(value).split(",")}


def programs(files: Iterable[HostFile]) -> list[tuple[str, dict[str, str]]]:
    """The programs that the files start, each with its flags."""
    found = (_words_of(file.path, file.content) for file in files)
    return [(Path(words[0]).name, _flags(words[1:])) for words in found if words]


@cache  # each item asks for all of them again
def _words_of(path: str, content: str) -> tuple[str, ...]:
    """The command line that a file starts; nothing, if it starts none."""
    if path.startswith("/etc/kubernetes/manifests/"):
        return tuple(yaml.safe_load(content)["spec"]["containers"][0]["command"])
    if not path.endswith(".service"):
        return ()
    lines = content.replace("\\\n", "").splitlines()
    started = [line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart=")]
    return tuple(word for line in started for word in shlex.split(line))


def _flags(words: Iterable[str]) -> dict[str, str]:
    pairs = (word.removeprefix("--").partition("=") for word in words)
    return {name: value for name, _, value in pairs}
