"""What must be true of supplied gateways and addresses: alive, and of the very VPC.

In a VPC that we make, a gateway was attached later if at all: that VPC's id is known to no stack
file, so only what does not need it is judged.
"""

from plan.errors import Faults
from spec.cluster import ClusterSpec
from spec.connections import (
    ConnectionSpec,
    ExistingConnection,
    ExistingVpnGateway,
    TransitGatewayConnection,
    VirtualPrivateGatewayConnection,
    VpcPeeringConnection,
)
from spec.lock import Lock
from spec.network import (
    ExistingElasticIp,
    ExistingInternetGateway,
    ExistingNatGateway,
    ExistingSubnet,
    ExistingVpc,
    NatEgress,
    NoEgress,
)
from spec.supplied import Supplied, SuppliedNatGateway

# States of a peering beside which AWS makes no other (VPC peering guide, lifecycle, read
# 2026-11-29).
PEERED = ("initiating-request", "pending-acceptance", "provisioning", "active")
RUN_LOCK = "was not read; run heiiki lock"


def check_supplied_gateways(spec: ClusterSpec, lock: Lock, faults: Faults) -> None:
    """Compare every way out and every connection that is supplied with what the lock file says."""
    vpc = spec.network.vpc
    vpc_id = vpc.vpc_id if isinstance(vpc, ExistingVpc) else None
    _check_internet_gateway(spec, lock, vpc_id, faults)
    if isinstance(spec.network.egress, NatEgress):
        _check_nat_gateways(spec, spec.network.egress, lock, vpc_id, faults)
    for name, connection in spec.network.connections.items():
        path = f"network.connections.{name}"
        _check_connection(path, connection, spec.name, lock.supplied, vpc_id, faults)


def _check_internet_gateway(
    spec: ClusterSpec, lock: Lock, vpc_id: str | None, faults: Faults
) -> None:
    egress = spec.network.egress
    if isinstance(egress, NoEgress):
        return
    gateway = egress.internet_gateway
    if not isinstance(gateway, ExistingInternetGateway):
        return
    path, value = "network.egress.internetGateway.internetGatewayId", gateway.internet_gateway_id
    found = lock.supplied.internet_gateways.get(value)
    if found is None:
        faults.add(path, RUN_LOCK, value)
    elif vpc_id is not None and vpc_id not in found.vpc_ids:
        faults.add(path, f"is attached to {', '.join(found.vpc_ids) or 'no VPC'}, not to "
                   f"network.vpc.vpcId {vpc_id}; name the gateway of that VPC, or have its owner "
                   "attach it", value)  # fmt: skip


def _check_nat_gateways(
    spec: ClusterSpec, egress: NatEgress, lock: Lock, vpc_id: str | None, faults: Faults
) -> None:
    holders: dict[str, str] = {}
    for name, nat in egress.nat_gateways.items():
        path = f"network.egress.natGateways.{name}"
        if isinstance(nat, ExistingNatGateway):
            value = nat.nat_gateway_id
            found = lock.supplied.nat_gateways.get(value)
            if found is None:
                faults.add(f"{path}.natGatewayId", RUN_LOCK, value)
            else:
                _check_nat_gateway(f"{path}.natGatewayId", value, found, spec, vpc_id, faults)
        elif isinstance(nat.elastic_ip, ExistingElasticIp):
            path, value = f"{path}.elasticIp.allocationId", nat.elastic_ip.allocation_id
            _check_elastic_ip(path, value, spec, lock, faults)
            if (holder := holders.setdefault(value, name)) != name:
                faults.add(path, f"is what natGateways.{holder} has already, and an address "
                           "belongs to one gateway; name another, or let both zones use that one",
                           value)  # fmt: skip


def _check_nat_gateway(
    path: str, value: str, found: SuppliedNatGateway, spec: ClusterSpec, vpc_id: str | None,
    faults: Faults,
) -> None:  # fmt: skip
    if found.state != "available":
        faults.add(path, f"is {found.state}, not available; name another, or have its owner mend "
                   "it", value)  # fmt: skip
    if found.connectivity_type != "public":
        faults.add(path, f"is of connectivity type {found.connectivity_type}, which leads to no "
                   "internet; name a public one", value)  # fmt: skip
    if vpc_id is not None and found.vpc_id != vpc_id:
        message = f"lies in {found.vpc_id}, not in network.vpc.vpcId {vpc_id}, and a route leads "
        faults.add(path, f"{message}to none of another VPC; name one of that VPC", value)
    for name, subnet in spec.network.subnets.items():
        if (
            isinstance(subnet, ExistingSubnet)
            and subnet.subnet_id == found.subnet_id
            and subnet.exposure != "public"
        ):
            faults.add(path, f"lies in network.subnets.{name}, which is {subnet.exposure}, so it "
                       "reaches no internet; name one in a public subnet", value)  # fmt: skip


def _check_elastic_ip(path: str, value: str, spec: ClusterSpec, lock: Lock, faults: Faults) -> None:
    found = lock.supplied.elastic_ips.get(value)
    if found is None:
        faults.add(path, RUN_LOCK, value)
        return
    if found.domain != "vpc":
        faults.add(path, f"is of domain {found.domain}, and NAT gateways take those of vpc; "
                   "allocate one there", value)  # fmt: skip
    if found.associated_with is not None and found.made_by != spec.name:
        faults.add(path, f"is in use by {found.associated_with}; name a free one, or have its "
                   "owner disassociate it", value)  # fmt: skip


