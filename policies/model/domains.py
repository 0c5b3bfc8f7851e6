"""Names of DNS and the patterns that DNS Firewall takes for them.

A pattern is a name, `*.` before a domain for every name under it (and not the domain itself), or
`*` for every name. AWS takes a `*` without a dot behind it too, and does not say what it matches.
Source: Route 53 Resolver API, UpdateFirewallDomains, Domains; Route 53 Developer Guide, DNS
Firewall domain lists, and how Resolver matches domain names with rules (read 2026-11-28).
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

EVERY: Final = "*"
_TOP: Final = ("example", "test", "invalid")  # nobody's, by RFC 2606


class Sample(NamedTuple):
    """Names of one kind, by a pattern, and one of them that stands for all."""

    pattern: str
    name: str


def normal(text: str) -> str:
    """A name as DNS compares it."""
    return text.lower().rstrip(".")


def within(domain: str, name: str) -> bool:
    """Whether a name is the domain or one under it."""
    return name == domain or name.endswith(f".{domain}")


def matches(pattern: str, name: str) -> bool | None:
    """Whether a pattern of DNS Firewall matches a name; None where AWS does not say."""
    wanted = normal(pattern)
    if wanted == EVERY:
        return True
    if wanted.startswith("*."):
        return name.endswith(wanted[1:])
    if wanted.startswith(EVERY):
        return None if name.endswith(wanted[1:]) else False
    return name == wanted


class _ByForm(NamedTuple):
    """Patterns by what is compared with a name. loose: ends behind a `*` without a dot."""

    every: bool
    names: frozenset[str]
    ends: tuple[str, ...]
    loose: tuple[str, ...]


def one_matches(patterns: tuple[str, ...], name: str) -> bool | None:
    """Whether one of the patterns matches a name, as `matches` says it of each; None where none
    surely does, and one may. A list is sorted out once: it is asked about thousands of names."""
    found = _by_form(patterns)
    if found.every or name in found.names or name.endswith(found.ends):
        return True
    return None if name.endswith(found.loose) else False


@lru_cache(maxsize=256)
def _by_form(patterns: tuple[str, ...]) -> _ByForm:
    listed = {normal(pattern) for pattern in patterns}
    starred = {p for p in listed if p.startswith(EVERY)} - {EVERY}
    ends = {p[1:] for p in starred if p.startswith("*.")}
    loose = {p[1:] for p in starred if not p.startswith("*.")}
    names = frozenset(listed - starred - {EVERY})
    return _ByForm(EVERY in listed, names, tuple(sorted(ends)), tuple(sorted(loose)))


def samples(patterns: Iterable[str]) -> Iterator[Sample]:
    """Names such that any other name is matched by the same patterns as one of them.

    A pattern speaks of a domain or of what is under it. So does nothing between two domains that
    are spoken of: all names under the one and not under the other are alike.
    """
    listed = {normal(pattern) for pattern in patterns} - {EVERY}
    loose = {pattern[1:] for pattern in listed if pattern.startswith(EVERY) and pattern[1] != "."}
    domains = {pattern.removeprefix("*.") for pattern in listed if not pattern.startswith(EVERY)}
    domains |= {pattern[2:] for pattern in listed if pattern.startswith("*.")}
    domains |= loose | {f"x{end}" for end in loose}
    for domain in sorted(domains):
        yield Sample(domain, domain)
        yield Sample(f"*.{domain}", _fresh(f".{domain}", domains))
    top = next(t for t in _tops() if t not in domains and not t.endswith(tuple(loose)))
    yield Sample(EVERY, _fresh(f".{top}", domains))


def _fresh(end: str, domains: set[str]) -> str:
    """A name with this end, under none of the domains that lie deeper."""
    number = 0
    while f"data{number or ''}{end}" in domains:
        number += 1
    return f"data{number or ''}{end}"


def _tops() -> Iterator[str]:
    yield from _TOP
    number = 0
    while True:
        yield f"top{number}"
        number += 1
