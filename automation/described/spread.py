"""What a program says in one resource, and AWS tells as several things: rules written in a security
group, routes in a table, policies in a role, and resources that stand for several of those.

Everything that is told of is looked for in what is recorded so. What stands there is told as it is
recorded, so that the proof speaks of it by its name, and exceptions hold for it. What nobody has
recorded is told by itself, and what is recorded and not there is left out.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from automation.described.bodies import Bodies
from automation.state import Resource

_INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_ROUTE: Final = "aws:ec2/route:Route"
_ATTACHED: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_RULE_OF_OLD: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
_ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"

Place = tuple[str | int, ...]
Form = frozenset[tuple[str, str]]

# By what a rule lets in or out: its name in a list of AWS's, where it is one of several in a
# program's.
_SOURCES: Final = {
    "cidrBlocks": "cidrIpv4", "ipv6CidrBlocks": "cidrIpv6", "prefixListIds": "prefixListId",
    "securityGroups": "referencedSecurityGroupId",
    "sourceSecurityGroupId": "referencedSecurityGroupId",
}  # fmt: skip
# Both ways as groups and rules of old call them, and as what AWS tells a rule of each.
_OF_OLD: Final = {"ingress": _INGRESS, "egress": _EGRESS}
RULES: Final = (_INGRESS, _EGRESS, _RULE_OF_OLD)
# AWS calls some protocols by name, whatever they were asked for by (EC2 API, IpPermission).
_PROTOCOLS: Final = {"all": "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_NOT_COMPARED: Final = ("description", "tags")
_NAMES_OF_ROUTES: Final = {
    "cidrBlock": "destinationCidrBlock",
    "ipv6CidrBlock": "destinationIpv6CidrBlock",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of AWS's. token, form: as what it is told, and what of it counts. place: where it
    stands in the inputs of the record. token is "" for what AWS has always, and tells of nowhere.
    """

    token: str
    form: Form
    place: Place


def form_of(token: str, inputs: Mapping[str, Any]) -> Form:
    """What of a thing counts, in one spelling."""
    said = {k: v for k, v in inputs.items() if k not in _NOT_COMPARED and v not in (None, "")}
    if token in (_INGRESS, _EGRESS):
        protocol = str(said.get("ipProtocol", "")).lower()
        said["ipProtocol"] = _PROTOCOLS.get(protocol, protocol)
        if said["ipProtocol"] == "-1":  # then ports say nothing
            said = {k: v for k, v in said.items() if k not in ("fromPort", "toPort")}
    if token == _POLICY:
        said["policy"] = _plain(said.get("policy"))
    return frozenset((name, str(value)) for name, value in said.items())


def _plain(policy: Any) -> str:
    try:
        return json.dumps(json.loads(policy), sort_keys=True)
    except (TypeError, ValueError):
        return str(policy)


def _rules(item: Mapping[str, Any], token: str, group: Any, at: Place) -> Iterator[Part]:
    own = {"securityGroupId": group, "ipProtocol": item.get("protocol"),
           "fromPort": item.get("fromPort"), "toPort": item.get("toPort")}  # fmt: skip
    for name, as_ in _SOURCES.items():
        value = item.get(name)
        if isinstance(value, list):
            for index, source in enumerate(value):
                yield Part(token, form_of(token, {**own, as_: source}), (*at, name, index))
        elif isinstance(value, str) and value:
            yield Part(token, form_of(token, {**own, as_: value}), (*at, name))
    if item.get("self") is True:
        form = form_of(token, {**own, "referencedSecurityGroupId": group})
        yield Part(token, form, (*at, "self"))


def without(lists: Mapping[str, Any], group: str, rules: Iterable[Any]) -> dict[str, Any]:
    """What a group says of its rules itself, without those that resources of their own say.

    lists: its inputs. rules: such resources as they are told.
    """
    apart: set[tuple[str, Form]] = set()
    for rule in rules:
        said, token = rule["inputs"], rule["type"]
        if token == _RULE_OF_OLD:
            token = _OF_OLD.get(str(said.get("type")), "")
            apart |= {(token, p.form) for p in _rules(said, token, said.get("securityGroupId"), ())}
        elif token in (_INGRESS, _EGRESS):
            apart.add((token, form_of(token, said)))
    found = dict(lists)
    for name, token in _OF_OLD.items():
        items = lists.get(name) or []
        parts = (p for i, one in enumerate(items) for p in _rules(one, token, group, (name, i)))
        there = {part.place for part in parts if (token, part.form) not in apart}
        found[name] = _left(items, (name,), there)
    return found


def _of_group(record: Resource) -> Iterator[Part]:
    for name, token in _OF_OLD.items():
        for index, item in _items(record, name):
            yield from _rules(item, token, record.id, (name, index))


def _of_old_rule(record: Resource) -> Iterator[Part]:
    said = record.inputs
    token = _OF_OLD.get(str(said.get("type")))
    if token is not None:
        yield from _rules(said, token, said.get("securityGroupId"), ())


