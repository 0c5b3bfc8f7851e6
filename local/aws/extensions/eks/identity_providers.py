"""OIDC identity providers of a cluster: one at most, made and removed, never changed."""

from local.aws.extensions.eks.kept import (
    Kept,
    Record,
    cluster_of,
    given,
    invalid,
    new_uuid,
    page,
    refused,
)
from local.aws.extensions.eks.updates import recorded
from local.aws.extensions.registry import Call, extends

ABSENT = "absent from moto"
ASKED = (
    "identityProviderConfigName",
    "issuerUrl",
    "clientId",
    "usernameClaim",
    "usernamePrefix",
    "groupsClaim",
    "groupsPrefix",
    "requiredClaims",
)


def _provider(call: Call, kept: Kept) -> Record:
    asked = call.params["identityProviderConfig"]
    if asked["type"] != "oidc" or asked["name"] not in kept.identity_providers:
        raise refused(
            "ResourceNotFoundException",
            f"No {asked['type']} identity provider config found for name: {asked['name']}",
            clusterName=kept.record["name"],
        )
    return kept.identity_providers[asked["name"]]


@extends("eks", "AssociateIdentityProviderConfig", ABSENT)
def associate_identity_provider_config(call: Call) -> Record:
    kept, asked = cluster_of(call), call.params["oidc"]
    cluster_name, name = kept.record["name"], asked["identityProviderConfigName"]
    if kept.identity_providers:
        raise refused(
            "ResourceInUseException",
            "Cluster already has an identity provider config associated, and takes one at most",
            clusterName=cluster_name,
        )
    if not asked["issuerUrl"].startswith("https://"):
        raise invalid(f"issuerUrl {asked['issuerUrl']} must begin with https://")
    path = f"identityproviderconfig/{cluster_name}/oidc/{name}/{new_uuid()}"
    kept.identity_providers[name] = {
        "identityProviderConfigArn": call.arn("eks", path),
        "clusterName": cluster_name,
        "tags": dict(call.params.get("tags") or {}),
        "status": "ACTIVE",
    } | given(asked, *ASKED)
    changed: dict[str, object] = {"IdentityProviderConfig": asked}
    of = ("cluster", cluster_name)
    update = recorded(kept, "AssociateIdentityProviderConfig", changed, of)
    return {"update": update, "tags": kept.identity_providers[name]["tags"]}


@extends("eks", "DescribeIdentityProviderConfig", ABSENT)
def describe_identity_provider_config(call: Call) -> Record:
    return {"identityProviderConfig": {"oidc": _provider(call, cluster_of(call))}}


@extends("eks", "ListIdentityProviderConfigs", ABSENT)
def list_identity_provider_configs(call: Call) -> Record:
    shown, token = page(call, list(cluster_of(call).identity_providers))
    listing: Record = {"identityProviderConfigs": [{"type": "oidc", "name": n} for n in shown]}
    return listing | ({"nextToken": token} if token else {})


@extends("eks", "DisassociateIdentityProviderConfig", ABSENT)
def disassociate_identity_provider_config(call: Call) -> Record:
    kept = cluster_of(call)
    name = _provider(call, kept)["identityProviderConfigName"]
    del kept.identity_providers[name]
    changed: dict[str, object] = {"IdentityProviderConfig": {"type": "oidc", "name": name}}
    of = ("cluster", kept.record["name"])
    return {"update": recorded(kept, "DisassociateIdentityProviderConfig", changed, of)}
