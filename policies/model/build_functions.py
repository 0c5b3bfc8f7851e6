"""Interfaces of Lambda functions and of builds in a VPC: they run the account's code, so where that
reaches is asked, as of machines.

Nobody gives one a public address, and none forwards (Lambda developer guide, Giving Lambda
functions access to resources in an Amazon VPC; read 2026-11-29. CodeBuild user guide, vpc-support;
read 2026-11-30). What has no VPC has none, and is a finding of its own (CN-231, CN-254).
"""

from collections.abc import Iterator
from typing import Final

from model.deployment import Node
from model.interfaces import Places
from model.network import Hole, Interface, Key, Public
from model.nouns import Noun
from model.sets import EVERY_IPV4
from rules.unknowns import at, false, is_set

FUNCTION: Final = "aws:lambda/function:Function"
_SUBNETS: Final = "vpcConfig.subnetIds"
_GROUPS: Final = "vpcConfig.securityGroupIds"


BUILD: Final = "aws:codebuild/project:Project"


def functions(places: Places) -> Iterator[Interface]:
    """The interfaces of functions and of builds that stand in a VPC, or may."""
    for key, node in places.reader.each(BUILD):
        if is_set(at(node.resource.props, "vpcConfig", "subnets")):
            yield _build(places, key, node)
    for key, node in places.reader.each(FUNCTION):
        props, name = node.resource.props, node.resource.name
        if not is_set(at(props, "vpcConfig", "subnetIds")):
            continue
        subnets = places.reader.references.several(node, _SUBNETS, Noun.SUBNET)
        within = places.addresses(subnets)
        six = at(props, "vpcConfig", "ipv6AllowedForDualStack")
        yield Interface(
            key=key,
            name=name,
            subnets=subnets or (Hole(f"the subnet of {name!r}"),),
            # It sends by IPv6 only where that is asked for, whatever its subnets have.
            addresses=within if is_set(six) and not false(six) else within & EVERY_IPV4,
            security_groups=places.groups(node, _GROUPS, subnets),
            public=Public.NO,
        )


def _build(places: Places, key: Key, node: Node) -> Interface:
    subnets = places.reader.references.several(node, "vpcConfig.subnets", Noun.SUBNET)
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets or (Hole(f"the subnet of {node.resource.name!r}"),),
        addresses=places.addresses(subnets),
        security_groups=places.groups(node, _GROUPS, subnets),
        public=Public.NO,
    )
