"""Interfaces in a VPC of what runs people's programs for AWS: functions of Lambda, builds of
CodeBuild, and notebooks, domains and models of SageMaker. Where those reach is asked, as of
machines.

Nobody gives one a public address, and none forwards (Lambda developer guide, Giving Lambda
functions access to resources in an Amazon VPC; read 2026-11-29. CodeBuild user guide, vpc-support;
SageMaker developer guide, host-vpc and studio-notebooks-and-internet-access; read 2026-11-30). What
has no VPC has none, or AWS's, and is a finding of its own (CN-231, CN-254, CN-259). Groups of a
domain are those of its users, where no user has others.
"""

from collections.abc import Iterator
from typing import Final

from model.interfaces import Places
from model.network import Hole, Interface, Public
from model.nouns import Noun
from model.sets import EVERY_IPV4
from rules import studios
from rules.unknowns import at, false, is_set

FUNCTION: Final = "aws:lambda/function:Function"
BUILD: Final = "aws:codebuild/project:Project"
# By type: in which inputs the subnets and the security groups stand.
_PLACED: Final = {
    FUNCTION: ("vpcConfig.subnetIds", "vpcConfig.securityGroupIds"),
    BUILD: ("vpcConfig.subnets", "vpcConfig.securityGroupIds"),
    **studios.PLACED,
}
# A function sends by IPv6 only where that is asked for, whatever its subnets have.
_SIX: Final = {FUNCTION: "vpcConfig.ipv6AllowedForDualStack"}


def functions(places: Places) -> Iterator[Interface]:
    """The interfaces of whatever of these stands in a VPC, or may."""
    for key, node in places.reader.each(*_PLACED):
        type_, props, name = node.resource.type, node.resource.props, node.resource.name
        in_subnets, in_groups = _PLACED[type_]
        if not is_set(at(props, *in_subnets.split("."))):
            continue
        subnets = places.reader.references.several(node, in_subnets, Noun.SUBNET)
        within = places.addresses(subnets)
        if type_ in _SIX:
            six = at(props, *_SIX[type_].split("."))
            within = within if is_set(six) and not false(six) else within & EVERY_IPV4
        yield Interface(
            key=key,
            name=name,
            subnets=subnets or (Hole(f"the subnet of {name!r}"),),
            addresses=within,
            security_groups=places.groups(node, in_groups, subnets),
            public=Public.NO,
        )
