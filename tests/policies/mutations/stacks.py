"""The closed examples as deployments that a mutation may open: with AWS's ids, or before any.

The recorder behind the examples gives every resource an id of its own making. AWS tells kinds of
things apart by their ids, and so do rules, so here each thing gets the id and the ARN that AWS
would give it. `known` is the deployment after an update; otherwise every id is unknown, as in a
first preview.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from model.deployment import Deployment, Node
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from rules.model import Resource
from rules.unknowns import UNKNOWN
from tests.mocks import Registration
from tests.policies.model.deployments import registered
from tests.scenarios import EXAMPLES

ACCOUNT, FOREIGN = "123456789012", "999988887777"
ORGANIZATION, FOREIGN_ORGANIZATION = "o-a1b2c3d4e5", "o-zzzzzzzzzz"
REGION = "ap-northeast-1"
CLOSED = ("dev", "on-premises", "parts", "two-vpc")  # with a network that they make themselves
OWN = "self-hosted"  # closed too, and without a cluster of EKS, which most mutations are about
# Open on purpose, and a network of others: somebody answers for each of their findings.
ANSWERED = {"open": "us-west-2", "existing": "eu-central-1"}
TODAY = datetime.date(2026, 11, 28)

Props = Mapping[str, Any]

# How ids of each kind begin (EC2 User Guide, resource IDs; Route 53 API reference).
PREFIXES = {
    "CarrierGateway": "cagw",
    "EgressOnlyInternetGateway": "eigw",
    "Eip": "eipalloc",
    "FlowLog": "fl",
    "Instance": "i",
    "InternetGateway": "igw",
    "LaunchTemplate": "lt",
    "ManagedPrefixList": "pl",
    "NatGateway": "nat",
    "NetworkAcl": "acl",
    "NetworkInterface": "eni",
    "PeeringAttachment": "tgw-attach",
    "ResolverEndpoint": "rslvr-out",
    "ResolverFirewallDomainList": "rslvr-fdl",
    "ResolverFirewallRuleGroup": "rslvr-frg",
    "ResolverQueryLogConfig": "rqlc",
    "ResolverRule": "rslvr-rr",
    "RouteTable": "rtb",
    "SecurityGroup": "sg",
    "Subnet": "subnet",
    "TransitGateway": "tgw",
    "Vpc": "vpc",
    "VpcAttachment": "tgw-attach",
    "VpcDhcpOptions": "dopt",
    "VpcEndpoint": "vpce",
    "VpcPeeringConnection": "pcx",
    "VpnConnection": "vpn",
    "VpnGateway": "vgw",
}
TRANSIT_TABLE = "aws:ec2transitgateway/routeTable:RouteTable"
# What a thing brings with it, under an id of its own.
IMPLIED = {
    "Vpc": {"defaultRouteTableId": "rtb", "defaultSecurityGroupId": "sg",
            "defaultNetworkAclId": "acl"},
    "VpcEndpoint": {"prefixListId": "pl"},
    "Eip": {"allocationId": "eipalloc"},
    "Instance": {"primaryNetworkInterfaceId": "eni"},
    "VpnConnection": {"transitGatewayAttachmentId": "tgw-attach"},
}  # fmt: skip
_MOCKED_ARN = re.compile(r"arn:aws:mock:::\w+/[\w.-]+")


def noun(type_: str) -> str:
    """The last part of a type token."""
    return type_.rsplit(":", 1)[-1]


def id_of(urn: str, type_: str, prefix: str | None = None) -> str:
    """An id in AWS's form, the same for the same thing."""
    prefix = prefix or ("tgw-rtb" if type_ == TRANSIT_TABLE else PREFIXES.get(noun(type_)))
    digest = hashlib.sha256(f"{prefix} of {urn}".encode()).hexdigest()[:17]
    return f"{prefix}-{digest}" if prefix else f"{noun(type_).lower()}-{urn.rsplit('::', 1)[-1]}"


def arn_of(type_: str, name: str) -> str:
    """An ARN in AWS's form; that of a bucket names neither region nor account."""
    if noun(type_) in ("Bucket", "BucketV2"):
        return f"arn:aws:s3:::{name}"
    service = type_.split(":")[1].split("/")[0]
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{noun(type_).lower()}/{name}"


class Of(NamedTuple):
    """An output of another resource, where a property takes it."""

    node: Node
    output: str = "id"


