"""Where each subnet lies when the stack file lists none. Arithmetic only."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from itertools import islice

from plan.errors import PlanError
from spec.errors import Fault

SLOTS = 8  # seven zones at most, and one slot for the small subnets
CONTROL_PLANE_PREFIX = 28  # EKS wants 6 free addresses, advises 16; a /28 has 11
OPERATOR_SLOT = 7  # after the control plane's subnets of seven zones
WIDEST_PREFIX, NARROWEST_PREFIX = 16, 22


def node_cidr(vpc: IPv4Network, zone_index: int) -> IPv4Network:
    """The zone's eighth of the VPC. Appending a zone moves no earlier one."""
    return _nth(vpc.subnets(prefixlen_diff=3), zone_index)


def control_plane_cidr(vpc: IPv4Network, zone_index: int) -> IPv4Network:
    """A /28 for the control plane's interfaces, from the last eighth of the VPC."""
    return _nth(_small_block(vpc).subnets(new_prefix=CONTROL_PLANE_PREFIX), zone_index)


def operator_cidr(vpc: IPv4Network) -> IPv4Network:
    """A /28 for the operator's machine, behind the control plane's subnets."""
    return _nth(_small_block(vpc).subnets(new_prefix=CONTROL_PLANE_PREFIX), OPERATOR_SLOT)


def check_layout(vpc: IPv4Network, zone_count: int) -> None:
    """PlanError where the VPC cannot be laid out by itself."""
    if not WIDEST_PREFIX <= vpc.prefixlen <= NARROWEST_PREFIX:
        raise PlanError(
            [
                Fault(
                    "network.vpc.cidr",
                    f"must be /{WIDEST_PREFIX} to /{NARROWEST_PREFIX} to be cut up by itself; "
                    "choose such a CIDR, or list network.subnets",
                    repr(str(vpc)),
                )
            ]
        )
    if zone_count > SLOTS - 1:
        message = f"{zone_count} zones are more than {SLOTS - 1}; list network.subnets yourself"
        raise PlanError([Fault("availabilityZones", message)])


def _small_block(vpc: IPv4Network) -> IPv4Network:
    return _nth(vpc.subnets(prefixlen_diff=3), SLOTS - 1)


def _nth(blocks: Iterable[IPv4Network], index: int) -> IPv4Network:
    """One of many blocks, without making those behind it."""
    return next(islice(blocks, index, None))
