"""Policies that are longer than AWS takes are told before anything is made."""

import json
from typing import Any

import botocore.session
import pytest

from plan.cluster import ClusterPlan, plan_cluster
from plan.fact_files import load_facts
from plan.iam import Role, document
from plan.policy_sizes import size_of
from plan.self_hosted.cluster import SelfHosted
from plan.self_hosted.places import CONTROLLER, ETCD_PREFIX
from tests.plan import own
from tests.plan.samples import ACCOUNT, plan, refused
from tests.plan.test_carry_in import asked
from tests.scenarios import SCENARIOS, read

LIMITS = load_facts("policy_limits.yaml")
KINDS = ("repository", "bucket", "role", "endpoint", "key")


def importers(number: int) -> list[str]:
    return [f"arn:aws:iam::{ACCOUNT}:role/people/carrier-{n:040}" for n in range(number)]


def carried(number: int, buckets: int = 1, **bucket: Any) -> dict[str, Any]:
    names = {f"bucket-{n:017}": bucket for n in range(buckets)}
    return asked(importerArns=importers(number), buckets=names)


def told(changes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Path and way out by whose policy it is."""
    found = {}
    for path, message, value in refused(changes):
        head, _, instead = message.partition("; ")
        whose, _, rest = head.removeprefix("makes the policy of ").rpartition(" characters long")
        assert value is None and "AWS takes" in rest, message
        found[whose.rpartition(" ")[0]] = (path, instead)
    return found


def test_whose_policy_is_too_long_and_by_what_is_told_at_once():
    fewer = (
        "carryIn.importerArns",
        "name fewer importers there, such as one role that several people take on",
    )
    assert plan(carried(15)).repositories
    assert told(carried(40)) == {"repository base": fewer}
    assert told(carried(500)) == {
        "repository base": fewer,
        "bucket bucket-00000000000000000": fewer,
        "the cluster's key": fewer,
    }


def test_buckets_that_one_role_reads_and_that_the_endpoint_names_are_counted():
    assert plan(carried(1, 20, nodePools=["workers"])).roles
    many = told(carried(1, 40, nodePools=["workers"]))
    assert many == {
        "role node-workers": (
            "carryIn.buckets",
            "let this one read fewer: nodePools and operator of each bucket say who reads it",
        )
    }
    fewer = "name fewer buckets there: one may hold folders for several things"
    assert told(carried(1, 150)) == {"the endpoint s3": ("carryIn.buckets", fewer)}
    assert told(carried(1, 500)) == {
        "the endpoint s3": ("carryIn.buckets", fewer),
        "the cluster's key": ("carryIn.buckets", fewer),
    }
    own = {"network.endpoints.buckets": [f"{n:060}" for n in range(150)]}
    assert told(own) == {"the endpoint s3": ("network.endpoints.buckets", fewer)}


def test_the_limit_itself_fits_and_one_character_more_does_not(monkeypatch):
    changes = carried(3)
    size = size_of("repository", plan(changes).repositories["base"].policy)
    ((path, message, _),) = _with_limit(monkeypatch, size - 1, changes)
    assert path == "carryIn.importerArns"
    assert message.startswith(
        f"makes the policy of repository base {size:,} characters long, and AWS takes {size - 1:,};"
    )
    monkeypatch.setitem(LIMITS, "repository", {"limit": size})
    assert plan(changes).repositories


def _with_limit(monkeypatch, limit: int, changes: dict[str, Any]) -> list[Any]:
    monkeypatch.setitem(LIMITS, "repository", {"limit": limit})
    return refused(changes)


def test_what_others_keep_is_measured_by_them():
    keys = {"kind": "existing", "repositoryName": "shared/base"}
    changes = asked(importerArns=importers(60), buckets={}, repositories={"base": keys})
    ((path, message, _),) = refused(changes)
    assert path == "carryIn.repositories.base.repositoryName" and "was not read" in message


def test_roles_are_counted_without_white_space_and_others_as_they_are_sent():
    statement = {"Sid": "a b", "Effect": "Allow"}
    assert size_of("role", statement) == len('{"Sid":"ab","Effect":"Allow"}')
    assert size_of("bucket", statement) == len(json.dumps(statement, sort_keys=True))


def on_machines(found: ClusterPlan) -> list[Role]:
    """Roles of machines of a control plane of our own, its nodes' among them."""
    if not isinstance(found.control_plane, SelfHosted):
        return []
    known = (CONTROLLER, ETCD_PREFIX, "node-")
    return [role for role in found.roles.values() if role.name.startswith(known)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_no_key_makes_longer_is_far_from_the_limits(scenario):
    found = plan_cluster(*read(scenario))
    for endpoint in found.endpoints.values():
        if endpoint.policy is not None:
            assert size_of("endpoint", endpoint.policy) < LIMITS["endpoint"]["limit"] / 4
    for role in found.roles.values():
        if role not in on_machines(found):
            assert size_of("role", document(role.statements)) < LIMITS["role"]["limit"] / 4
        assert (
            size_of("role", role.trust) < 2048 / 2
        )  # a trust policy, unless AWS is asked for more
    if found.flow_log_bucket is not None:
        assert size_of("bucket", found.flow_log_bucket.policy) < LIMITS["bucket"]["limit"] / 4


def test_what_machines_of_an_own_control_plane_may_fits_with_the_longest_names():
    """They call more than others, and each ARN has the cluster's name in it."""
    artifacts = {**own.ARTIFACTS, "bucket": "b" * 63}
    found = own.planned({"name": "n" * 30, "controlPlane.artifacts": artifacts})
    sizes = {r.name: size_of("role", document(r.statements)) for r in on_machines(found)}
    assert sorted(sizes) == ["controller", "etcd-1a", "etcd-1c", "etcd-1d", "node-workers"]
    assert max(sizes.values()) < LIMITS["role"]["limit"] * 2 / 3, sizes
    assert all(size_of("role", role.trust) < 2048 / 2 for role in on_machines(found))


def test_the_limits_are_what_aws_publishes():
    assert set(KINDS) <= set(LIMITS) and LIMITS["source"] and LIMITS["read"]
    service, operation, member = LIMITS["repository"]["botocore"].split(".")
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape.members[member]
    assert shape.metadata["max"] == LIMITS["repository"]["limit"]
