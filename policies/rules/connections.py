"""Peering, transit gateways, VPNs and other services that join networks or accounts."""

from collections.abc import Iterator
from typing import Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, is_set, listed, says

LINK: Final = "aws:apigateway/vpcLink:VpcLink"


def _unnamed(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if not boundary.connections_named(resource.name):
        yield "joins another network, and boundary.connections does not name it"


def _unnamed_party(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type != LINK or not boundary.links_named(resource.name):
        yield from _unnamed(resource, boundary)


def _foreign_owner(resource: Resource, boundary: Boundary) -> Iterator[str]:
    owner = resource.props.get("peerOwnerId")
    if not is_set(owner) or listed(owner, boundary.accounts):
        return
    yield f"peers with an account, {says(owner, ACCOUNT)}, that boundary.accounts does not list"


def _auto_accept(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("autoAcceptSharedAttachments")
    if is_set(value) and value != "disable":
        yield f"accepts attachments by itself: autoAcceptSharedAttachments is {says(value)}"


CHECKS: dict[str, Check] = {
    "CN-020": _unnamed,
    "CN-021": _foreign_owner,
    "CN-022": _unnamed,
    "CN-023": _auto_accept,
    "CN-024": _unnamed,
    "CN-025": _unnamed_party,
}
