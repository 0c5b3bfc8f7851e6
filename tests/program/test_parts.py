"""A cluster split over three stacks is the same cluster: each resource once, with the same inputs.

The stacks read each other's outputs through the SDK's own StackReference; that the engine hands
them on is what tests/engine shows.
"""

import functools
import os

import pytest

from plan.parts import part_of
from spec.part import ORDER
from tests.mocks import STACK_REFERENCE
from tests.program.golden import golden_files
from tests.program.split import declared, split
from tests.quick_yaml import dumped, loaded
from tests.scenarios import EXAMPLES, OF_EKS

whole = functools.cache(lambda scenario: declared(scenario, None, {}))
parts = functools.cache(split)


def resources(found):
    """What exists in AWS or in Kubernetes, by type and name: no components, no providers."""
    return {
        (r.typ, r.name): r.inputs
        for r in found.recorder.resources
        if not r.typ.startswith(("heiiki:", "pulumi:"))
    }


@pytest.mark.parametrize("scenario", OF_EKS)
def test_every_resource_of_the_whole_belongs_to_exactly_one_part(scenario):
    made = [resource for name in ORDER for resource in resources(parts(scenario)[name])]
    assert len(made) > 5 and sorted(made) == sorted(resources(whole(scenario)))


@pytest.mark.parametrize("scenario", OF_EKS)
def test_a_part_asks_of_aws_what_the_whole_asks(scenario):
    wanted = resources(whole(scenario))
    for name in ORDER:
        for resource, inputs in resources(parts(scenario)[name]).items():
            assert inputs == wanted[resource], (name, resource)


# Components that hold things of several parts, and the type of those things.
SHARED = {"roles": "aws:iam/role:Role", "access": "aws:eks/accessEntry:AccessEntry"}


@pytest.mark.parametrize("scenario", OF_EKS)
def test_the_table_says_of_every_component_in_which_part_it_is(scenario):
    for name in ORDER:
        made = parts(scenario)[name]
        below = "::heiiki:index:Cluster$heiiki:"
        components = {urn.rsplit("::", 1)[1] for urn in made.urns if below in urn}
        assert components
        for component in components - set(SHARED):
            assert part_of(component) == name
        for component, token in SHARED.items():
            things = [r.name for r in made.recorder.resources if r.typ == token]
            assert {part_of(component, thing) for thing in things} <= {name}


@pytest.mark.parametrize("scenario", OF_EKS)
def test_the_parts_put_out_what_the_whole_does(scenario):
    told = {}
    for name in ORDER:
        found = dict(parts(scenario)[name].outputs)
        assert found.pop("part") == {"of": scenario, "name": name}
        for key, value in found.items():
            both = isinstance(value, dict) and key in told
            told[key] = {**told[key], **value} if both else value
    assert told == whole(scenario).outputs
    assert whole(scenario).secret == ["kubeconfig"]
    assert [parts(scenario)[name].secret for name in ORDER] == [[], ["kubeconfig"], []]


def test_a_part_refers_to_the_stacks_before_it():
    referred = {
        name: {
            r.name: r.inputs["name"] for r in found.recorder.resources if r.typ == STACK_REFERENCE
        }
        for name, found in parts("parts").items()
    }
    network = {"network": "organization/project/parts-network"}
    cluster = {"cluster": "organization/project/parts-cluster"}
    assert referred == {"network": {}, "cluster": network, "pools": network | cluster}


def test_a_pool_comes_and_goes_with_the_pools_part_alone():
    pools = {name for _, name in resources(parts("parts")["pools"])}
    elsewhere = {n for p in ("network", "cluster") for _, n in resources(parts("parts")[p])}
    assert {"workers", "batch", "node-workers", "node-batch"} <= pools
    assert not {n for n in elsewhere if "workers" in n or "batch" in n}


def test_the_parts_of_the_example_are_what_lies_beside_it():
    """UPDATE_GOLDEN=1 writes the list anew, as for the other golden files."""
    found = {
        name: sorted(loaded(golden_files(d.recorder.resources)["resources.yaml"]))
        for name, d in parts("parts").items()
    }
    path = EXAMPLES / "parts" / "expected-parts.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(dumped(found, sort_keys=False), encoding="utf-8")
    assert found == loaded(path.read_text(encoding="utf-8"))


def test_supplied_roles_and_ways_out_are_put_out_too():
    existing, opened = whole("existing").outputs, whole("open").outputs
    names = set(existing["roleArns"])
    assert "cluster" in names and any(name.startswith("node-") for name in names)
    assert all(arn.startswith("arn:aws:iam::") for arn in existing["roleArns"].values())
    assert opened["natGatewayIds"] and opened["internetGatewayId"]
    assert not {"natGatewayIds", "internetGatewayId"} & set(whole("dev").outputs)
