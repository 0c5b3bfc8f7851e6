"""A resource as a program declares it, told as its recording and as a state."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-west-1"
UNKNOWN: Final = (
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # what Pulumi sends for a text not known yet
)
EC2, TGW = "aws:ec2/", "aws:ec2transitgateway/"
_PREFIXES: Final[Mapping[str, str]] = {
    "Instance": "i", "LaunchTemplate": "lt", "RouteTable": "rtb", "SecurityGroup": "sg",
    "ResolverFirewallDomainList": "rslvr-fdl", "ResolverFirewallRuleGroup": "rslvr-frg",
    "Subnet": "subnet", "TransitGateway": "tgw", "Vpc": "vpc", "VpcAttachment": "tgw-attach",
    "VpcEndpoint": "vpce", "VpcPeeringConnection": "pcx",
}  # fmt: skip


class Of(NamedTuple):
    """The id of another resource."""

    made: "Made"
    output: str = "id"


@dataclass(frozen=True, eq=False)
class Made:
    """One resource as a program declares it."""

    type: str
    name: str
    inputs: Mapping[str, Any]

    @property
    def urn(self) -> str:
        return f"urn:pulumi:bench::bench::{self.type}::{self.name}"

    def output(self, name: str) -> str:
        """An id or ARN in AWS's form, the same for the same resource."""
        noun = self.type.rsplit(":", 1)[-1]
        if name == "arn":
            service = self.type.split(":")[1].split("/")[0]
            return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{noun.lower()}/{self.name}"
        digits = hashlib.sha256(f"{name} of {self.urn}".encode()).hexdigest()[:17]
        if name == "transitGatewayAttachmentId":
            return f"tgw-attach-{digits}"
        prefix = "tgw-rtb" if self.type == f"{TGW}routeTable:RouteTable" else _PREFIXES.get(noun)
        return f"{prefix}-{digits}" if prefix else f"{noun}-{self.name}"


def recorded(made: list[Made]) -> list[dict[str, Any]]:
    """As a program records it: no id is known."""
    return [
        {
            "urn": each.urn, "type": each.type, "name": each.name,
            "inputs": {key: _unknown(value) for key, value in each.inputs.items()},
            "sources": _sources(each), "outputs": {},
        }
        for each in made
    ]  # fmt: skip


def state(made: list[Made]) -> dict[str, Any]:
    """As `pulumi stack export` writes it: every id is known."""
    resources = []
    for each in made:
        inputs = {key: _known(value) for key, value in each.inputs.items()}
        own = {name: each.output(name) for name in ("id", "arn")}
        if each.type == f"{EC2}vpnConnection:VpnConnection":
            own["transitGatewayAttachmentId"] = each.output("transitGatewayAttachmentId")
        resources.append(
            {
                "urn": each.urn, "type": each.type, "id": own["id"], "custom": True,
                "inputs": inputs, "outputs": {**inputs, **own},
                "propertyDependencies": _sources(each),
            }
        )  # fmt: skip
    return {"version": 3, "deployment": {"resources": resources}}


def _sources(made: Made) -> dict[str, list[str]]:
    found = {key: sorted(set(_urns(value))) for key, value in made.inputs.items()}
    return {key: urns for key, urns in found.items() if urns}


def _urns(value: Any) -> Iterator[str]:
    if isinstance(value, Of):
        yield value.made.urn
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _urns(item)
    elif isinstance(value, list):
        for item in value:
            yield from _urns(item)


def _unknown(value: Any) -> Any:
    if isinstance(value, Of):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _unknown(item) for key, item in value.items()}
    return [_unknown(item) for item in value] if isinstance(value, list) else value


def _known(value: Any) -> Any:
    if isinstance(value, Of):
        return value.made.output(value.output)
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    return [_known(item) for item in value] if isinstance(value, list) else value
