"""EKS access entries and the cluster access policies associated with them."""

from local.aws.extensions.eks import surroundings
from local.aws.extensions.eks.kept import (
    Kept,
    Record,
    cluster_of,
    facts,
    invalid,
    listed,
    new_uuid,
    now,
    page,
    refused,
)
from local.aws.extensions.registry import Call, extends

SESSION_NAME = "system:node:{{SessionName}}"
PRIVATE_DNS_NAME = "system:node:{{EC2PrivateDNSName}}"

# What EKS fills in for the types whose user name and groups cannot be chosen.
# docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html, read 2026-11-22.
FIXED_IDENTITIES = {
    "EC2": (SESSION_NAME, ["system:nodes"]),
    "EC2_LINUX": (PRIVATE_DNS_NAME, ["system:nodes"]),
    "EC2_WINDOWS": (PRIVATE_DNS_NAME, ["eks:kube-proxy-windows", "system:nodes"]),
    "FARGATE_LINUX": (SESSION_NAME, ["system:node-proxier", "system:nodes"]),
    "HYBRID_LINUX": (SESSION_NAME, ["system:nodes"]),
    "HYPERPOD_LINUX": (SESSION_NAME, ["system:nodes"]),
}
TYPES = ("STANDARD", *FIXED_IDENTITIES)
POLICY_TYPES = ("STANDARD", "EC2", "HYPERPOD_LINUX")  # the types that take access policies
RESERVED_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")
ABSENT = "absent from moto"


def enter_creator(call: Call, kept: Kept) -> None:
    """The creator's own entry, which EKS makes unless it is told not to."""
    access = kept.record["accessConfig"]
    if access["authenticationMode"] == "CONFIG_MAP":
        return
    if not access["bootstrapClusterCreatorAdminPermissions"]:
        return
    principal_arn = surroundings.caller_arn(call)
    enter(call, kept, principal_arn, "STANDARD")
    kept.access_policies[principal_arn] = {}
    _associate(kept, principal_arn, policy_arn(call, "AmazonEKSClusterAdminPolicy"), "cluster", [])


def enter(call: Call, kept: Kept, principal_arn: str, entry_type: str) -> Record:
    """A new entry with the type's own user name and groups."""
    username, groups = FIXED_IDENTITIES.get(entry_type, (_username(principal_arn), []))
    kind, _, path = principal_arn.split(":", 5)[5].partition("/")
    account_id, principal_name = principal_arn.split(":")[4], path.rsplit("/", 1)[-1]
    resource = f"{kind}/{account_id}/{principal_name}/{new_uuid()}"
    entry: Record = {
        "clusterName": kept.record["name"],
        "principalArn": principal_arn,
        "kubernetesGroups": list(groups),
        "accessEntryArn": call.arn("eks", f"access-entry/{kept.record['name']}/{resource}"),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": {},
        "username": username,
        "type": entry_type,
    }
    kept.access_entries[principal_arn] = entry
    return entry


def _username(principal_arn: str) -> str:
    if ":role/" not in principal_arn:
        return principal_arn
    prefix, _, path = principal_arn.partition(":role/")
    role_name = path.rsplit("/", 1)[-1]
    return f"{prefix.replace(':iam:', ':sts:')}:assumed-role/{role_name}/{{{{SessionName}}}}"


def _require_api(kept: Kept) -> None:
    if kept.record["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise refused(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
            "to perform this operation.",
        )


def _entry(call: Call, kept: Kept) -> Record:
    _require_api(kept)
    entry = kept.access_entries.get(call.params["principalArn"])
    if entry is None:
        raise refused(
            "ResourceNotFoundException",
            "The specified principalArn could not be found. You can view your available access "
            "entries with 'list-access-entries'.",
        )
    return entry


def _check_names(names: list[str], what: str) -> None:
    for name in names:
        reserved = next((p for p in RESERVED_PREFIXES if name.startswith(p)), None)
        if reserved:
            raise invalid(f"The {what} {name} is invalid, it cannot start with {reserved}")


def _check_new(call: Call, kept: Kept) -> str:
    params = call.params
    principal_arn, entry_type = params["principalArn"], params.get("type") or "STANDARD"
    if principal_arn in kept.access_entries:
        raise refused(
            "ResourceInUseException",
            "The specified access entry resource is already in use on this cluster.",
        )
    if entry_type not in TYPES:
        raise invalid(f"The type {entry_type} is invalid, it must be one of {', '.join(TYPES)}")
    is_principal = ":iam::" in principal_arn and (
        ":role/" in principal_arn or ":user/" in principal_arn
    )
    if not is_principal or not surroundings.principal_exists(call, principal_arn):
        raise invalid("The specified principalArn is invalid: invalid principal.")
    if entry_type != "STANDARD":
        if f":{call.account_id}:" not in principal_arn:
            raise invalid(f"An entry of type {entry_type} needs a principal of this account.")
        if params.get("kubernetesGroups") or params.get("username"):
            raise invalid(
                f"kubernetesGroups and username cannot be set on an entry of type {entry_type}."
            )
    return str(entry_type)


