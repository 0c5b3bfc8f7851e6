"""Interfaces of SageMaker's notebooks, domains and models in a VPC: they run people's programs, so
where those reach is asked, as of machines.

Nobody gives one a public address, and none forwards (SageMaker developer guide, host-vpc and
studio-notebooks-and-internet-access; read 2026-11-30). What is not kept to a VPC is a finding of
its own (CN-259). Groups of a domain are those of its users, where no user has others.
"""

from collections.abc import Iterator

from model.interfaces import Places
from model.network import Hole, Interface, Public
from model.nouns import Noun
from rules.studios import PLACED
from rules.unknowns import at, is_set


def studios(places: Places) -> Iterator[Interface]:
    """The interfaces of what names subnets."""
    for key, node in places.reader.each(*PLACED):
        in_subnets, in_groups = PLACED[node.resource.type]
        if not is_set(at(node.resource.props, *in_subnets.split("."))):
            continue
        subnets = places.reader.references.several(node, in_subnets, Noun.SUBNET)
        yield Interface(
            key=key,
            name=node.resource.name,
            subnets=subnets or (Hole(f"the subnet of {node.resource.name!r}"),),
            addresses=places.addresses(subnets),
            security_groups=places.groups(node, in_groups, subnets),
            public=Public.NO,
        )
