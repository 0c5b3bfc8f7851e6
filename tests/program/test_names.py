"""Every physical name of a whole stack, at the longest that may be asked: within AWS's limits, and
no two alike. The limits are plan/facts/name_limits.yaml."""

import inspect
from functools import cache

import botocore.session
import pulumi_aws as aws
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.program import program
from plan.fact_files import load_facts
from spec.cluster import ClusterSpec
from spec.errors import parse
from tests.mocks import OWN_KEY_ARN, build
from tests.scenarios import SCENARIOS, read

LIMITS = load_facts("name_limits.yaml")["limits"]
AUTONAME = "-1234567"
DESCRIPTION_MOST, TAG_KEY_MOST, TAG_VALUE_MOST = 255, 128, 256  # of groups and rules; of any tag
CLUSTER = st.from_regex(r"[a-z][a-z0-9-]{28}[a-z0-9]", fullmatch=True)
NAME = st.from_regex(r"[a-z][a-z0-9-]{22}[a-z0-9]", fullmatch=True)
LONG = "a" * 23
RENAMED = ("on-premises", "open", "self-hosted", "two-vpc")  # the others add no kind of name
HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"  # known by its group and its name
FEW = settings(  # each builds a whole stack, so a counterexample is not made smaller
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip


def limit_of(row):
    """Property and limit of one row."""
    (found,) = [(key, value) for key, value in row.items() if key != "botocore"]
    return found


def renamed(scenario, cluster, pools, connections):
    """The stack with the longest names there may be."""
    spec, lock = read(scenario)
    raw = spec.model_dump(by_alias=True, mode="json", exclude_unset=True)
    raw["name"] = cluster
    raw["nodePools"] = dict(zip(pools, raw["nodePools"].values(), strict=False))
    network = raw.get("network", {})
    if "connections" in network:
        named = zip(connections, network["connections"].values(), strict=False)
        network["connections"] = dict(named)
    for kind in ("buckets", "repositories"):
        if kind in raw.get("carryIn", {}):
            stores = raw["carryIn"][kind]
            raw["carryIn"][kind] = dict(zip(pools, stores.values(), strict=False))
    return parse(ClusterSpec, raw, where="test"), lock


def resources(scenario, cluster, pools, connections):
    spec, lock = renamed(scenario, cluster, pools, connections)
    recorder, _ = build(lambda: program(spec, lock, where="test"), key_arn=OWN_KEY_ARN)
    return [r for r in recorder.resources if r.typ.startswith("aws:")]


def physical_names(found):
    """(type, physical name) of everything that has one by itself."""
    for resource in found:
        if resource.typ in LIMITS:
            key, _ = limit_of(LIMITS[resource.typ])
            yield resource.typ, resource.inputs.get(key) or f"{resource.name}{AUTONAME}"


@pytest.mark.parametrize("scenario", RENAMED)
@FEW
@given(CLUSTER, st.lists(NAME, min_size=4, max_size=4, unique=True),
       st.lists(NAME, min_size=2, max_size=2, unique=True))  # fmt: skip
def test_no_name_is_too_long_and_no_two_are_alike(scenario, cluster, pools, connections):
    found = resources(scenario, cluster, pools, connections)
    names = list(physical_names(found))
    assert len({token for token, _ in names}) > 3
    assert [
        f"{token} {name}" for token, name in names if len(name) > limit_of(LIMITS[token])[1]
    ] == []
    alone = [(token, name) for token, name in names if token != HOOK]
    assert len(set(alone)) == len(alone)


def test_names_that_differ_in_their_last_letter_stay_apart():
    pools = [f"{LONG}{letter}" for letter in "abcd"]
    names = list(physical_names(resources("open", "a" * 30, pools, ())))
    assert len([token for token, _ in names if token == "aws:iam/role:Role"]) > len(pools) - 2
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("scenario", RENAMED)
def test_descriptions_and_tags_are_within_their_limits(scenario):
    pools = [f"{LONG}{letter}" for letter in "abcd"]
    seen = 0
    for resource in resources(scenario, "a" * 30, pools, [f"{'c' * 23}{x}" for x in "ab"]):
        if resource.typ.startswith(("aws:vpc/securityGroup", "aws:ec2/securityGroup")):
            assert len(resource.inputs["description"]) <= DESCRIPTION_MOST
            seen += 1
        tags = resource.inputs.get("tags", {})
        pairs = tags.items() if isinstance(tags, dict) else [(t["key"], t["value"]) for t in tags]
        for key, value in pairs:
            assert len(key) <= TAG_KEY_MOST and len(value) <= TAG_VALUE_MOST
    assert seen


@cache
def has_a_name(token):
    """Whether the SDK lets a program name the resource: a `name` or `…Name` of its own."""
    _, module, noun = token.split(":")
    kind = getattr(getattr(aws, module.partition("/")[0]), noun)
    taken = inspect.signature(kind._internal_init).parameters
    return "name" in taken or "node_group_name" in taken


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_type_that_has_a_name_has_a_limit(scenario):
    spec, lock = read(scenario)
    recorder, _ = build(lambda: program(spec, lock, where="test"))
    tokens = {r.typ for r in recorder.resources if r.typ.startswith("aws:")}
    assert {token for token in tokens if has_a_name(token)} <= set(LIMITS)


@pytest.mark.parametrize("token", [t for t, row in LIMITS.items() if row["botocore"]])
def test_a_limit_is_what_aws_publishes(token):
    service, operation, member = LIMITS[token]["botocore"].split(".")
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape.members[member]
    assert limit_of(LIMITS[token])[1] == shape.metadata["max"]
