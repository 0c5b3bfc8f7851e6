"""Who may do what in an EKS cluster: access entries, pod identities, identity providers."""

from collections.abc import Mapping
from typing import Any, Final

from local.aws.resources.eks import MISSING, PENDING, eks_tags
from local.aws.resources.forms import (
    CHOSEN,
    NAMING,
    REQUIRED,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.provider_values import Properties

ACCESS_ENTRY = Resource(
    token="aws:eks/accessEntry:AccessEntry",
    service="eks",
    create="create_access_entry",
    identity=("clusterName", "principalArn"),
    describe="describe_access_entry",
    described="accessEntry",
    updates=(Update("update_access_entry", ("kubernetesGroups", "userName")),),
    delete="delete_access_entry",
    missing=MISSING,
    tags=eks_tags("accessEntryArn"),
    properties={
        "clusterName": NAMING,
        "principalArn": NAMING,
        "kubernetesGroups": Property(computed=True, kind="set"),
        "type": Property(default="STANDARD", replaces=True),
        "userName": Property(member="username", computed=True),
    },
    computed={
        "accessEntryArn": "accessEntryArn",
        "createdAt": "createdAt",
        "modifiedAt": "modifiedAt",
    },
    volatile=("modifiedAt",),
)


def _read_policy_association(call: Call) -> Mapping[str, Any] | None:
    inputs = call.inputs
    path = f"associatedAccessPolicies[?policyArn=='{inputs['policyArn']}'] | [0]"
    found = call.find(
        "list_associated_access_policies",
        path,
        clusterName=inputs["clusterName"],
        principalArn=inputs["principalArn"],
    )
    names = {key: inputs[key] for key in ("clusterName", "principalArn")}
    return {**found, **names} if found else None


ACCESS_POLICY_ASSOCIATION = Resource(
    token="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    service="eks",
    create="associate_access_policy",
    identity=("clusterName", "principalArn", "policyArn"),
    separator="#",
    read=_read_policy_association,
    delete="disassociate_access_policy",
    missing=MISSING,
    properties={
        "clusterName": NAMING,
        "principalArn": NAMING,
        "policyArn": NAMING,
        "accessScope": Property(required=True, replaces=True, kind="set"),
    },
    computed={"associatedAt": "associatedAt", "modifiedAt": "modifiedAt"},
)


def _association_names(call: Call) -> Properties:
    """An import names it <cluster>,<association id>; later the cluster stands in the inputs."""
    cluster, separator, id_ = call.id.partition(",")
    if not separator:
        return {}
    call.id = id_
    return {"clusterName": cluster}


POD_IDENTITY_ASSOCIATION = Resource(
    token="aws:eks/podIdentityAssociation:PodIdentityAssociation",
    service="eks",
    create="create_pod_identity_association",
    id_path="association.associationId",
    id_member="associationId",
    names=("clusterName",),
    describe="describe_pod_identity_association",
    described="association",
    updates=(
        Update(
            "update_pod_identity_association",
            ("roleArn", "disableSessionTags", "targetRoleArn", "policy"),
            always=("roleArn",),
        ),
    ),
    delete="delete_pod_identity_association",
    missing=MISSING,
    tags=eks_tags("associationArn"),
    parse_id=_association_names,
    properties={
        "clusterName": NAMING,
        "namespace": NAMING,
        "serviceAccount": NAMING,
        "roleArn": REQUIRED,
        "targetRoleArn": Property(),
        "disableSessionTags": CHOSEN,
        "policy": Property(kind="policy"),
    },
    computed={
        "associationArn": "associationArn",
        "associationId": "associationId",
        "externalId": "externalId",
    },
)


# What a program says of a provider; the API tells its state beside it.
OIDC_KEYS: Final = frozenset(
    {
        "clientId",
        "groupsClaim",
        "groupsPrefix",
        "identityProviderConfigName",
        "issuerUrl",
        "requiredClaims",
        "usernameClaim",
        "usernamePrefix",
    }
)


def _provider_name(call: Call) -> str:
    oidc = call.inputs.get("oidc") or {}
    return str(oidc.get("identityProviderConfigName") or call.id.partition(":")[2])


def _associate_provider(call: Call) -> str:
    request, _ = call.request("associate_identity_provider_config")
    tags = {"tags": call.tags()} if call.tags() else {}
    call.send("associate_identity_provider_config", **request, **tags)
    return f"{call.inputs['clusterName']}:{_provider_name(call)}"


def _read_provider(call: Call) -> Mapping[str, Any] | None:
    cluster = call.inputs.get("clusterName") or call.id.partition(":")[0]
    found = call.find(
        "describe_identity_provider_config",
        "identityProviderConfig.oidc",
        clusterName=cluster,
        identityProviderConfig={"type": "oidc", "name": _provider_name(call)},
    )
    oidc = {key: value for key, value in (found or {}).items() if key in OIDC_KEYS}
    return {**found, "clusterName": cluster, "oidc": oidc} if found else None


def _disassociate_provider(call: Call) -> None:
    call.send(
        "disassociate_identity_provider_config",
        clusterName=call.inputs["clusterName"],
        identityProviderConfig={"type": "oidc", "name": _provider_name(call)},
    )


IDENTITY_PROVIDER_CONFIG = Resource(
    token="aws:eks/identityProviderConfig:IdentityProviderConfig",
    service="eks",
    create=_associate_provider,
    shape="associate_identity_provider_config",
    read=_read_provider,
    delete=_disassociate_provider,
    missing=MISSING,
    tags=eks_tags("identityProviderConfigArn"),
    pending=PENDING,
    parse_id=lambda call: {"clusterName": call.id.partition(":")[0]},
    properties={
        "clusterName": NAMING,
        "oidc": Property(required=True, replaces=True, kind="set"),
    },
    computed={
        "arn": "identityProviderConfigArn",
        "identityProviderConfigName": "identityProviderConfigName",
        "status": "status",
    },
)

TABLE = (
    ACCESS_ENTRY,
    ACCESS_POLICY_ASSOCIATION,
    POD_IDENTITY_ASSOCIATION,
    IDENTITY_PROVIDER_CONFIG,
)