@dataclass(frozen=True)
class Stack:
    """A deployment with what is declared as inside."""

    name: str
    known: bool
    deployment: Deployment
    boundary: Boundary
    touched: frozenset[str] = frozenset()  # names of the resources that a mutation changed
    faulty: Props | None = None  # the declaration as it is written, where it has faults

    def each(self, *types: str) -> Iterator[Node]:
        """By URN: in which order a program registers is chance."""
        yield from sorted(self.deployment.of_type(*types), key=lambda node: node.resource.urn)

    def first(self, type_: str, when: Callable[[Node], bool] = lambda node: True) -> Node:
        """One of a type; LookupError where there is none, and a mutation of it fits nowhere."""
        found = next((node for node in self.each(type_) if when(node)), None)
        if found is None:
            raise LookupError(type_)
        return found

    def makes(self, type_: str, name: str, props: Props | None = None, /, **outputs: Any) -> Node:
        """A resource as this program would declare it. Outputs of others are known or not."""
        urn = f"urn:pulumi:{self.name}::heiiki::{type_}::{name}"
        node = Node(Resource(type_, name, urn, {}), {}, dict)
        return self._with_props(node, dict(props or {}), outputs)

    def edited(self, node: Node, props: Props, within: bool = False) -> Node:
        """A resource with these properties in place of its own; None takes one away.

        within: only a part of each is another one, so they still come from where they came from.
        """
        kept = {k: v for k, v in {**node.resource.props, **props}.items() if v is not None}
        changed = self._with_props(node, kept, dict(node.outputs()))
        sources = {
            k: s for k, s in node.sources.items() if k in kept and (within or k not in props)
        }
        for key, urns in changed.sources.items():
            sources[key] = sources.get(key, frozenset()) | urns
        return replace(changed, sources=sources)

    def _with_props(self, node: Node, props: Props, outputs: Mapping[str, Any]) -> Node:
        sources: dict[str, frozenset[str]] = {}
        shown = {}
        for key, value in props.items():
            found: set[str] = set()
            shown[key] = _resolved(value, found)
            if found:
                sources[key] = frozenset(found)
        of = node.resource
        made = {"id": id_of(of.urn, of.type), "arn": arn_of(of.type, of.name), "name": of.name}
        for output, prefix in IMPLIED.get(of.noun, {}).items():
            made[output] = id_of(of.urn, of.type, prefix)
        if not self.known:
            made = dict.fromkeys(made, UNKNOWN)
        became = {**made, **outputs}
        for key, value in shown.items():  # what AWS adds to a block of inputs stays in it
            block = isinstance(value, dict) and isinstance(became.get(key), Mapping)
            became[key] = {**became[key], **value} if block else value
        return Node(replace(of, props=shown), sources, lambda: became)

    def having(self, *nodes: Node) -> "Stack":
        """With these resources, added or in place of those of the same URN."""
        every = {**self.deployment.nodes, **{node.resource.urn: node for node in nodes}}
        names = {node.resource.name for node in nodes}
        return replace(self, deployment=Deployment(every), touched=self.touched | names)

    def lacking(self, *nodes: Node) -> "Stack":
        """Without these resources; what others took through them, they take from their sources."""
        gone = {n.resource.urn: frozenset().union(*n.sources.values()) for n in nodes}
        kept = {
            urn: _rerouted(node, gone)
            for urn, node in self.deployment.nodes.items()
            if urn not in gone
        }
        names = {node.resource.name for node in nodes}
        return replace(self, deployment=Deployment(kept), touched=self.touched | names)

    def declaring(self, **declared: Any) -> "Stack":
        """With another declaration: each key in place of its own."""
        return replace(self, boundary=replace(self.boundary, **declared))


def _rerouted(node: Node, gone: Mapping[str, frozenset[str]]) -> Node:
    """A resource whose sources are no longer those that are gone."""
    sources = {
        key: frozenset().union(*(gone.get(urn, {urn}) for urn in urns))
        for key, urns in node.sources.items()
    }
    return node if sources == node.sources else replace(node, sources=sources)


def _resolved(value: Any, sources: set[str]) -> Any:
    if isinstance(value, Of):
        sources.add(value.node.resource.urn)
        return value.node.outputs().get(value.output, UNKNOWN)
    if isinstance(value, dict):
        return {key: _resolved(item, sources) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, sources) for item in value]
    return value


@cache
def declaration(scenario: str) -> Boundary:
    """What is declared beside the example, and regions and an organization besides."""
    return parse_boundary(written(scenario), TODAY)


def written(scenario: str) -> dict[str, Any]:
    """The same declaration before anybody has checked it."""
    text = (EXAMPLES / scenario / f"heiiki.{scenario}.policy.json").read_text(encoding="utf-8")
    own = [ANSWERED[scenario]] if scenario in ANSWERED else []
    declared = {**json.loads(text)["boundary"], "regions": [REGION, *own]}
    return {**declared, "organizationId": ORGANIZATION}


