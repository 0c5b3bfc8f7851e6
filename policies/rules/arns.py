"""Whose account an ARN names, in every property of every AWS resource and Kubernetes object."""

from collections.abc import Iterator
from typing import Any

from rules.aws_owned import ARN_ACCOUNTS
from rules.boundary import Boundary
from rules.clusters import ROLE_OF_ACCOUNT
from rules.identities import parse_arn
from rules.kubernetes_objects import objects
from rules.model import Check, Resource
from rules.nesting import read_json
from rules.unknowns import ACCOUNT, each, says

# What people write of a thing, or keep in it, opens nothing.
TEXTS = frozenset(
    {"tags", "tagsAll", "description", "content", "secretString", "value", "userData"}
)

# ARNs that a rule of their own judges, by the noun of the resource; None: wherever they stand.
JUDGED: dict[str | None, frozenset[str]] = {
    "AccessGrant": frozenset({"grantee"}),
    None: frozenset(
        {"coreNetworkArn", "odbNetworkArn", "resourceConfigurationArn", "serviceNetworkArn"}
    ),
    "Authorizer": frozenset({"authorizerUri"}),
    "Integration": frozenset({"uri", "credentials"}),
    "aws": frozenset({"assumeRole", "assumeRoles", "assumeRoleWithWebIdentity"}),
    "AccessEntry": frozenset({"principalArn"}),
    "AccessPolicyAssociation": frozenset({"principalArn"}),
    "BucketNotification": frozenset({"topics", "queues", "lambdaFunctions"}),
    "EventTarget": frozenset({"arn"}),
    "FlowLog": frozenset({"logDestination"}),
    "Grant": frozenset({"granteePrincipal", "retiringPrincipal"}),
    "KinesisStreamingDestination": frozenset({"streamArn"}),
    "LayerVersionPermission": frozenset({"principal"}),
    "LogSubscriptionFilter": frozenset({"destinationArn"}),
    "Notification": frozenset({"topicArn"}),
    "Permission": frozenset({"principal"}),
    "PodIdentityAssociation": frozenset({"targetRoleArn"}),
    "PrincipalAssociation": frozenset({"principal"}),
    "ResolverQueryLogConfig": frozenset({"destinationArn"}),
    "ResourceShareAssociationsExclusive": frozenset({"principals"}),
    "TopicSubscription": frozenset({"endpoint"}),
    "VpcEndpointService": frozenset({"allowedPrincipals"}),
    "VpcLink": frozenset({"allowedPrincipals"}),
    "VpcEndpointServiceAllowedPrinciple": frozenset({"principalArn"}),
}


# JSON texts that name what AWS or an add-on uses.
_JSON = frozenset(
    {
        "configurationValues",
        "containerDefinitions",
        "containerProperties",
        "ecsProperties",
        "nodeProperties",
        "redriveAllowPolicy",
        "redrivePolicy",
    }
)
# Kubernetes keeps them for programs, which the network's policies hold.
_KEPT = ("ConfigMap", "Secret")


def _foreign(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type.startswith("kubernetes:"):
        yield from _in_objects(resource, boundary)
        return
    left_out = TEXTS | JUDGED[None] | JUDGED.get(resource.noun, frozenset())
    for key, value in resource.props.items():
        if key not in left_out:
            # A provider's settings come as one JSON text each.
            parsed = key in _JSON or resource.type == "pulumi:providers:aws"
            whole = _parsed(value) if parsed else value
            for path, account in _accounts(whole, key):
                if account not in boundary.accounts:
                    yield (
                        f"{path} names account {says(account, ACCOUNT)}, which boundary.accounts "
                        "does not list"
                    )


def _in_objects(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """What objects tell controllers and programs: roles, keys, target groups, certificates."""
    for item in objects(resource):
        if item.kind in _KEPT or (item.kind or "").endswith("List"):
            continue
        for path, text in _texts(item.body, item.where):
            for _, account in _accounts(_parsed(text), path):
                if account not in boundary.accounts and not path.endswith(ROLE_OF_ACCOUNT):
                    yield (
                        f"{path} names account {says(account, ACCOUNT)}, which boundary.accounts "
                        "does not list"
                    )


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            joined = f"{path}.{key}" if path and not path.endswith(" ") else f"{path}{key}"
            yield from _texts(item, joined)
    elif isinstance(value, list):
        for index, item in each(value):
            yield from _texts(item, f"{path}{index}")
    elif isinstance(value, str) and "arn:" in value:
        yield path, value


def _accounts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The account in every ARN below a property. Some services' ARNs name none, as S3's."""
    if isinstance(value, dict):
        if "Statement" in value:  # a policy as an object has rules of its own
            return
        for key, item in value.items():
            if key not in TEXTS:
                yield from _accounts(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in each(value):
            yield from _accounts(item, f"{path}{index}")
    elif isinstance(value, str) and value.startswith("arn:"):
        arn = parse_arn(value)
        if arn is not None and arn.account not in ("", *ARN_ACCOUNTS):
            yield path, arn.account


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return read_json(value)
        except ValueError:
            return value
    return value


CHECKS: dict[str, Check] = {"CN-136": _foreign}
