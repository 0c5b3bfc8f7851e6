"""Route 53 Resolver: query logging, endpoints and rules."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from local.aws.resources.forms import CHOSEN, NAMING, REPLACES
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import ServiceTags
from local.provider_values import Properties

SERVICE: Final = "route53resolver"


MISSING: Final = ("ResourceNotFoundException", "UnknownResourceException")


def _request_id(call: Call) -> Mapping[str, Any]:
    """Asked for by some operations; botocore makes it for those that mark it as a token."""
    return {"CreatorRequestId": f"heiiki-{uuid.uuid4()}"}


def resolver_tags() -> ServiceTags:
    return ServiceTags(
        "tag_resource",
        "untag_resource",
        "ResourceArn",
        owner_value=lambda call: str((call.describe() or {})["Arn"]),
        list_operation="list_tags_for_resource",
    )


QUERY_LOG_CONFIG = Resource(
    token="aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig",
    service=SERVICE,
    create="create_resolver_query_log_config",
    id_path="ResolverQueryLogConfig.Id",
    id_member="ResolverQueryLogConfigId",
    describe="get_resolver_query_log_config",
    described="ResolverQueryLogConfig",
    delete="delete_resolver_query_log_config",
    missing=MISSING,
    tags=resolver_tags(),
    pending=("Status", frozenset({"CREATING"})),
    auto_name="name",
    properties={"name": REPLACES, "destinationArn": NAMING},
    computed={"arn": "Arn", "ownerId": "OwnerId", "shareStatus": "ShareStatus"},
)


def _disassociate_query_log(call: Call) -> None:
    call.send(
        "disassociate_resolver_query_log_config",
        ResolverQueryLogConfigId=call.inputs["resolverQueryLogConfigId"],
        ResourceId=call.inputs["resourceId"],
    )


QUERY_LOG_CONFIG_ASSOCIATION = Resource(
    token="aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation",
    service=SERVICE,
    create="associate_resolver_query_log_config",
    id_path="ResolverQueryLogConfigAssociation.Id",
    id_member="ResolverQueryLogConfigAssociationId",
    describe="get_resolver_query_log_config_association",
    described="ResolverQueryLogConfigAssociation",
    delete=_disassociate_query_log,
    missing=MISSING,
    pending=("Status", frozenset({"CREATING"})),
    properties={"resolverQueryLogConfigId": NAMING, "resourceId": NAMING},
)


def _endpoint_addresses(call: Call, found: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = call.find(
        "list_resolver_endpoint_ip_addresses", "IpAddresses", ResolverEndpointId=call.id
    )
    told = [
        {k: row[k] for k in ("IpId", "SubnetId", "Ip", "Ipv6") if row.get(k)} for row in rows or ()
    ]
    return {"IpAddresses": told}


def _move_addresses(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """Adds before it removes: an endpoint has two addresses at least."""
    if "ipAddresses" not in changed:
        return
    before, after = _addresses(olds), _addresses(call.inputs)
    for operation, rows in (
        ("associate_resolver_endpoint_ip_address", [r for r in after if r not in before]),
        ("disassociate_resolver_endpoint_ip_address", [r for r in before if r not in after]),
    ):
        for row in rows:
            call.send(operation, ResolverEndpointId=call.id, IpAddress=row)


def _addresses(inputs: Properties) -> list[dict[str, Any]]:
    names = {"subnetId": "SubnetId", "ip": "Ip", "ipv6": "Ipv6"}
    return [
        {member: row[key] for key, member in names.items() if row.get(key)}
        for row in inputs["ipAddresses"]
    ]


ENDPOINT = Resource(
    token="aws:route53/resolverEndpoint:ResolverEndpoint",
    service=SERVICE,
    create="create_resolver_endpoint",
    members=_request_id,
    id_path="ResolverEndpoint.Id",
    id_member="ResolverEndpointId",
    describe="get_resolver_endpoint",
    described="ResolverEndpoint",
    enrich=_endpoint_addresses,
    update=_move_addresses,
    updates=(Update("update_resolver_endpoint", ("name", "protocols", "resolverEndpointType")),),
    delete="delete_resolver_endpoint",
    missing=MISSING,
    tags=resolver_tags(),
    pending=("Status", frozenset({"CREATING", "UPDATING"})),
    auto_name="name",
    properties={
        "name": Property(),
        "direction": NAMING,
        "ipAddresses": Property(required=True, kind="set", computed_in=("ip", "ipId", "ipv6")),
        "securityGroupIds": Property(required=True, replaces=True, kind="set"),
        "protocols": Property(computed=True, kind="set"),
        "resolverEndpointType": CHOSEN,
    },
    computed={"arn": "Arn", "hostVpcId": "HostVPCId"},
)


def _change_resolver_rule(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    names = changed & {"name", "resolverEndpointId", "targetIps"}
    if names:
        config, _ = call.request("update_resolver_rule", names)
        call.send("update_resolver_rule", ResolverRuleId=call.id, **config)


RESOLVER_RULE = Resource(
    token="aws:route53/resolverRule:ResolverRule",
    service=SERVICE,
    create="create_resolver_rule",
    members=_request_id,
    within="Config",
    id_path="ResolverRule.Id",
    id_member="ResolverRuleId",
    describe="get_resolver_rule",
    described="ResolverRule",
    update=_change_resolver_rule,
    delete="delete_resolver_rule",
    missing=MISSING,
    tags=resolver_tags(),
    pending=("Status", frozenset({"UPDATING"})),
    auto_name="name",
    properties={
        "name": Property(),
        "domainName": Property(required=True, replaces=True, kind="domains"),
        "ruleType": NAMING,
        "resolverEndpointId": Property(),
        "targetIps": Property(kind="set"),
    },
    computed={"arn": "Arn", "ownerId": "OwnerId", "shareStatus": "ShareStatus"},
)


def _disassociate_rule(call: Call) -> None:
    call.send(
        "disassociate_resolver_rule",
        ResolverRuleId=call.inputs["resolverRuleId"],
        VPCId=call.inputs["vpcId"],
    )


RESOLVER_RULE_ASSOCIATION = Resource(
    token="aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
    service=SERVICE,
    create="associate_resolver_rule",
    id_path="ResolverRuleAssociation.Id",
    id_member="ResolverRuleAssociationId",
    describe="get_resolver_rule_association",
    described="ResolverRuleAssociation",
    delete=_disassociate_rule,
    missing=MISSING,
    pending=("Status", frozenset({"CREATING"})),
    auto_name="name",
    properties={"name": REPLACES, "resolverRuleId": NAMING, "vpcId": NAMING},
)

TABLE = (
    QUERY_LOG_CONFIG,
    QUERY_LOG_CONFIG_ASSOCIATION,
    ENDPOINT,
    RESOLVER_RULE,
    RESOLVER_RULE_ASSOCIATION,
)