def _check_connection(
    path: str, asked: ConnectionSpec, cluster: str, supplied: Supplied, vpc_id: str | None,
    faults: Faults,
) -> None:  # fmt: skip
    if isinstance(asked, TransitGatewayConnection):
        _check_transit_gateway(f"{path}.transitGatewayId", asked.transit_gateway_id, supplied,
                               None, faults)  # fmt: skip
        _check_attachable(f"{path}.transitGatewayId", asked.transit_gateway_id, supplied, vpc_id,
                          faults)  # fmt: skip
    elif isinstance(asked, VpcPeeringConnection):
        _check_peerable(f"{path}.peerVpcId", asked.peer_vpc_id, cluster, supplied, vpc_id, faults)
    elif isinstance(asked, ExistingConnection) and asked.target_id.startswith("tgw-"):
        _check_transit_gateway(f"{path}.targetId", asked.target_id, supplied, vpc_id, faults)
    elif isinstance(asked, ExistingConnection):
        _check_peering(f"{path}.targetId", asked.target_id, supplied, vpc_id, faults)
    elif isinstance(asked, VirtualPrivateGatewayConnection) and isinstance(
        asked.gateway, ExistingVpnGateway
    ):
        _check_vpn_gateway(f"{path}.gateway.vpnGatewayId", asked.gateway.vpn_gateway_id, supplied,
                           vpc_id, faults)  # fmt: skip
    elif isinstance(asked, VirtualPrivateGatewayConnection):
        _check_no_vpn_gateway(f"{path}.gateway", supplied, vpc_id, faults)


def _check_transit_gateway(
    path: str, value: str, supplied: Supplied, vpc_id: str | None, faults: Faults
) -> None:
    """vpc_id: of a VPC that must be attached already; None where we attach ours."""
    found = supplied.transit_gateways.get(value)
    if found is None:
        faults.add(path, RUN_LOCK, value)
        return
    if found.state != "available":
        faults.add(path, f"is {found.state}, not available; have its owner mend it", value)
    attachment = found.attachments.get(vpc_id) if vpc_id is not None else "available"
    if attachment is None:
        faults.add(path, f"has no attachment of network.vpc.vpcId {vpc_id}, so no route leads "
                   "there; have its owner attach the VPC, or write kind transitGateway, which "
                   "does", value)  # fmt: skip
    elif attachment != "available":
        faults.add(path, f"has an attachment of network.vpc.vpcId {vpc_id} that is {attachment}, "
                   "not available; have its owner accept or mend it", value)  # fmt: skip


def _check_attachable(
    path: str, value: str, supplied: Supplied, vpc_id: str | None, faults: Faults
) -> None:
    """A VPC is attached to a transit gateway once, be it by others."""
    found = supplied.transit_gateways.get(value)
    if found is not None and vpc_id in found.attachments:
        faults.add(path, f"has an attachment of network.vpc.vpcId {vpc_id} already, and AWS gives "
                   "a VPC one; write kind existing, with it as targetId; or run heiiki lock, "
                   "where this cluster has made it", value)  # fmt: skip


def _check_peerable(
    path: str, value: str, cluster: str, supplied: Supplied, vpc_id: str | None, faults: Faults
) -> None:
    """The cluster's own may be in the lock file too, where a supplied table leads to it."""
    for peering_id, found in supplied.peerings.items():
        if (
            set(found.vpc_ids) == {vpc_id, value}
            and found.state in PEERED
            and found.made_by != cluster
        ):
            faults.add(path, f"is peered with network.vpc.vpcId {vpc_id} already, by {peering_id}, "
                       "and AWS gives two VPCs one peering; write kind existing, with that as "
                       "targetId", value)  # fmt: skip


def _check_no_vpn_gateway(
    path: str, supplied: Supplied, vpc_id: str | None, faults: Faults
) -> None:
    for gateway_id, found in supplied.vpn_gateways.items():
        if vpc_id in found.vpc_ids:
            faults.add(path, f"would be a second one: network.vpc.vpcId {vpc_id} has {gateway_id}, "
                       "and AWS gives a VPC one; write {kind: existing, vpnGatewayId: "
                       f"{gateway_id}}}")  # fmt: skip


def _check_peering(
    path: str, value: str, supplied: Supplied, vpc_id: str | None, faults: Faults
) -> None:
    found = supplied.peerings.get(value)
    if found is None:
        faults.add(path, RUN_LOCK, value)
        return
    if found.state != "active":
        faults.add(path, f"is {found.state}, not active; have both owners make and accept it anew",
                   value)  # fmt: skip
    if vpc_id is not None and found.vpc_ids and vpc_id not in found.vpc_ids:
        faults.add(path, f"joins {' and '.join(found.vpc_ids)}, not network.vpc.vpcId {vpc_id}; "
                   "name one of that VPC", value)  # fmt: skip


def _check_vpn_gateway(
    path: str, value: str, supplied: Supplied, vpc_id: str | None, faults: Faults
) -> None:
    found = supplied.vpn_gateways.get(value)
    if found is None:
        faults.add(path, RUN_LOCK, value)
        return
    if found.state != "available":
        faults.add(path, f"is {found.state}, not available; have its owner mend it", value)
    if vpc_id is not None and vpc_id not in found.vpc_ids:
        faults.add(path, f"is attached to {', '.join(found.vpc_ids) or 'no VPC'}, not to "
                   f"network.vpc.vpcId {vpc_id}; have its owner attach it", value)  # fmt: skip
