"""AWS's answers as its protocols have them: XML, or JSON."""

from __future__ import annotations

import json
from xml.etree import ElementTree


def xml_of(body: bytes) -> ElementTree.Element | None:
    """Without namespaces, which differ between services and versions."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def error_of(body: bytes) -> tuple[str, str]:
    """Code and message, in whichever of AWS's forms they come."""
    root = xml_of(body)
    if root is not None:
        return root.findtext(".//Code", ""), root.findtext(".//Message", "")
    try:
        said = json.loads(body)
    except ValueError:
        return "", ""
    if not isinstance(said, dict):
        return "", ""
    code = str(said.get("__type", "")).rpartition("#")[2]
    return code, str(said.get("message") or said.get("Message") or "")
