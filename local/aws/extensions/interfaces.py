"""Network interfaces that AWS services place in subnets, and who is in a security group."""

from collections.abc import Iterable, Iterator
from typing import Any

from moto.ec2.models import EC2Backend

from local.aws.extensions.registry import Refused

GONE = ("terminated", "deleted", "rejected", "failed", "detached")


def group_users(ec2: EC2Backend, group_id: str) -> Iterator[str]:
    """Ids of the interfaces in a security group, and of the groups whose rules name it."""
    for interface in ec2.enis.values():
        member = any(group is not None and group.id == group_id for group in interface.group_set)
        ended = interface.instance is not None and interface.instance.state in GONE
        if member and not ended:
            yield interface.id
    for groups in ec2.groups.values():
        for group in groups.values():
            rules = (*group.ingress_rules, *group.egress_rules)
            named = any(rule.source_group.get("GroupId") == group_id for rule in rules)
            if named and group.id != group_id:
                yield group.id


def address_in(ec2: EC2Backend, subnet_id: str) -> str:
    """A free address of the subnet, taken."""
    try:
        return ec2.get_subnet(subnet_id).get_available_subnet_ip(None)  # type: ignore[arg-type]
    except StopIteration as error:
        raise Refused(
            "InsufficientFreeAddressesInSubnet",
            f"The specified subnet {subnet_id} does not have enough free addresses.",
        ) from error


def place(
    ec2: EC2Backend, subnet_id: str, group_ids: Iterable[str], description: str, kind: str
) -> str:
    """The id of a new interface. kind: as DescribeNetworkInterfaces tells it, "interface" …"""
    interface = ec2.create_network_interface(
        ec2.get_subnet(subnet_id),
        address_in(ec2, subnet_id),
        group_ids=list(group_ids),
        description=description,
    )
    interface.interface_type = kind
    interface.requester_managed = True
    interface.status = "in-use"
    return str(interface.id)


def remove(ec2: EC2Backend, interface_ids: Iterable[str]) -> None:
    for interface_id in interface_ids:
        interface: Any = ec2.enis.pop(interface_id, None)
        if interface is not None:
            interface.subnet.del_subnet_ip(interface.private_ip_address)


def set_groups(ec2: EC2Backend, interface_ids: Iterable[str], group_ids: Iterable[str]) -> None:
    groups = [ec2.get_security_group_from_id(group_id) for group_id in group_ids]
    for interface_id in interface_ids:
        ec2.enis[interface_id]._group_set = list(groups)
