"""Hosts in settings that are written without a scheme, where their setting says what they are.

A host with its port counts under any name, if its ending is one that no namespace has; a host
alone, or an address, where the setting's name says that it is called (`endpoint`, `smtp_host`).
What is served (`host`, `domain`, `server_name`) is left out. Files of known programs are read by
their lines (line_forms.py).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from rules.line_forms import in_forms
from rules.named_hosts import PUBLIC

_PORT: Final = r":\d{1,5}"
_PUBLIC: Final = rf"(?:[a-z0-9_-]+\.)+{PUBLIC}"
_FOUR: Final = r"\d{1,3}(?:\.\d{1,3}){3}"
HINT: Final = re.compile(rf"{_PUBLIC}\b|{_FOUR}", re.IGNORECASE)  # whether there may be any
_WITH_PORT: Final = re.compile(rf"({_PUBLIC}|{_FOUR}){_PORT}", re.IGNORECASE)
_ALONE: Final = re.compile(rf"({_PUBLIC}|{_FOUR})", re.IGNORECASE)
_OF_SERVICES: Final = (
    "amqp|database|db|elastic\\w*|influx\\w*|kafka|ldap|logs?|mail|mqtt|mysql|ntp|postgres\\w*|proxy|"
    "redis|smtp|syslog"
)
_CALLED: Final = re.compile(
    r"(?:.*[._-])?(?:address|brokers?|bootstrap[._-]?servers?|endpoint|relay|remote"
    r"|server[._-]?addr(?:ess)?|smarthost|targets?|upstreams?"
    rf"|(?:{_OF_SERVICES})[._-]?(?:addr(?:ess)?|host(?:name)?|server))",
    re.IGNORECASE,
)
_LISTENS: Final = re.compile(r".*(?:bind|listen|advertise|external|public).*", re.IGNORECASE)
_ASSIGNED: Final = re.compile(
    r"""\s*(?:-\s+)?(?:export\s+)?["']?([\w.-]+)["']?\s*(?:=>|:=|[:=])\s*["'\[(]*([^\s"'\]),;]+)"""
)
COMMENT: Final = re.compile(r"\s*(?:[#;]|//|--)")
_FILES: Final = re.compile(r".*\.(?:conf|cfg|cnf|ovpn)")
_FLUENTD: Final = re.compile(r"\s*(?:host|endpoint)\s+(\S+)")


def is_of_a_program(key: str) -> bool:
    """Whether a text is read line by line, by what it is kept under."""
    return _FILES.fullmatch(key) is not None


def in_values(values: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The hosts of settings, each given with its name."""
    for name, value in values:
        parts = [part.strip() for part in value.split(",")]
        forms = (_WITH_PORT, _ALONE) if _CALLED.fullmatch(name) else (_WITH_PORT,)
        found = [next((m for f in forms if (m := f.fullmatch(part))), None) for part in parts]
        if not _LISTENS.fullmatch(name) and all(found):
            yield from (match[1].lower() for match in found if match is not None)


def in_lines(text: str, key: str) -> Iterator[str]:
    """The hosts of a text that is neither YAML nor JSON. key: what it is kept under."""
    lines = [line for line in text.splitlines() if not COMMENT.match(line)]
    yield from in_values((m[1], m[2]) for m in map(_ASSIGNED.match, lines) if m)
    if is_of_a_program(key):
        yield from (host for line in lines for host in in_forms(line))
    if "@type" in text:
        yield from in_values(("endpoint", m[1]) for m in map(_FLUENTD.match, lines) if m)
