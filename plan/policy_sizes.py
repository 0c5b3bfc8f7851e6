"""Whether the policies that the plan makes fit into what AWS takes of each kind.

AWS says so only when half of the stack stands. Those of supplied things are their owners'.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from plan.carry_in import BUCKETS, IMPORTERS, CarriedBucket, CarriedRepository
from plan.endpoints import Endpoint
from plan.errors import Faults
from plan.fact_files import load_facts
from plan.iam import Role, document
from spec.cluster import ClusterSpec

_FEWER_IMPORTERS = "name fewer importers there, such as one role that several people take on"
_FEWER_BUCKETS = "name fewer buckets there: one may hold folders for several things"


class _Measured(NamedTuple):
    """One policy, and the key of the stack file that makes it long."""

    kind: str
    whose: str
    policy: dict[str, Any]
    path: str
    instead: str


def check_policy_sizes(
    spec: ClusterSpec, roles: dict[str, Role], endpoints: dict[str, Endpoint],
    buckets: dict[str, CarriedBucket], repositories: dict[str, CarriedRepository],
    key_policy: dict[str, Any], faults: Faults,
) -> None:  # fmt: skip
    """Note every policy that AWS would refuse for its length. key_policy: of a key that is made."""
    limits = load_facts("policy_limits.yaml")
    for one in (
        *_of_carry_in(spec, buckets, repositories, key_policy),
        *_of_roles(roles),
        *_of_endpoints(spec, endpoints),
    ):
        size, limit = size_of(one.kind, one.policy), limits[one.kind]["limit"]
        if size > limit:
            faults.add(one.path, f"makes the policy of {one.whose} {size:,} characters long, and "
                       f"AWS takes {limit:,}; {one.instead}")  # fmt: skip


def size_of(kind: str, policy: dict[str, Any]) -> int:
    """As AWS counts: the text as it is sent; of roles without white space."""
    if kind == "role":
        return len("".join(json.dumps(policy, separators=(",", ":")).split()))
    return len(json.dumps(policy))


def _of_carry_in(
    spec: ClusterSpec, buckets: dict[str, CarriedBucket],
    repositories: dict[str, CarriedRepository], key_policy: dict[str, Any],
) -> Iterator[_Measured]:  # fmt: skip
    for name, bucket in buckets.items():
        if not bucket.supplied:
            yield _Measured("bucket", f"bucket {name}", bucket.policy, IMPORTERS, _FEWER_IMPORTERS)
    for name, repository in repositories.items():
        if not repository.supplied:
            yield _Measured("repository", f"repository {name}", repository.policy, IMPORTERS,
                            _FEWER_IMPORTERS)  # fmt: skip
    if spec.control_plane.encryption_key.kind == "create":
        arns = spec.carry_in.importer_arns if spec.carry_in else ()
        longer = sum(map(len, arns)) > sum(len(b.bucket_name) for b in buckets.values())
        path, instead = (IMPORTERS, _FEWER_IMPORTERS) if longer else (BUCKETS, _FEWER_BUCKETS)
        yield _Measured("key", "the cluster's key", key_policy, path, instead)


def _of_roles(roles: dict[str, Role]) -> Iterator[_Measured]:
    """Each has one inline policy, and what grows in it are buckets to read."""
    for name, role in roles.items():
        yield _Measured("role", f"role {name}", document(role.statements), BUCKETS,
                        "let this one read fewer: nodePools and operator of each bucket say who "
                        "reads it")  # fmt: skip


def _of_endpoints(spec: ClusterSpec, endpoints: dict[str, Endpoint]) -> Iterator[_Measured]:
    """That of S3 names buckets; what the others allow follows from features alone."""
    s3 = endpoints.get("s3")
    if s3 is None or s3.endpoint_id is not None or s3.policy is None:
        return
    carried = len(spec.carry_in.buckets) if spec.carry_in else 0
    listed = len(spec.network.endpoints.buckets)
    path = BUCKETS if carried > listed else "network.endpoints.buckets"
    yield _Measured("endpoint", "the endpoint s3", s3.policy, path, _FEWER_BUCKETS)