def _of_table(record: Resource) -> Iterator[Part]:
    for index, item in _items(record, "routes"):
        said = {_NAMES_OF_ROUTES.get(name, name): value for name, value in item.items()}
        form = form_of(_ROUTE, {**said, "routeTableId": record.id})
        yield Part("" if said.get("gatewayId") == "local" else _ROUTE, form, ("routes", index))


def _of_role(record: Resource) -> Iterator[Part]:
    for index, item in _items(record, "inlinePolicies"):
        said = {"role": record.id, "name": item.get("name"), "policy": item.get("policy")}
        yield Part(_POLICY, form_of(_POLICY, said), ("inlinePolicies", index))
    for index, arn in enumerate(_listed(record, "managedPolicyArns")):
        form = form_of(_ATTACHED, {"role": record.id, "policyArn": arn})
        yield Part(_ATTACHED, form, ("managedPolicyArns", index))


def _of_attachment(record: Resource) -> Iterator[Part]:
    for index, role in enumerate(roles_of(record)):
        form = form_of(_ATTACHED, {"role": role, "policyArn": record.inputs.get("policyArn")})
        yield Part(_ATTACHED, form, ("roles", index))


def roles_of(record: Resource) -> list[Any]:
    """Whom an attachment gives its policy, among roles."""
    return _listed(record, "roles") if record.type == _ATTACHMENT else []


def _listed(record: Resource, name: str) -> list[Any]:
    value = record.inputs.get(name)
    return value if isinstance(value, list) else []


def _items(record: Resource, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return ((i, one) for i, one in enumerate(_listed(record, name)) if isinstance(one, Mapping))


# Whoever writes such lists, by type, with the lists.
WRITTEN_IN: Final[Mapping[str, tuple[Callable[[Resource], Iterator[Part]], tuple[str, ...]]]] = {
    "aws:ec2/securityGroup:SecurityGroup": (_of_group, ("ingress", "egress")),
    "aws:ec2/routeTable:RouteTable": (_of_table, ("routes",)),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": (_of_table, ("routes",)),
    "aws:iam/role:Role": (_of_role, ("inlinePolicies", "managedPolicyArns")),
}
# Types that are told by nothing else.
STANDS_FOR: Final[Mapping[str, tuple[Callable[[Resource], Iterator[Part]], tuple[str, ...]]]] = {
    _RULE_OF_OLD: (_of_old_rule, (*_SOURCES, "self")),
    _ATTACHMENT: (_of_attachment, ("roles",)),
}
_ALL: Final = {**WRITTEN_IN, **STANDS_FOR}


class Spread:
    """What is recorded so, and what of it was found. bodies: what APIs are written in."""

    def __init__(self, records: Iterable[Resource]) -> None:
        records = tuple(records)
        self.bodies = Bodies(records)
        self._places: dict[tuple[str, Form], list[tuple[str, Place]]] = {}
        self._tokens: dict[str, set[str]] = {}
        self._found: dict[str, set[Place]] = {}
        for record in records:
            of, _ = _ALL.get(record.type, (None, ()))
            for part in of(record) if of is not None else ():
                if not part.token:
                    self._found.setdefault(record.urn, set()).add(part.place)
                    continue
                where = self._places.setdefault((part.token, part.form), [])
                where.append((record.urn, part.place))
                self._tokens.setdefault(record.urn, set()).add(part.token)

    def has(self, token: str, inputs: Mapping[str, Any]) -> bool:
        """Whether a thing that is told of is recorded so; it counts as found."""
        where = self._places.get((token, form_of(token, inputs)), ()) if self._places else ()
        for urn, place in where:
            self._found.setdefault(urn, set()).add(place)
        return bool(where)

    def tokens(self, record: Resource) -> frozenset[str]:
        """As what the parts of a record are told; nothing where there are none to look for."""
        return frozenset(self._tokens.get(record.urn, ()))

    def found(self, record: Resource) -> dict[str, Any]:
        """The lists of a record, or its body, with what of them is there."""
        _, names = _ALL.get(record.type, (None, ()))
        there = self._found.get(record.urn, set())
        lists = {n: _left(record.inputs[n], (n,), there) for n in names if n in record.inputs}
        lists |= self.bodies.found(record)
        return {name: value for name, value in lists.items() if value is not None}

    def is_there(self, record: Resource) -> bool:
        return bool(self._found.get(record.urn))


def _left(value: Any, at: Place, there: set[Place]) -> Any:
    """What of a value is there; nothing where none of it is."""
    if at in there:
        return value
    if isinstance(value, list):
        kept = (_left(item, (*at, index), there) for index, item in enumerate(value))
        return [item for item in kept if item is not None]
    if isinstance(value, Mapping) and any(place[: len(at)] == at for place in there):
        said = {k: v for k, v in value.items() if k not in _SOURCES and k != "self"}
        parts = {k: _left(v, (*at, k), there) for k, v in value.items() if k not in said}
        return {**said, **{k: v for k, v in parts.items() if v is not None}}
    return None
