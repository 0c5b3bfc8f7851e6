"""VPC endpoints with their service, where they stand, and their policy as it is written."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from model.build_routes import ENDPOINT_ASSOCIATION
from model.build_vpcs import default_group, meant, vpc_of
from model.deployment import Node
from model.documents import Policy, policy
from model.network import Endpoint, Key, Reference
from model.nouns import ENDPOINT, Noun
from model.reading import Reader
from rules.unknowns import UNKNOWN, at, each, false, is_set, true

POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
SUBNET_ASSOCIATION: Final = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"
GROUP_ASSOCIATION: Final = "aws:ec2/securityGroupAssociation:SecurityGroupAssociation"
KINDS: Final = ("Gateway", "Interface", "GatewayLoadBalancer", "Resource", "ServiceNetwork")
UNKNOWN_KIND: Final = "unknown"


def endpoints(reader: Reader) -> dict[Key, Endpoint]:
    """Every VPC endpoint."""
    policies: dict[Key, Policy] = {}
    for _, node in reader.each(POLICY):
        for key in meant(reader, node, "vpcEndpointId", Noun.VPC_ENDPOINT):
            policies[key] = policy(node, "policy")
    tables = _associated(reader, ENDPOINT_ASSOCIATION, "routeTableId", Noun.ROUTE_TABLE)
    subnets = _associated(reader, SUBNET_ASSOCIATION, "subnetId", Noun.SUBNET)
    groups = _associated(reader, GROUP_ASSOCIATION, "securityGroupId", Noun.SECURITY_GROUP)
    found = {}
    for key, node in reader.each(ENDPOINT):
        props, references = node.resource.props, reader.references
        kind, vpc = _kind(props), vpc_of(reader, node)
        named = references.several(node, "securityGroupIds", Noun.SECURITY_GROUP)
        more = groups.get(key, ())
        replaced = () if named or kind not in ("Interface", UNKNOWN_KIND) else (default_group(vpc),)
        found[key] = Endpoint(
            key=key,
            name=node.resource.name,
            vpc=vpc,
            kind=kind,
            service=_service(props),
            route_tables=references.exactly(node, "routeTableIds", Noun.ROUTE_TABLE)
            + tables.get(key, ()),
            subnets=tuple(_subnets(reader, node)) + subnets.get(key, ()),
            security_groups=named + replaced + more,
            private_dns=_flag(props.get("privateDnsEnabled")),
            policy=policies[key] if key in policies else policy(node, "policy"),
        )
    return found


def _associated(
    reader: Reader, type_: str, path: str, noun: Noun
) -> dict[Key, tuple[Reference, ...]]:
    """What resources of a type add to endpoints."""
    found: dict[Key, tuple[Reference, ...]] = {}
    for _, node in reader.each(type_):
        added = reader.references.one(node, path, noun)
        for key in meant(reader, node, "vpcEndpointId", Noun.VPC_ENDPOINT):
            found[key] = (*found.get(key, ()), *([added] if added is not None else []))
    return found


def _kind(props: Mapping[str, Any]) -> str:
    given = props.get("vpcEndpointType")
    if given is UNKNOWN:
        return UNKNOWN_KIND
    return str(given) if is_set(given) else "Gateway"


def _service(props: Mapping[str, Any]) -> str | None:
    """The service's name, or the ARN of the resource or network that stands in its place."""
    for name in ("serviceName", "resourceConfigurationArn", "serviceNetworkArn"):
        if isinstance(props.get(name), str) and props[name]:
            return str(props[name])
    return None


def _subnets(reader: Reader, node: Node) -> Iterator[Reference]:
    yield from reader.references.several(node, "subnetIds", Noun.SUBNET)
    listed = reader.references.several(node, "subnetIds", Noun.SUBNET)
    for _, item in each(node.resource.props.get("subnetConfigurations")):
        value = UNKNOWN if item is UNKNOWN else at(item, "subnetId")
        for subnet in reader.references.values(
            node, "subnetConfigurations.subnetId", value, Noun.SUBNET
        ):
            if subnet not in listed:
                yield subnet


def _flag(value: Any) -> bool | None:
    if value is UNKNOWN:
        return None
    return true(value) if is_set(value) or false(value) else False
