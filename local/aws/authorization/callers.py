"""Who has signed a request, with all policies that IAM holds against it, from moto's records."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.iam.models import Role, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from local.aws.authorization.calls import Way
from local.aws.authorization.decisions import Caller, Policy

OF_A_SESSION = "ASIA"  # how the keys of sessions begin, and no others
# Where an endpoint is called otherwise than requests to it are signed.
ENDPOINTS = {"ecr": "ecr.api"}


def session_of(access_key: str) -> AssumedRole | None:
    """None: of no role here."""
    if not access_key.startswith(OF_A_SESSION):
        return None
    for account in list(sts_backends):
        for backend in list(sts_backends[account].values()):
            if found := backend.get_assumed_role_from_access_key(access_key):
                return found
    return None


def has_ended(session: AssumedRole) -> bool:
    ends: datetime = session.expiration
    return ends <= utcnow()


def caller_of(session: AssumedRole) -> Caller:
    """A role that is gone allows nothing."""
    backend = iam_backends[session.account_id][session.partition]
    roles = {role.arn: role for role in backend.get_roles()}
    role = roles.get(session.role_arn)
    return Caller(
        arn=session.arn,
        role_arn=session.role_arn,
        account=session.account_id,
        user_id=session.user_id,
        identity=() if role is None else tuple(_policies(role)),
        boundary=None if role is None else _boundary(backend, role),
        session=json.loads(session.policy) if session.policy else None,
        tags=() if role is None else tuple((t["Key"], t["Value"]) for t in role.tags or ()),
    )


def _policies(role: Role) -> Iterator[Policy]:
    for text in role.policies.values():
        yield json.loads(text)
    for managed in role.managed_policies.values():
        yield _document(managed)


def _boundary(backend: Any, role: Role) -> Policy | None:
    arn = role.permissions_boundary_arn
    return None if arn is None else _document(backend.managed_policies[arn])


def _document(policy: Any) -> Policy:
    (version,) = (one for one in policy.versions if one.is_default)
    found: Mapping[str, Any] = json.loads(version.document)
    return found


def way_of(vpc_id: str, name: str, region: str) -> Way | None:
    """The endpoint of this name that a VPC's requests pass; None where the VPC has none of it."""
    wanted = f".{region}.{name}"
    for account in list(ec2_backends):
        if region not in ec2_backends[account]:
            continue
        for one in ec2_backends[account][region].vpc_end_points.values():
            if one.vpc_id == vpc_id and one.service_name.endswith(wanted):
                return Way(one.id, vpc_id, account, json.loads(one.policy_document))
    return None
