"""Who answers for a way out: by an exception, or for what is supplied and nobody has described."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from model.build_vpcs import MAIN_ASSOCIATION, ROUTE_TABLE_ASSOCIATION
from model.deployment import Deployment
from model.network import Hole, Interface, Key, Network, Reference, TargetKind
from proof.doubts import Doubt
from proof.reach import Leak
from rules.boundary import Boundary, RuleException, Supply, name_matches
from rules.origins import supplying_stack, texts_in

# Who answers for a gateway answers for the packets of its own VPC that pass it.
DOORS = {
    TargetKind.INTERNET_GATEWAY: "CN-010",
    TargetKind.EGRESS_ONLY_INTERNET_GATEWAY: "CN-011",
    TargetKind.NAT_GATEWAY: "CN-012",
}
# What gives a supplied thing another route table: its owner has not looked at that one.
_CHANGES = {ROUTE_TABLE_ASSOCIATION: "subnetId", MAIN_ASSOCIATION: "vpcId"}


def _machine(interface: Interface) -> Key:
    return interface.instance or interface.key.partition("#")[0]


class Answers:
    """What the boundary answers for in one deployment."""

    def __init__(self, deployment: Deployment, network: Network, boundary: Boundary) -> None:
        self._nodes = deployment.nodes
        self._deployment = deployment
        self._network = network
        self.boundary = boundary

    def exception(self, leak: Leak) -> RuleException | None:
        """The exception of the gateway that packets leave by, if it is that of their own VPC."""
        rule = DOORS.get(leak.kind)
        for exception in self.boundary.exceptions:
            same = exception.rule == rule and not exception.only
            if same and name_matches(exception.name, leak.name):
                return exception if self._own_gateway(leak) else None
        return None

    def supply(self, leak: Leak) -> Supply | None:
        """Who says of a supplied thing on the way that it leads nowhere outside."""
        if leak.kind is TargetKind.TRANSIT_GATEWAY and self._joined:
            return None
        if leak.kind is TargetKind.VPN_GATEWAY and leak.key not in self._network.vpn_gateways:
            return self.supplies(Hole(leak.key))
        found = (
            self.supplies(doubt.about)
            for doubt in leak.doubts
            if isinstance(doubt, Doubt) and doubt.about is not None
        )
        return next((supply for supply in found if supply is not None), None)

    def _own_gateway(self, leak: Leak) -> bool:
        gateway = self._network.internet_gateways.get(leak.key)
        if gateway is None:  # a NAT gateway that nobody has described
            return True
        sender = self._network.interfaces[leak.interface]
        return self.vpcs_of(sender) == {gateway.vpc}

    def vpcs_of(self, sender: Interface) -> set[Reference | None]:
        """The VPCs that a sender stands in, with every interface of its machine; None for one that
        is not described. Who has one in each of two VPCs passes on what it likes."""
        return self._vpcs[_machine(sender)]

    @cached_property
    def _vpcs(self) -> Mapping[Key, set[Reference | None]]:
        subnets, found = self._network.subnets, dict[Key, set[Reference | None]]()
        for card in self._network.interfaces.values():
            for place in card.subnets:
                subnet = subnets.get(place) if isinstance(place, str) else None
                found.setdefault(_machine(card), set()).add(subnet.vpc if subnet else None)
        return found

    def supplies(self, hole: Hole) -> Supply | None:
        """Who says of an undescribed thing that it leads nowhere outside."""
        if hole.what in self._changed:
            return None
        if hole.asked is not None:
            urn, key = hole.asked
            sources = self._nodes[urn].sources.get(key, frozenset())
            judged = sources & self._nodes.keys()
            return None if judged or self._changed_unseen else self._by_stack(sources)
        for supply in self.boundary.supplied:
            if hole.what in supply.ids:
                return supply
        return self._by_stack(self._sources_of_texts.get(hole.what, frozenset()))

    def _by_stack(self, sources: frozenset[str]) -> Supply | None:
        return supplying_stack(sources, self.boundary)

    @cached_property
    def _changed(self) -> frozenset[Any]:
        """What is given another route table here."""
        return frozenset(self._subjects())

    @property
    def _changed_unseen(self) -> bool:
        """Whether something is, of which nobody knows yet what it is."""
        return any(not isinstance(subject, str) for subject in self._changed)

    def _subjects(self) -> Iterator[Any]:
        own = {node.outputs().get("id") for node in self._nodes.values()}
        for type_, key in _CHANGES.items():
            for node in self._deployment.of_type(type_):
                value = node.resource.props.get(key)
                made_here = node.sources.get(key, frozenset()) & self._nodes.keys()
                if value is not None and value not in own and not made_here:
                    yield value

    @cached_property
    def _joined(self) -> bool:
        """Whether VPCs of this deployment may meet at a transit gateway that nobody describes."""
        attached = [
            a.transit_gateway
            for a in self._network.attachments.values()
            if a.kind == "vpc" and isinstance(a.transit_gateway, Hole)
        ]
        return len(attached) > 1

    @cached_property
    def _sources_of_texts(self) -> Mapping[str, frozenset[str]]:
        """Of each text that comes from another stack: from which."""
        found: dict[str, frozenset[str]] = {}
        for node in self._nodes.values():
            for key, sources in node.sources.items():
                if supplying_stack(sources, self.boundary) is not None:
                    for text in texts_in(node.resource.props.get(key)):
                        found[text] = sources
        return found
