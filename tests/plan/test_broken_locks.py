"""Whatever stands in a lock file, the operator reads faults with paths: never a traceback."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.check import plan_or_every_fault
from plan.instance_offers import wanted_types
from spec.cluster import ClusterSpec
from spec.errors import SpecError, parse
from spec.lock import Lock, lock_file_name
from tests.plan.brownfield import test_identities as identities
from tests.plan.brownfield import test_stores as stores
from tests.quick_yaml import loaded
from tests.scenarios import EXAMPLES, read
from tests.spec.stack_files import stack
from tests.spec.strategies import FAST, broken_keys, paths_of

JUNK = (None, "x", "10.0.0.0/99", 7, [None], {}, {"x": "y"}, [{}])
Case = tuple[ClusterSpec, dict[str, Any]]


def example() -> Case:
    text = (EXAMPLES / "existing" / lock_file_name("existing")).read_text("utf-8")
    return read("existing")[0], loaded(text)


def slim(spec: ClusterSpec, document: dict[str, Any]) -> Case:
    """Without the thousand instance types that nobody asks for, which take most of the time."""
    wanted = set(wanted_types(spec).values())
    types = {k: v for k, v in document["instanceTypes"].items() if k in wanted}
    return spec, {**document, "instanceTypes": types}


def roles_and_keys() -> Case:
    return slim(stack(identities.CHANGES), identities.keys())


def buckets() -> Case:
    return slim(stack(stores.ASKED), stores.keys().model_dump(mode="json", by_alias=True))


CASES: tuple[Callable[[], Case], ...] = (example, roles_and_keys, buckets)


def judged(spec: ClusterSpec, document: Any) -> tuple[str, ...]:
    """Paths of the faults; none where a plan comes of it. Whatever else is raised is a defect."""
    try:
        try:
            lock: Lock | SpecError = parse(Lock, document, where="heiiki.x.lock.yaml")
        except SpecError as error:
            lock = error
        plan_or_every_fault(spec, lock, where="Pulumi.x.yaml")
    except SpecError as error:
        assert error.faults and all(fault.path and fault.message for fault in error.faults)
        return tuple(fault.path for fault in error.faults)
    return ()


@pytest.mark.uncounted
@pytest.mark.parametrize("case", CASES)
def test_junk_in_the_place_of_anything_supplied_gives_a_plan_or_faults(case):
    spec, document = case()
    assert judged(spec, document) == ()
    refused = 0
    for number, path in enumerate(paths_of(document["supplied"])):
        for junk in (JUNK[number % len(JUNK)], JUNK[(number + 3) % len(JUNK)]):
            broken = copy.deepcopy(document)
            *parents, last = ("supplied", *path)
            here = broken
            for parent in parents:
                here = here[parent]
            here[last] = junk
            refused += bool(judged(spec, broken))
    assert refused > len(paths_of(document["supplied"]))


@FAST
@given(
    st.sampled_from(CASES).flatmap(lambda c: st.tuples(st.just(c), broken_keys(st.just(c()[1]))))
)
def test_a_broken_lock_file_gives_a_plan_or_faults(asked):
    case, document = asked
    judged(case()[0], document)


def document_with(**statement: Any) -> tuple[str, ...]:
    spec, document = roles_and_keys()
    role = document["supplied"]["roles"][identities.NODES]
    role["trust"]["Statement"].append({"Effect": "Deny", "Action": "*", **statement})
    return judged(spec, document)


@pytest.mark.parametrize(
    ("key", "value"),
    [("Action", None), ("Action", ["sts:AssumeRole", 1]), ("NotAction", {}), ("Resource", [[]]),
     ("Effect", ["Allow"]), ("Sid", 1), ("Principal", ["*"]), ("Principal", {"AWS": [None]}),
     ("Condition", []), ("Condition", {"StringEquals": "x"}),
     ("Condition", {"StringEquals": {"aws:x": {}}})],
)  # fmt: skip
def test_a_policy_of_another_form_is_a_fault_at_its_path(key, value):
    assert document_with() == document_with(Condition={"Bool": {"aws:x": True}}) == ()
    assert document_with(**{key: value}) == (f"supplied.roles.{identities.NODES}.trust",)


@pytest.mark.parametrize("cidr", ["x", "10.0.0.0/99", "10.0.0.1/8", "10.0.0.0", 7])
def test_an_address_that_is_none_is_a_fault_at_its_path(cidr):
    spec, document = example()
    (group, row), *_ = document["supplied"]["securityGroups"].items()
    row["ingress"][0]["cidrs"] = [cidr]
    assert judged(spec, document) == (f"supplied.securityGroups.{group}.ingress.0.cidrs.0",)
    row["ingress"][0]["cidrs"] = ["::/0", "10.0.0.0/8"]
    assert judged(spec, document) == ()
