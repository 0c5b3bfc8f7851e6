"""Supplied roles and instance profiles: who takes them on, and what they may do."""

import json
from typing import Any
from urllib.parse import unquote

from automation.aws_calls import asking
from automation.lock.facts import Aws
from automation.lock.lookup import answer, not_there, texts
from plan.brownfield.principals import gives_everything
from plan.brownfield.uses import profile_uses, role_uses
from spec.cluster import ClusterSpec

_MISSING = "NoSuchEntity"


def read_roles(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    """The lock file's keys for roles and instance profiles."""
    roles = {use.named: use.path for use in reversed(role_uses(spec))}
    profiles = {use.named: use.path for use in reversed(profile_uses(spec))}
    if roles or profiles:
        aws.hear("roles and instance profiles")
    return {
        "roles": _there(aws, roles, _role),
        "instanceProfiles": _there(aws, profiles, _profile),
    }


def _there(aws: Aws, paths: dict[str, str], read: Any) -> dict[str, Any]:
    """What is there of these ARNs; a fault at its path for each that is not."""
    found = {}
    for arn in sorted(paths):
        if (row := read(aws, arn)) is None:
            not_there(aws, paths[arn], arn)
        else:
            found[arn] = row
    return found


def _role(aws: Aws, arn: str) -> dict[str, Any] | None:
    """None for one of that name under another path or of another account, too."""
    name = arn.rpartition("/")[2]
    told = answer(aws, "iam", "get_role", _MISSING, RoleName=name)
    if told is None or told["Role"]["Arn"] != arn:
        return None
    role = told["Role"]
    attached = [p["PolicyArn"] for p in aws.paged(
        "iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name)]  # fmt: skip
    inline = aws.paged("iam", "list_role_policies", "PolicyNames", RoleName=name)
    documents = {p: _managed(aws, p) for p in attached}
    documents |= {p: _inline(aws, name, p) for p in inline}
    return {
        "trust": _document(role["AssumeRolePolicyDocument"]),
        "managedPolicyArns": texts(attached),
        "inlinePolicies": texts(inline),
        "administratorPolicies": texts(p for p, d in documents.items() if gives_everything(d)),
        "permissionsBoundaryArn": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    }


def _managed(aws: Aws, arn: str) -> dict[str, Any]:
    with asking("iam:GetPolicy"):
        policy = aws.client("iam").get_policy(PolicyArn=arn)["Policy"]
    with asking("iam:GetPolicyVersion"):
        version = aws.client("iam").get_policy_version(
            PolicyArn=arn, VersionId=policy["DefaultVersionId"]
        )
    return _document(version["PolicyVersion"]["Document"])


def _inline(aws: Aws, role: str, name: str) -> dict[str, Any]:
    with asking("iam:GetRolePolicy"):
        policy = aws.client("iam").get_role_policy(RoleName=role, PolicyName=name)
    return _document(policy["PolicyDocument"])


def _document(told: Any) -> dict[str, Any]:
    """boto3 unfolds what IAM sends as a URL's text; some ends of the API send it folded."""
    document: dict[str, Any] = json.loads(unquote(told)) if isinstance(told, str) else told
    return document


def _profile(aws: Aws, arn: str) -> dict[str, Any] | None:
    name = arn.rpartition("/")[2]
    told = answer(aws, "iam", "get_instance_profile", _MISSING, InstanceProfileName=name)
    if told is None or told["InstanceProfile"]["Arn"] != arn:
        return None
    return {"roleArns": texts(role["Arn"] for role in told["InstanceProfile"]["Roles"])}
