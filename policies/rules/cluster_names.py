"""Names by which pods find Services: the cluster's search domains complete `<service>.<namespace>`.

Written so a name may be one of the internet as well (`x.dev`), so it is inside where the Service is
given, or where no domain of the internet can be called as its namespace is.
"""

import re
from collections.abc import Mapping
from typing import Final

from model.deployment import Node
from rules.boundary import Boundary
from rules.called_hosts import SOURCE
from rules.hosts import outside_host
from rules.kubernetes_objects import of_kind
from rules.unknowns import at

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SHORT = re.compile(rf"{_LABEL}\.({_LABEL})")
_API: Final = "kubernetes.default"
# What ends in a number is read as an address (WHATWG, URL, host parsing).
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# The internet's domains are of letters alone, or begin with xn-- (RFC 3696, section 2; ICANN, gTLD
# Applicant Guidebook, 2.2.1.3.2; read 2026-11-28).
_NO_DOMAIN = re.compile(r"(?!xn--)[a-z0-9-]*[0-9-][a-z0-9-]*")


def services(nodes: Mapping[str, Node]) -> frozenset[str]:
    """The names of the Services that are given, each with its namespace."""
    names = set()
    for node in nodes.values():
        if node.resource.type.startswith("kubernetes:"):
            for _, service in of_kind(node.resource, "Service", ""):
                name, space = (at(service, "metadata", key) for key in ("name", "namespace"))
                elsewhere = at(service, "spec", "type") == "ExternalName"
                if isinstance(name, str) and isinstance(space, str) and not elsewhere:
                    names.add(f"{name}.{space}")
    return frozenset(names)


def outside_of_pod(host: str, boundary: Boundary) -> str | None:
    """Why a host that a pod is told of is not inside; None when it is, or may turn out to be."""
    name = host.lower()
    short = _SHORT.fullmatch(name)
    if short and short[1] != SOURCE and not _NUMBER.fullmatch(short[1]):
        given = boundary.services_given
        if given is None or name == _API or name in given or _NO_DOMAIN.fullmatch(short[1]):
            return None
    return outside_host(host, boundary)
