"""EKS Pod Identity associations: which role the pods of a service account get."""

from local.aws.extensions.eks import surroundings
from local.aws.extensions.eks.kept import (
    Kept,
    Record,
    cluster_of,
    given,
    invalid,
    new_id,
    new_uuid,
    now,
    page,
    refused,
)
from local.aws.extensions.registry import Call, extends

ABSENT = "absent from moto"
SUMMARY = (
    "clusterName",
    "namespace",
    "serviceAccount",
    "associationArn",
    "associationId",
    "ownerArn",
)


def associate(call: Call, kept: Kept, asked: Record) -> Record:
    """A new association. asked: namespace, serviceAccount, roleArn and what else may be set."""
    role = surroundings.find_role(call, asked["roleArn"])
    if role is None or "pods.eks" not in surroundings.trusted_services(role):
        raise invalid(
            f"Trust policy of the role {asked['roleArn']} is invalid, or the role does not exist: "
            "pods.eks.amazonaws.com must be trusted"
        )
    if asked.get("policy") and not asked.get("disableSessionTags"):
        raise invalid("A session policy needs disableSessionTags to be true")
    pair = (asked["namespace"], asked["serviceAccount"])
    for other in kept.associations.values():
        if (other["namespace"], other["serviceAccount"]) == pair:
            raise refused(
                "ResourceInUseException", f"Association already exists: {other['associationId']}"
            )
    association_id, cluster_name = f"a-{new_id(17)}", kept.record["name"]
    path = f"podidentityassociation/{cluster_name}/{association_id}"
    association: Record = {
        "clusterName": cluster_name,
        "namespace": asked["namespace"],
        "serviceAccount": asked["serviceAccount"],
        "roleArn": asked["roleArn"],
        "associationArn": call.arn("eks", path),
        "associationId": association_id,
        "tags": dict(asked.get("tags") or {}),
        "createdAt": now(),
        "modifiedAt": now(),
        "disableSessionTags": asked.get("disableSessionTags", False),
    } | given(asked, "targetRoleArn", "policy", "ownerArn")
    if association.get("targetRoleArn"):
        association["externalId"] = new_uuid()
    kept.associations[association_id] = association
    return association


def _association(call: Call, kept: Kept) -> Record:
    association_id = call.params["associationId"]
    if association_id not in kept.associations:
        raise refused("ResourceNotFoundException", f"Association not found: {association_id}")
    return kept.associations[association_id]


@extends("eks", "CreatePodIdentityAssociation", ABSENT)
def create_pod_identity_association(call: Call) -> Record:
    return {"association": associate(call, cluster_of(call), call.params)}


@extends("eks", "DescribePodIdentityAssociation", ABSENT)
def describe_pod_identity_association(call: Call) -> Record:
    return {"association": _association(call, cluster_of(call))}


@extends("eks", "ListPodIdentityAssociations", ABSENT)
def list_pod_identity_associations(call: Call) -> Record:
    kept, wanted = cluster_of(call), given(call.params, "namespace", "serviceAccount")
    found = {
        association_id: given(association, *SUMMARY)
        for association_id, association in kept.associations.items()
        if wanted.items() <= association.items()
    }
    shown, token = page(call, list(found))
    listing = {"associations": [found[association_id] for association_id in shown]}
    return listing | ({"nextToken": token} if token else {})


@extends("eks", "UpdatePodIdentityAssociation", ABSENT)
def update_pod_identity_association(call: Call) -> Record:
    kept = cluster_of(call)
    association = _association(call, kept)
    changes = given(call.params, "roleArn", "disableSessionTags", "targetRoleArn", "policy")
    if "roleArn" in changes:
        surroundings.require_role(call, changes["roleArn"], "pods.eks")
    association.update(changes)
    if association.get("targetRoleArn"):
        association.setdefault("externalId", new_uuid())
    else:
        association.pop("externalId", None)
    association["modifiedAt"] = now()
    return {"association": association}


@extends("eks", "DeletePodIdentityAssociation", ABSENT)
def delete_pod_identity_association(call: Call) -> Record:
    kept = cluster_of(call)
    association = _association(call, kept)
    del kept.associations[association["associationId"]]
    return {"association": association}