@cache
def stack(scenario: str, known: bool) -> Stack:
    """An example, closed."""
    return Stack(
        scenario, known, Deployment.of(realistic(registered(scenario), known)),
        declaration(scenario),
    )  # fmt: skip


def realistic(registrations: Iterable[Registration], known: bool) -> Iterator[Node]:
    """What a program registered, with AWS's ids or none."""
    names = _Names({r.urn: r for r in registrations})
    for r in names.every.values():
        inputs = {key: names.shown(r, key, value) for key, value in r.inputs.items()}
        outputs = {key: names.shown(r, key, value, {r.urn}) for key, value in r.outputs.items()}
        outputs = {**outputs, **inputs, **_ids(r)}
        if not known:
            inputs = {k: _hidden(v, r.inputs.get(k)) for k, v in inputs.items()}
            outputs = {**outputs, **inputs, **dict.fromkeys(_ids(r), UNKNOWN)}
        yield _node(r, inputs, outputs)


def _node(r: Registration, inputs: dict[str, Any], outputs: dict[str, Any]) -> Node:
    return Node(Resource(r.type, r.name, r.urn, inputs), r.sources, lambda: outputs)


def _ids(r: Registration) -> dict[str, Any]:
    """What AWS would call a resource and what comes with it."""
    if not r.type.startswith("aws:"):
        return {"id": r.id}
    own: dict[str, Any] = {"id": id_of(r.urn, r.type)}
    if "arn:aws:mock" in str(r.outputs.get("arn")):
        own["arn"] = arn_of(r.type, own["id"])
    for output, prefix in IMPLIED.get(noun(r.type), {}).items():
        own[output] = id_of(r.urn, r.type, prefix)
    if noun(r.type) == "Cluster":
        group = id_of(r.urn, r.type, "sg")
        own["vpcConfig"] = {**r.outputs["vpcConfig"], "clusterSecurityGroupId": group}
    return own


# What a property names whose own name does not say so.
_MEANS = {
    "gatewayId": ("InternetGateway", "VpnGateway"),
    "resourceId": ("Vpc",),
    "vpcZoneIdentifiers": ("Subnet",),
}


@dataclass
class _Names:
    """What the recorder calls things, and what AWS would."""

    every: dict[str, Registration]

    def shown(
        self, r: Registration, key: str, value: Any, sources: Iterable[str] | None = None
    ) -> Any:
        """The value of an input with the ids of what it comes from as AWS has them."""
        urns = sorted(r.sources.get(key, ()) if sources is None else sources)
        return self._renamed(value, [self.every[urn] for urn in urns if urn in self.every], key)

    def _renamed(self, value: Any, sources: list[Registration], key: str) -> Any:
        if isinstance(value, Mapping):
            return {name: self._renamed(item, sources, name) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._renamed(item, sources, key) for item in value]
        if not isinstance(value, str) or not value:
            return value
        found = dict(pair for source in sources for pair in self._meant(source, value))
        if found:
            wanted = _MEANS.get(key) or tuple(n for n in found if n.lower() in key.lower())
            return found[max((n for n in found if n in wanted), key=len, default=min(found))]
        arns = {str(s.outputs["arn"]): _ids(s).get("arn") for s in sources if "arn" in s.outputs}
        return _MOCKED_ARN.sub(lambda m: str(arns.get(m[0]) or m[0]), value)

    def _meant(self, source: Registration, text: str) -> Iterator[tuple[str, str]]:
        """What a text may stand for among a resource's outputs, by the noun."""
        ids = _ids(source)
        if noun(source.type) == "Cluster" and text == "sg-eks":
            yield "SecurityGroup", ids["vpcConfig"]["clusterSecurityGroupId"]
        for output, given in {**source.outputs, "id": source.id}.items():
            if given != text:
                continue
            if output == "id":
                if not source.type.endswith("Association"):
                    yield noun(source.type), str(ids["id"])
            elif output in ids and output != "arn":
                yield output, str(ids[output])
            elif output.endswith("Id") and source.sources.get(output):
                yield output[0].upper() + output[1:-2], self.shown(source, output, text)


def _hidden(value: Any, recorded: Any) -> Any:
    """Unknown wherever the id of something was filled in."""
    if isinstance(value, Mapping):
        return {key: _hidden(item, recorded[key]) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(*pair) for pair in zip(value, recorded, strict=True)]
    return UNKNOWN if value != recorded else value
