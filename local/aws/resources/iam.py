"""Roles, policies, instance profiles and identity providers. IAM has no region."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import LOCAL, NAMING
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure
from local.provider_values import Properties

MISSING: Final = ("NoSuchEntity", "NoSuchEntityException")
# IAM keeps five versions of a policy (IAM guide, "Versioning IAM policies").
POLICY_VERSIONS: Final = 5
NAME_PREFIX: Final = Property(local=True, replaces=True)


def as_text(document: Any) -> str | None:
    """botocore decodes policy documents of IAM into objects."""
    if document is None or isinstance(document, str):
        return document
    return json.dumps(document)


def _read_role(call: Call) -> Mapping[str, Any] | None:
    name = call.inputs["name"]
    role = call.find("get_role", "Role", RoleName=name)
    if not role:
        return None
    answer = {**role, "AssumeRolePolicyDocument": as_text(role["AssumeRolePolicyDocument"])}
    if "managedPolicyArns" in call.inputs:
        answer["ManagedPolicyArns"] = _attached_arns(call)
    if "inlinePolicies" in call.inputs:
        answer["InlinePolicies"] = [
            {"Name": n, "Policy": _inline_policy(call, n)} for n in _inline_names(call)
        ]
    return answer


def _attached_arns(call: Call) -> list[str]:
    path = "AttachedPolicies[].PolicyArn"
    found = call.find("list_attached_role_policies", path, RoleName=call.inputs["name"])
    return list(found or ())


def _inline_names(call: Call) -> list[str]:
    found = call.find("list_role_policies", "PolicyNames", RoleName=call.inputs["name"])
    return list(found or ())


def _inline_policy(call: Call, name: str) -> str | None:
    role = call.inputs["name"]
    document = call.find("get_role_policy", "PolicyDocument", RoleName=role, PolicyName=name)
    return as_text(document)


def _change_role(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    role = call.inputs["name"]
    if "permissionsBoundary" in changed and not call.inputs.get("permissionsBoundary"):
        call.send("delete_role_permissions_boundary", RoleName=role)
    if "managedPolicyArns" in changed:
        before, after = set(_attached_arns(call)), set(call.inputs.get("managedPolicyArns") or ())
        for arn in sorted(before - after):
            call.send("detach_role_policy", RoleName=role, PolicyArn=arn)
        for arn in sorted(after - before):
            call.send("attach_role_policy", RoleName=role, PolicyArn=arn)
    if "inlinePolicies" in changed:
        wanted = {p["name"]: p["policy"] for p in call.inputs.get("inlinePolicies") or ()}
        for name in sorted(set(_inline_names(call)) - wanted.keys()):
            call.send("delete_role_policy", RoleName=role, PolicyName=name)
        for name, policy in wanted.items():
            call.send(
                "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=as_text(policy)
            )


def _delete_role(call: Call) -> None:
    role = call.inputs["name"]
    profiles = call.find(
        "list_instance_profiles_for_role", "InstanceProfiles[].InstanceProfileName", RoleName=role
    )
    for profile in profiles or ():
        call.send("remove_role_from_instance_profile", RoleName=role, InstanceProfileName=profile)
    force = call.inputs.get("forceDetachPolicies")
    if force or call.inputs.get("managedPolicyArns"):
        for arn in _attached_arns(call):
            call.send("detach_role_policy", RoleName=role, PolicyArn=arn)
    if force or call.inputs.get("inlinePolicies"):
        for name in _inline_names(call):
            call.send("delete_role_policy", RoleName=role, PolicyName=name)
    call.send("delete_role", RoleName=role)


ROLE = Resource(
    token="aws:iam/role:Role",
    service="iam",
    create="create_role",
    identity=("name",),
    read=_read_role,
    after_create=lambda call: _change_role(
        call, {}, frozenset({"managedPolicyArns", "inlinePolicies"} & call.inputs.keys())
    ),
    update=_change_role,
    updates=(
        Update("update_assume_role_policy", ("assumeRolePolicy",)),
        Update("update_role", ("description", "maxSessionDuration")),
        Update("put_role_permissions_boundary", ("permissionsBoundary",), skip_empty=True),
    ),
    delete=_delete_role,
    missing=MISSING,
    tags=ServiceTags("tag_role", "untag_role", "RoleName"),
    auto_name="name",
    properties={
        "name": Property(member="RoleName", replaces=True),
        "namePrefix": NAME_PREFIX,
        "path": Property(default="/", replaces=True),
        "assumeRolePolicy": Property(
            member="AssumeRolePolicyDocument", required=True, kind="policy"
        ),
        "description": Property(),
        "maxSessionDuration": Property(default=3600),
        "permissionsBoundary": Property(read="PermissionsBoundary.PermissionsBoundaryArn"),
        "forceDetachPolicies": Property(local=True, default=False),
        "managedPolicyArns": Property(hooked=True, computed=True, when_asked=True, kind="set"),
        "inlinePolicies": Property(hooked=True, computed=True, when_asked=True, kind="set"),
    },
    computed={"arn": "Arn", "createDate": "CreateDate", "uniqueId": "RoleId"},
)


def _read_role_policy(call: Call) -> Mapping[str, Any] | None:
    document = _inline_of(call)
    return None if document is None else {"Policy": document, **_named(call, "role", "name")}


def _inline_of(call: Call) -> str | None:
    found = call.find(
        "get_role_policy",
        "PolicyDocument",
        RoleName=call.inputs["role"],
        PolicyName=call.inputs["name"],
    )
    return as_text(found)


def _named(call: Call, *names: str) -> dict[str, Any]:
    return {name: call.inputs[name] for name in names}


ROLE_POLICY = Resource(
    token="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    create="put_role_policy",
    identity=("role", "name"),
    read=_read_role_policy,
    updates=(Update("put_role_policy", ("policy",)),),
    delete="delete_role_policy",
    missing=MISSING,
    auto_name="name",
    properties={
        "role": Property(member="RoleName", required=True, replaces=True, read="role"),
        "name": Property(member="PolicyName", replaces=True, read="name"),
        "namePrefix": NAME_PREFIX,
        "policy": Property(member="PolicyDocument", required=True, kind="policy", read="Policy"),
    },
)


def _read_attachment(call: Call) -> Mapping[str, Any] | None:
    arn = call.inputs["policyArn"]
    path = "AttachedPolicies[].PolicyArn"
    attached = call.find("list_attached_role_policies", path, RoleName=call.inputs["role"])
    return _named(call, "role", "policyArn") if arn in (attached or ()) else None


ROLE_POLICY_ATTACHMENT = Resource(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    create="attach_role_policy",
    identity=("role", "policyArn"),
    separator="/",
    read=_read_attachment,
    delete="detach_role_policy",
    missing=MISSING,
    properties={
        "role": Property(member="RoleName", required=True, replaces=True, read="role"),
        "policyArn": NAMING,
    },
)


def _read_policy(call: Call) -> Mapping[str, Any] | None:
    policy = call.find("get_policy", "Policy", PolicyArn=call.id)
    if not policy:
        return None
    document = call.find(
        "get_policy_version",
        "PolicyVersion.Document",
        PolicyArn=call.id,
        VersionId=policy["DefaultVersionId"],
    )
    tags = call.find("list_policy_tags", "Tags", PolicyArn=call.id)
    return {**policy, "Tags": tags, "Document": as_text(document)}


def _versions(call: Call) -> list[dict[str, Any]]:
    found = call.find("list_policy_versions", "Versions", PolicyArn=call.id) or []
    return sorted(
        (version for version in found if not version["IsDefaultVersion"]),
        key=lambda version: version["CreateDate"],
    )


def _new_version(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if "policy" not in changed:
        return
    kept = _versions(call)
    if len(kept) >= POLICY_VERSIONS - 1:
        call.send("delete_policy_version", PolicyArn=call.id, VersionId=kept[0]["VersionId"])
    call.send(
        "create_policy_version",
        PolicyArn=call.id,
        PolicyDocument=as_text(call.inputs["policy"]),
        SetAsDefault=True,
    )


def _delete_policy(call: Call) -> None:
    for version in _versions(call):
        call.send("delete_policy_version", PolicyArn=call.id, VersionId=version["VersionId"])
    call.send("delete_policy", PolicyArn=call.id)


POLICY = Resource(
    token="aws:iam/policy:Policy",
    service="iam",
    create="create_policy",
    id_path="Policy.Arn",
    id_member="PolicyArn",
    read=_read_policy,
    update=_new_version,
    delete=_delete_policy,
    missing=MISSING,
    tags=ServiceTags("tag_policy", "untag_policy", "PolicyArn"),
    auto_name="name",
    properties={
        "name": Property(member="PolicyName", replaces=True),
        "namePrefix": NAME_PREFIX,
        "path": Property(default="/", replaces=True),
        "description": Property(replaces=True),
        "policy": Property(member="PolicyDocument", required=True, kind="policy", read="Document"),
        "delayAfterPolicyCreationInMs": LOCAL,
    },
    computed={"arn": "Arn", "policyId": "PolicyId"},
)


def _set_role(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if "role" not in changed:
        return
    profile = call.inputs["name"]
    path = "InstanceProfile.Roles[].RoleName"
    there = call.find("get_instance_profile", path, InstanceProfileName=profile) or []
    wanted = call.inputs.get("role")
    for role in there:
        if role != wanted:
            call.send(
                "remove_role_from_instance_profile", InstanceProfileName=profile, RoleName=role
            )
    if wanted and wanted not in there:
        call.send("add_role_to_instance_profile", InstanceProfileName=profile, RoleName=wanted)


def _delete_profile(call: Call) -> None:
    profile = call.inputs["name"]
    path = "InstanceProfile.Roles[].RoleName"
    for role in call.find("get_instance_profile", path, InstanceProfileName=profile) or ():
        call.send("remove_role_from_instance_profile", InstanceProfileName=profile, RoleName=role)
    call.send("delete_instance_profile", InstanceProfileName=profile)


INSTANCE_PROFILE = Resource(
    token="aws:iam/instanceProfile:InstanceProfile",
    service="iam",
    create="create_instance_profile",
    identity=("name",),
    describe="get_instance_profile",
    described="InstanceProfile",
    after_create=lambda call: _set_role(call, {}, frozenset({"role"})),
    update=_set_role,
    delete=_delete_profile,
    missing=MISSING,
    tags=ServiceTags("tag_instance_profile", "untag_instance_profile", "InstanceProfileName"),
    auto_name="name",
    properties={
        "name": Property(member="InstanceProfileName", replaces=True),
        "namePrefix": NAME_PREFIX,
        "path": Property(default="/", replaces=True),
        "role": Property(hooked=True, read="Roles[0].RoleName"),
    },
    computed={"arn": "Arn", "createDate": "CreateDate", "uniqueId": "InstanceProfileId"},
)


def _read_oidc(call: Call) -> Mapping[str, Any] | None:
    found = call.find("get_open_id_connect_provider", "@", OpenIDConnectProviderArn=call.id)
    return {**found, "Url": f"https://{found['Url'].removeprefix('https://')}"} if found else None


def _change_oidc(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    owner = {"OpenIDConnectProviderArn": call.id}
    if "thumbprintLists" in changed:
        prints = call.inputs.get("thumbprintLists") or []
        call.send("update_open_id_connect_provider_thumbprint", **owner, ThumbprintList=prints)
    if "clientIdLists" in changed:
        before, after = set(olds.get("clientIdLists") or ()), set(call.inputs["clientIdLists"])
        for client in sorted(before - after):
            call.send("remove_client_id_from_open_id_connect_provider", **owner, ClientID=client)
        for client in sorted(after - before):
            call.send("add_client_id_to_open_id_connect_provider", **owner, ClientID=client)


def _check_oidc(inputs: Properties) -> Sequence[Failure]:
    url = inputs.get("url")
    if isinstance(url, str) and not url.startswith("https://"):
        return [Failure("url", f'"{url}" does not begin with https://')]
    return []


OPEN_ID_CONNECT_PROVIDER = Resource(
    token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    service="iam",
    create="create_open_id_connect_provider",
    id_path="OpenIDConnectProviderArn",
    id_member="OpenIDConnectProviderArn",
    read=_read_oidc,
    update=_change_oidc,
    delete="delete_open_id_connect_provider",
    missing=MISSING,
    tags=ServiceTags(
        "tag_open_id_connect_provider",
        "untag_open_id_connect_provider",
        "OpenIDConnectProviderArn",
    ),
    properties={
        "url": NAMING,
        "clientIdLists": Property(member="ClientIDList", required=True, kind="set"),
        "thumbprintLists": Property(member="ThumbprintList", computed=True),
    },
    computed={"arn": lambda call, described: call.id},
    check=_check_oidc,
)

TABLE = (
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    POLICY,
    INSTANCE_PROFILE,
    OPEN_ID_CONNECT_PROVIDER,
)
