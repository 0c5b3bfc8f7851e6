"""What an EKS add-on is told in its configurationValues: hosts, proxies and images, as pods are.

Each add-on has a schema of its own, so what counts is what a value is: a URL, a host with a port,
an address, a variable of a proxy, or a text with settings of its own.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from rules.model import Resource
from rules.named_hosts import PROXY, hosts_in
from rules.proxies import Said
from rules.safe_yaml import YamlFault, document
from rules.setting_texts import called, is_silent
from rules.unknowns import is_set

ADD_ON: Final = "aws:eks/addon:Addon"
WHERE: Final = "configurationValues"
# Whose values other rules read, and say of them that they cannot be read.
_READ_ELSEWHERE: Final = ("coredns", "vpc-cni")
_AUTHORITY = re.compile(r"([\w-]+(?:\.[\w-]+)+):\d{1,5}")  # as exporters are told of collectors
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4}:[0-9a-f:]+", re.IGNORECASE)


def is_unreadable(resource: Resource) -> bool:
    """Whether nobody can say what an add-on is told. What is unknown in preview is told later."""
    text = resource.props.get(WHERE)
    if not isinstance(text, str) or resource.props.get("addonName") in _READ_ELSEWHERE:
        return False
    try:
        document(text)
    except YamlFault:
        return is_set(text)
    return False


def hosts(resource: Resource) -> Iterator[str]:
    """The hosts that an add-on is told of."""
    for name, value in _settings(resource):
        if PROXY.match(f"{name}=") or is_silent(name):
            continue
        if "\n" in value:
            yield from called(value, name)
        elif match := _AUTHORITY.fullmatch(value.strip()):
            yield match[1].lower()
        elif "://" in value or _ADDRESS.fullmatch(value.strip()):
            yield from (host for _, host in hosts_in(value, within=0))


def proxies(resource: Resource) -> Iterator[Said]:
    """The variables of proxies that an add-on sets."""
    for name, value in _settings(resource):
        if PROXY.match(f"{name}="):
            yield f"{WHERE} ", name.lower(), value


def configuration(resource: Resource) -> Any:
    """What the values are; None where there are none, or nobody can read them."""
    text = resource.props.get(WHERE)
    try:
        return document(text) if isinstance(text, str) and text else None
    except YamlFault:
        return None


def _settings(resource: Resource) -> Iterator[tuple[str, str]]:
    """Each text with the name that it is set by."""
    yield from _below(configuration(resource), "")


def _below(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        variable = value.get("name")
        for key, inner in value.items():
            named = key == "value" and isinstance(variable, str)
            yield from _below(inner, str(variable if named else key))
    elif isinstance(value, list):
        for inner in value:
            yield from _below(inner, name)
    elif isinstance(value, str):
        yield name, value
