"""Where Fluent Bit sends what it collects: the hosts of its outputs, written without a scheme.

Its settings have two forms: sections of `Key value`, and YAML with a `pipeline`. (Fluent Bit 4.0,
classic configuration, YAML configuration, upstream servers; read 2026-11-28.)
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from rules.safe_yaml import YamlFault, documents
from rules.unknowns import at, each

_SECTION = re.compile(r"^[ \t]*\[(output|node|input|filter|service)\][ \t]*$", re.I | re.M)
_HEADING = re.compile(r"[ \t]*\[(\w+)\][ \t]*")
_PIPELINE = re.compile(r"^[ \t]*[\"']?(?:pipeline|upstream_servers)[\"']?[ \t]*:", re.M)
_SENDING: Final = ("output", "node")
_HOSTS: Final = ("host", "endpoint", "sts_endpoint")
_SETTING = re.compile(rf"[ \t]*({'|'.join(_HOSTS)})[ \t]+(\S+)", re.IGNORECASE)
_HOST = re.compile(r"([\w.-]+?)(?::\d{1,5})?|\[?([0-9a-f]*:[0-9a-f:]+)\]?", re.IGNORECASE)


def is_told(text: str) -> bool:
    """Whether a text is of Fluent Bit's forms."""
    return bool(_SECTION.search(text) or _PIPELINE.search(text))


def sinks(text: str) -> Iterator[str]:
    """The hosts that outputs are given by name or address. One that begins as a URL does, or that
    a variable fills in, is no such host."""
    values = _of_sections(text) if _SECTION.search(text) else _of_pipeline(text)
    for value in values:
        match = _HOST.fullmatch(value)
        if match:
            yield (match[1] or match[2]).lower()


def _of_sections(text: str) -> Iterator[str]:
    section = ""
    for line in text.splitlines():
        if begins := _HEADING.fullmatch(line):
            section = begins[1].lower()
        elif section in _SENDING and (setting := _SETTING.match(line)):
            yield setting[2].strip("\"'")


def _of_pipeline(text: str) -> Iterator[str]:
    try:
        read = [value for _, value in documents(text)] if _PIPELINE.search(text) else []
    except YamlFault:
        return
    for value in read:
        for _, output in each(at(value, "pipeline", "outputs")):
            yield from _given(output)
        for _, upstream in each(at(value, "upstream_servers")):
            for _, node in each(at(upstream, "nodes")):
                yield from _given(node)


def _given(output: Any) -> Iterator[str]:
    named = output.items() if isinstance(output, dict) else ()
    yield from (v for k, v in named if str(k).lower() in _HOSTS and isinstance(v, str))
