"""Karpenter's node classes: held to what launch templates are held to.

Karpenter makes templates of them, in the cluster and later. What a class leaves out, Karpenter sets
(EC2NodeClass of karpenter.k8s.aws/v1: tokens required, a hop limit of 1, encrypted volumes for the
families of AWS; read 2026-11-29).
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.kubernetes_objects import of_kind
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, false, is_set, says, true

KINDS: Final = ("EC2NodeClass", "AWSNodeTemplate")
_GROUP: Final = "karpenter.k8s.aws"
# What chooses by anything else than an id takes whatever is tagged or called so, by whomever.
_SELECTED: Final = ("subnetSelectorTerms", "securityGroupSelectorTerms")


def node_classes(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Where a node class stands, and the class."""
    for kind in KINDS:
        yield from of_kind(resource, kind, _GROUP)


def _public_ip(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, item in node_classes(resource):
        if not false(at(item, "spec", "associatePublicIPAddress")):
            yield f"{where}does not set spec.associatePublicIPAddress to false"


def metadata_without_tokens(resource: Resource) -> Iterator[str]:
    """CN-052"""
    for where, options in _metadata(resource):
        value = at(options, "httpTokens")
        if is_set(value) and value != "required":
            yield f"{where}spec.metadataOptions.httpTokens is {says(value)}, not required"


def metadata_that_travels(resource: Resource) -> Iterator[str]:
    """CN-053"""
    for where, options in _metadata(resource):
        value = at(options, "httpPutResponseHopLimit")
        if is_set(value) and value != 1:
            yield f"{where}spec.metadataOptions.httpPutResponseHopLimit is {says(value)}, not 1"


def _metadata(resource: Resource) -> Iterator[tuple[str, Any]]:
    for where, item in node_classes(resource):
        options = at(item, "spec", "metadataOptions")
        if at(options, "httpEndpoint") != "disabled":
            yield where, options


def volumes_in_clear(resource: Resource) -> Iterator[str]:
    """CN-055"""
    for where, item in node_classes(resource):
        mappings = at(item, "spec", "blockDeviceMappings")
        if not is_set(mappings) and at(item, "spec", "amiFamily") == "Custom":
            yield f"{where}spec.blockDeviceMappings is absent, and amiFamily Custom has no default"
        for index, mapping in each(mappings):
            value = at(mapping, "ebs", "encrypted")
            if not true(value):
                path = f"spec.blockDeviceMappings{index}.ebs.encrypted"
                yield f"{where}{path} is {says(value)}, not true"


def images_that_move(resource: Resource) -> Iterator[str]:
    """CN-056"""
    yield from _by_other_than_id(resource, "amiSelectorTerms")


def _selected(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in _SELECTED:
        yield from _by_other_than_id(resource, key)


def _by_other_than_id(resource: Resource, key: str) -> Iterator[str]:
    for where, item in node_classes(resource):
        for index, term in each(at(item, "spec", key)):
            if term is UNKNOWN or not is_set(at(term, "id")):
                yield f"{where}spec.{key}{index} chooses by something other than an id"


CHECKS: dict[str, Check] = {"CN-158": _public_ip, "CN-224": _selected}
