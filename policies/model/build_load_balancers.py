"""What load balancers send on: listeners, their rules, target groups, and the targets in them.

A listener sends to the groups that it or a rule of it names; a group that nobody listens for sends
nothing, and checks nobody's health. Targets are instances, addresses, other load balancers and the
machines of pools; a function is called by AWS, and by no packet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Final, NamedTuple

from model.build_machines import POOL
from model.deployment import Node
from model.network import Forwarding, Hole, Interface, Key, Reference
from model.nouns import LISTENER, TARGET_GROUP, Noun
from model.reading import Reader, number, text
from model.sets import EVERY_ADDRESS, EVERY_PORT, Ranges, addresses, shown
from model.traffic import TCP, UDP, Traffic, all_of, box
from rules.load_balancers import TARGET, comes_from_things
from rules.unknowns import UNKNOWN, at, each, is_set, true

LISTENER_RULE: Final = "aws:lb/listenerRule:ListenerRule"
POOL_TARGET: Final = "aws:autoscaling/attachment:Attachment"
# By the protocols of listeners and groups; of a Gateway Load Balancer's, and of one that is not
# known, every protocol. (Elastic Load Balancing API, Listener and TargetGroup, read 2026-11-28.)
_PROTOCOLS: Final = {
    **dict.fromkeys(("HTTP", "HTTPS", "TCP", "TLS"), (TCP,)),
    **dict.fromkeys(("UDP", "QUIC"), (UDP,)),
    **dict.fromkeys(("TCP_UDP", "TCP_QUIC"), (TCP, UDP)),
}
# What asks for health, whatever the group speaks, and what manages targets: all of it over TCP.
# (Elastic Load Balancing API, CreateTargetGroup, HealthCheckProtocol and TargetControlPort, read
# 2026-11-28.)
_CHECKED_BY: Final = "TCP"
# Groups by address whose targets see the load balancer and not its clients, unless they are told
# otherwise. An Application Load Balancer never shows its clients.
_HIDES: Final = ("HTTP", "HTTPS", "TCP", "TLS")
_NOUNS: Final = (Noun.INSTANCE, Noun.INTERFACE, Noun.LOAD_BALANCER)


class _Listening(NamedTuple):
    """A load balancer that sends packets of some kind to a group. name: who says so."""

    balancer: Key
    asked: Traffic
    group: Reference
    name: str


@dataclass(frozen=True)
class _Target:
    """One target. port: its own one. unknown, about: as of a Forwarding."""

    called: str
    addresses: Ranges
    port: Any = None
    unknown: str = ""
    about: Hole | None = None


def forwardings(reader: Reader, interfaces: Mapping[Key, Interface]) -> Iterator[Forwarding]:
    """What each load balancer sends to each of its targets."""
    targets = _targets(reader, interfaces)
    groups = dict(reader.each(TARGET_GROUP))
    for balancer, asked, group, name in sorted(set(_listening(reader)), key=str):
        if balancer not in interfaces:
            continue
        node = None if isinstance(group, Hole) else groups.get(group)
        if node is None:
            hole = group if isinstance(group, Hole) else Hole(group)
            why = f"which targets {name} sends to is not described"
            every = box(EVERY_ADDRESS)
            yield Forwarding(
                balancer, asked, hole.what, hole.what, "any", every, True, why, hole
            )  # fmt: skip
            continue
        props = node.resource.props
        for target in targets.get(node.resource.urn, ()):
            yield Forwarding(
                balancer,
                asked,
                node.resource.urn,
                node.resource.name,
                target.called,
                _sent(props, target),
                _keeps_sources(props),
                target.unknown,
                target.about,
            )


def _listening(reader: Reader) -> Iterator[_Listening]:
    """Of each listener and each of its rules, who sends to which groups."""
    heard: dict[Key, list[tuple[Key, Traffic]]] = {}
    for key, node in reader.each(LISTENER):
        props = node.resource.props
        asked = _spoken(EVERY_ADDRESS, props.get("protocol"), props.get("port"))
        balancers = _meant(reader, node, "loadBalancerArn", Noun.LOAD_BALANCER)
        heard[key] = [(balancer, asked) for balancer in balancers]
        yield from _naming(reader, node, "defaultActions", heard[key])
    for _, node in reader.each(LISTENER_RULE):
        for listener in _meant(reader, node, "listenerArn", Noun.LISTENER):
            yield from _naming(reader, node, "actions", heard.get(listener, []))


def _meant(reader: Reader, node: Node, key: str, noun: Noun) -> tuple[Key, ...]:
    """What an input names; where that is unknown, everything that it may."""
    found = reader.references.one(node, key, noun)
    if isinstance(found, str):
        return (found,)
    unknown = node.resource.props.get(key) is UNKNOWN
    return reader.references.candidates(node, key, noun) if unknown else ()


def _naming(
    reader: Reader, node: Node, key: str, heard: list[tuple[Key, Traffic]]
) -> Iterator[_Listening]:
    """The groups that actions send to."""
    named: list[Any] = []
    for _, action in each(node.resource.props.get(key)):
        if action is UNKNOWN:
            named.append(UNKNOWN)
            continue
        named.append(at(action, "targetGroupArn"))
        for _, group in each(at(action, "forward", "targetGroups")):
            named.append(UNKNOWN if group is UNKNOWN else at(group, "arn"))
    for group in reader.references.values(node, key, named, Noun.TARGET_GROUP):
        for balancer, asked in heard:
            yield _Listening(balancer, asked, group, f"{node.resource.noun} {node.resource.name}")


def _targets(reader: Reader, interfaces: Mapping[Key, Interface]) -> dict[Key, list[_Target]]:
    """The targets of each group."""
    found: dict[Key, list[_Target]] = {}
    for _, node in reader.each(TARGET):
        for group in _meant(reader, node, "targetGroupArn", Noun.TARGET_GROUP):
            found.setdefault(group, []).extend(_registered(reader, node, interfaces))
    for pool, node in reader.each(POOL):
        groups = reader.references.several(node, "targetGroupArns", Noun.TARGET_GROUP)
        for group in (group for group in groups if isinstance(group, str)):
            found.setdefault(group, []).extend(_machines(pool, interfaces))
    pools = {str(n.outputs().get("name") or n.resource.name): key for key, n in reader.each(POOL)}
    for _, node in reader.each(POOL_TARGET):
        name = node.resource.props.get("autoscalingGroupName")
        sources = node.sources.get("autoscalingGroupName", frozenset())
        named = [pools[name]] if isinstance(name, str) and name in pools else []
        for group in _meant(reader, node, "lbTargetGroupArn", Noun.TARGET_GROUP):
            for pool in named or sorted(sources & set(pools.values())):
                found.setdefault(group, []).extend(_machines(pool, interfaces))
    return found


def _machines(key: Key, interfaces: Mapping[Key, Interface]) -> list[_Target]:
    """Every interface of a thing: a pool's may have several."""
    return [
        _Target(interface.name, interface.addresses)
        for own, interface in interfaces.items()
        if own.partition("#")[0] == key or interface.instance == key
    ]


