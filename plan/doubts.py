"""What is asked and may be made, and is hardly meant: told as warnings."""

from collections.abc import Iterator

from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection
from spec.control_plane import LOG_TYPES, EksSpec
from spec.fields import PRIVATE_RANGES

_MANY_PREFIX = 24  # more addresses than people sit behind who all need a bastion


def doubts(spec: ClusterSpec) -> list[str]:
    """Each in one sentence that begins with its key."""
    return [*_of_logs(spec), *_of_people(spec), *_of_bastions(spec)]


def _of_logs(spec: ClusterSpec) -> Iterator[str]:
    if not isinstance(spec.control_plane, EksSpec):
        return
    if missing := [log for log in LOG_TYPES if log not in spec.control_plane.log_types]:
        yield (
            f"controlPlane.logTypes: leaves out {', '.join(missing)}, so nobody can tell later "
            "what was done there; the policy pack refuses that"
        )


def _of_people(spec: ClusterSpec) -> Iterator[str]:
    for name, principal in spec.access.principals.items():
        if not principal.groups and principal.policy is None:
            yield (
                f"access.principals.{name}: has neither policy nor groups, so it logs in and may "
                "do nothing"
            )


def _of_bastions(spec: ClusterSpec) -> Iterator[str]:
    for name, connection in spec.network.connections.items():
        if not isinstance(connection, BastionVpcConnection):
            continue
        for i, cidr in enumerate(connection.allowed_cidrs):
            path = f"network.connections.{name}.allowedCidrs.{i}"
            if any(cidr.subnet_of(private) for private in PRIVATE_RANGES):
                yield (
                    f"{path}: {cidr} is private, and the bastion is reached at its public address "
                    "alone; write the addresses that your network has on the internet"
                )
            elif cidr.prefixlen < _MANY_PREFIX:
                yield (
                    f"{path}: {cidr} lets {cidr.num_addresses} addresses of the internet at SSH; "
                    "write your own alone"
                )
