"""The hosts that variables and commands name, of whatever runs a program: functions, tasks."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.named_hosts import PROXY, hosts_in, listed_hosts
from rules.proxies import outside_proxies
from rules.unknowns import each

# What a variable is called that holds hosts as they are, without a scheme.
_HOLDS_HOSTS: Final = re.compile(
    r"(?:.*_)?(?:HOST|HOSTNAME|SERVER|ENDPOINT|BROKER|URL|URI)S?", re.IGNORECASE
)


def hosts_of_variable(name: str, value: str) -> Iterator[str]:
    """The hosts that a variable names; a proxy's is judged by itself."""
    if not PROXY.match(f"{name}="):
        yield from (host for _, host in hosts_in(value, ported=False))
        if _HOLDS_HOSTS.fullmatch(name):
            yield from listed_hosts(value)


def hosts_of_words(words: Any) -> Iterator[str]:
    """The hosts that a command names, whose words come one by one."""
    known = [word for _, word in each(words) if isinstance(word, str)]
    for text in dict.fromkeys(("\n".join(known), " ".join(known))):
        yield from (host for _, host in hosts_in(text))


def proxies_outside(variables: Iterable[tuple[str, str, str]], boundary: Boundary) -> Iterator[str]:
    """Proxies outside that variables name: where, name, value."""
    said = [
        (f"{where} ", name.lower(), value)
        for where, name, value in variables
        if PROXY.match(f"{name}=") and name.lower() != "no_proxy" and value
    ]
    yield from outside_proxies(said, boundary)