def _registered(
    reader: Reader, node: Node, interfaces: Mapping[Key, Interface]
) -> Iterator[_Target]:
    """What is registered by a resource of its own."""
    value, port = node.resource.props.get("targetId"), node.resource.props.get("port")
    if isinstance(value, str) and ":lambda:" in value:
        return
    things = _things(reader, node, value)
    if things:
        for key in things:
            for found in _machines(key, interfaces):
                yield _Target(found.called, found.addresses, port)
    elif (known := _address(value)) is not None:
        yield _Target(shown(known), known, port)
    else:
        hole = Hole(text(value, f"targetId of {node.resource.noun} {node.resource.name!r}"))
        why = f"where target {node.resource.name} is"
        yield _Target(node.resource.name, EVERY_ADDRESS, port, why, hole)


def _things(reader: Reader, node: Node, value: Any) -> list[Key]:
    """The things of this deployment that a target's id, or its address, is of."""
    if value is UNKNOWN:
        if not comes_from_things(node, reader.deployment.nodes):
            return []
        listed = (reader.references.candidates(node, "targetId", noun) for noun in _NOUNS)
        return sorted({key for keys in listed for key in keys})
    named = (reader.references.value(node, "targetId", value, noun) for noun in _NOUNS)
    return sorted({key for key in named if isinstance(key, str)})


def _address(value: Any) -> Ranges | None:
    """A known address."""
    try:
        known = ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if known is None else addresses([ip_network(known)])


def _spoken(addresses: Ranges, protocol: Any, port: Any) -> Traffic:
    """Packets by a listener's or a group's protocol."""
    known = number(port)
    ports = EVERY_PORT if known is None else Ranges(((known, known),))
    spoken = _PROTOCOLS.get(str(protocol))
    if spoken is None:
        return box(addresses)
    return all_of(box(addresses, each_, ports) for each_ in spoken)


def _sent(props: Mapping[str, Any], target: _Target) -> Traffic:
    """What is sent to a target: what clients asked for, and what the load balancer itself asks.

    That is checks of its health, and how much it can take, where that is asked.
    """
    protocol = props.get("protocol")
    port = target.port if is_set(target.port) else props.get("port")
    sent = _spoken(target.addresses, protocol, port)
    if str(protocol) not in _PROTOCOLS:  # all that there is, to every port
        return sent
    check, control = at(props, "healthCheck", "port"), props.get("targetControlPort")
    checked = check if is_set(check) and check != "traffic-port" else port
    for own in (checked, control) if is_set(control) else (checked,):
        sent |= _spoken(target.addresses, _CHECKED_BY, own)
    return sent


def _keeps_sources(props: Mapping[str, Any]) -> bool:
    """Whether targets may see clients' own addresses."""
    asked, protocol = props.get("preserveClientIp"), props.get("protocol")
    if protocol in ("HTTP", "HTTPS"):
        return False
    if is_set(asked) and protocol in _HIDES:
        return asked is UNKNOWN or true(asked)
    return not (props.get("targetType") == "ip" and protocol in _HIDES)