@extends("eks", "CreateAccessEntry", ABSENT)
def create_access_entry(call: Call) -> Record:
    kept, params = cluster_of(call), call.params
    _require_api(kept)
    entry_type = _check_new(call, kept)
    _check_names(params.get("kubernetesGroups") or [], "kubernetes group name")
    _check_names([params["username"]] if params.get("username") else [], "username")
    entry = enter(call, kept, params["principalArn"], entry_type)
    entry["tags"] = dict(params.get("tags") or {})
    _apply(entry, params)
    return {"accessEntry": entry}


def _apply(entry: Record, params: Record) -> None:
    if params.get("kubernetesGroups") is not None and entry["type"] == "STANDARD":
        entry["kubernetesGroups"] = list(params["kubernetesGroups"])
    if params.get("username"):
        entry["username"] = params["username"]


@extends("eks", "DescribeAccessEntry", ABSENT)
def describe_access_entry(call: Call) -> Record:
    return {"accessEntry": _entry(call, cluster_of(call))}


@extends("eks", "ListAccessEntries", ABSENT)
def list_access_entries(call: Call) -> Record:
    kept, wanted = cluster_of(call), call.params.get("associatedPolicyArn")
    _require_api(kept)
    principals = [
        principal
        for principal in kept.access_entries
        if wanted is None or wanted in kept.access_policies.get(principal, {})
    ]
    return listed(call, "accessEntries", principals)


@extends("eks", "UpdateAccessEntry", ABSENT)
def update_access_entry(call: Call) -> Record:
    entry, params = _entry(call, cluster_of(call)), call.params
    if entry["type"] != "STANDARD":
        raise refused(
            "InvalidRequestException", f"An entry of type {entry['type']} cannot be updated."
        )
    _check_names(params.get("kubernetesGroups") or [], "kubernetes group name")
    _check_names([params["username"]] if params.get("username") else [], "username")
    _apply(entry, params)
    entry["modifiedAt"] = now()
    return {"accessEntry": entry}


@extends("eks", "DeleteAccessEntry", ABSENT)
def delete_access_entry(call: Call) -> Record:
    kept = cluster_of(call)
    principal_arn = _entry(call, kept)["principalArn"]
    kept.access_policies.pop(principal_arn, None)
    del kept.access_entries[principal_arn]
    return {}


def policy_arn(call: Call, name: str) -> str:
    return f"arn:{call.partition}:eks::aws:cluster-access-policy/{name}"


def _associate(
    kept: Kept, principal_arn: str, arn: str, scope: str, namespaces: list[str]
) -> Record:
    associated = kept.access_policies.setdefault(principal_arn, {})
    before = associated.get(arn)
    associated[arn] = {
        "policyArn": arn,
        "accessScope": {"type": scope, "namespaces": namespaces},
        "associatedAt": before["associatedAt"] if before else now(),
        "modifiedAt": now(),
    }
    return associated[arn]


@extends("eks", "AssociateAccessPolicy", ABSENT)
def associate_access_policy(call: Call) -> Record:
    kept, params = cluster_of(call), call.params
    entry = _entry(call, kept)
    if entry["type"] not in POLICY_TYPES:
        raise refused(
            "InvalidRequestException",
            f"Access policies cannot be associated with an entry of type {entry['type']}.",
        )
    known = {policy_arn(call, name) for name in facts("access_policies")}
    if params["policyArn"] not in known:
        raise invalid(f"The policyArn {params['policyArn']} is invalid: invalid policy")
    scope = params["accessScope"]
    kind, namespaces = scope.get("type"), list(scope.get("namespaces") or [])
    if (kind == "namespace") != bool(namespaces):
        raise invalid("accessScope.namespaces must be set if and only if its type is namespace")
    policy = _associate(kept, entry["principalArn"], params["policyArn"], kind, namespaces)
    return {
        "clusterName": kept.record["name"],
        "principalArn": entry["principalArn"],
        "associatedAccessPolicy": policy,
    }


@extends("eks", "DisassociateAccessPolicy", ABSENT)
def disassociate_access_policy(call: Call) -> Record:
    kept = cluster_of(call)
    associated = kept.access_policies.get(_entry(call, kept)["principalArn"], {})
    if associated.pop(call.params["policyArn"], None) is None:
        raise refused(
            "ResourceNotFoundException",
            f"The policy {call.params['policyArn']} is not associated with the access entry.",
        )
    return {}


@extends("eks", "ListAssociatedAccessPolicies", ABSENT)
def list_associated_access_policies(call: Call) -> Record:
    kept = cluster_of(call)
    principal_arn = _entry(call, kept)["principalArn"]
    associated = kept.access_policies.get(principal_arn, {})
    shown, token = page(call, list(associated))
    return {
        "clusterName": kept.record["name"],
        "principalArn": principal_arn,
        "associatedAccessPolicies": [associated[arn] for arn in shown],
        **({"nextToken": token} if token else {}),
    }


@extends("eks", "ListAccessPolicies", ABSENT)
def list_access_policies(call: Call) -> Record:
    shown, token = page(call, facts("access_policies"))
    policies = [{"name": name, "arn": policy_arn(call, name)} for name in shown]
    return {"accessPolicies": policies} | ({"nextToken": token} if token else {})
