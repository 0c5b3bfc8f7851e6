"""What ConfigMaps and Secrets tell programs: hosts in their texts (setting_texts.py)."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from rules.boundary import Boundary
from rules.cluster_names import outside_of_pod
from rules.kubernetes_objects import of_kind
from rules.machines import shown
from rules.model import Check, Resource
from rules.setting_texts import called
from rules.unknowns import at


def _outside_hosts(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, host in dict.fromkeys(_told(resource)):
        fault = outside_of_pod(host, boundary)
        if fault and not _is_left_open(host):
            yield f"{where} names {shown(host)}, which {fault}"


def _is_left_open(host: str) -> bool:
    """Whether the program fills in the end of a name, from what is judged where it is given."""
    return "$" in host and "." not in host.rpartition("$")[2]


def _told(resource: Resource) -> Iterator[tuple[str, str]]:
    for kind in ("ConfigMap", "Secret"):
        for where, item in of_kind(resource, kind, ""):
            fields = (("data", kind == "Secret"), ("stringData", False), ("binaryData", True))
            for field, encoded in fields:
                texts = at(item, field)
                for key, value in texts.items() if isinstance(texts, dict) else ():
                    text = _text(value, encoded)
                    yield from ((f"{where}{field}.{key}", host) for host in called(text, str(key)))


def _text(value: Any, encoded: bool) -> str:
    """The text of an entry; nothing where it is unknown, or none."""
    if not isinstance(value, str) or not encoded:
        return value if isinstance(value, str) else ""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


CHECKS: dict[str, Check] = {"CN-217": _outside_hosts}
