"""What is attached to interfaces: machines, security groups and Elastic IPs."""

from collections.abc import Iterator
from typing import Final

from model.build_vpcs import meant
from model.deployment import Node
from model.network import Hole, Key, Public, Reference
from model.nouns import EIP, INSTANCE, INTERFACE, Noun
from model.reading import Reader
from rules.unknowns import UNKNOWN, at, each, is_set

EIP_ASSOCIATION: Final = "aws:ec2/eipAssociation:EipAssociation"
GROUP_ATTACHMENT: Final = (
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"
)
MACHINE_ATTACHMENT: Final = "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment"
_CARD_ID: Final = "networkInterfaceId"
_CARDS: Final = ("networkInterfaces", "primaryNetworkInterface")


def machines_of(reader: Reader) -> dict[Key, Key]:
    """The machine of each interface that is a resource of its own and attached to one."""
    found = {card: machine for machine, cards in _cards(reader).items() for card in cards}
    for card, node in reader.each(INTERFACE):
        for _, item in each(node.resource.props.get("attachments")):
            value = UNKNOWN if item is UNKNOWN else at(item, "instance")
            machine = reader.references.value(node, "attachments.instance", value, Noun.INSTANCE)
            if isinstance(machine, str):
                found[card] = machine
    for _, node in reader.each(MACHINE_ATTACHMENT):
        machine = reader.references.one(node, "instanceId", Noun.INSTANCE)
        card_ = reader.references.one(node, _CARD_ID, Noun.INTERFACE)
        if isinstance(machine, str) and isinstance(card_, str):
            found[card_] = machine
    return found


def elastic(reader: Reader) -> Iterator[tuple[Key, Public]]:
    """The interfaces that Elastic IPs give a public address, or may give one.

    An instance's own interface has the instance's key.
    """
    attached = _cards(reader)
    paths = {EIP: ("instance", "networkInterface"), EIP_ASSOCIATION: ("instanceId", _CARD_ID)}
    for type_, (instance, interface) in paths.items():
        for _, node in reader.each(type_):
            for key, public in _of_address(reader, node, instance, interface):
                for card in attached.get(key, (key,)):
                    yield card, public


def _cards(reader: Reader) -> dict[Key, tuple[Key, ...]]:
    """The interfaces of instances that are resources of their own."""
    found: dict[Key, tuple[Key, ...]] = {}
    for key, node in reader.each(INSTANCE):
        for name in _CARDS:
            for _, card in each(node.resource.props.get(name)):
                value = UNKNOWN if card is UNKNOWN else at(card, _CARD_ID)
                of = reader.references.values(node, f"{name}.{_CARD_ID}", value, Noun.INTERFACE)
                found[key] = (*found.get(key, ()), *(ref for ref in of if isinstance(ref, str)))
    return found


def group_attachments(reader: Reader) -> Iterator[tuple[Key, Reference]]:
    """Interfaces with the security groups that resources of their own give them."""
    attached = _cards(reader)
    for _, node in reader.each(GROUP_ATTACHMENT):
        group = reader.references.one(node, "securityGroupId", Noun.SECURITY_GROUP)
        for key in meant(reader, node, _CARD_ID, Noun.INTERFACE):
            for card in attached.get(key, (key,)):
                yield card, group or Hole(f"the security group of {node.resource.name!r}")


def _of_address(
    reader: Reader, node: Node, instance: str, interface: str
) -> Iterator[tuple[Key, Public]]:
    props = node.resource.props
    for path, noun in ((instance, Noun.INSTANCE), (interface, Noun.INTERFACE)):
        if not is_set(props.get(path)):
            continue
        found = reader.references.one(node, path, noun)
        if isinstance(found, str):
            yield found, Public.YES
        elif props.get(path) is UNKNOWN:
            for key in reader.references.candidates(node, path, noun):
                yield key, Public.UNKNOWN
