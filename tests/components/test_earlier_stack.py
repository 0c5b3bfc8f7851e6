"""What the program says when the stack of an earlier part is not what it needs."""

import asyncio
import dataclasses
import gc
import logging

import pulumi
import pytest
from pulumi.runtime import rpc

from spec.part import PartSpec
from tests.program.split import Declared, declared, split

CLUSTER = PartSpec.model_validate({"of": "dev", "name": "cluster"})


@pytest.fixture(autouse=True, scope="module")
def no_word_of_futures():
    """asyncio names every future that failed with the first one; language hosts silence that.

    It does as they are collected, and the SDK keeps those of a run until the next one: they would
    be told of in the midst of another module's tests. One that was asked is told of no more.
    """
    log = logging.getLogger("asyncio")
    log.setLevel(logging.CRITICAL)
    yield
    ask_why()
    log.setLevel(logging.NOTSET)


def failed_futures() -> list[asyncio.Future[object]]:
    """Those that nobody has asked why."""
    return [
        known for known in gc.get_objects()
        if issubclass(type(known), asyncio.Future) and known._log_traceback
    ]  # fmt: skip


def ask_why() -> None:
    """To look through all objects takes half a second, so it is done once for all tests."""
    for future in failed_futures():
        future.exception()


@pytest.fixture(scope="module")
def network() -> Declared:
    return split("dev", ["network"])["network"]


def ends_with(network: Declared, **outputs: object) -> str:
    """What the cluster part says when the network's stack puts out this; None: not at all."""
    merged = {k: v for k, v in {**network.outputs, **outputs}.items() if v is not None}
    changed = dataclasses.replace(network, outputs=merged)
    with pytest.raises(Exception) as caught:
        declared("dev", CLUSTER, {"dev-network": changed})
    error: BaseException = caught.value
    while not isinstance(error, pulumi.RunError) and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    assert isinstance(error, pulumi.RunError), "so that the operator sees no traceback"
    return str(error)


def test_with_what_it_needs_it_goes_through(network):
    assert declared("dev", CLUSTER, {"dev-network": network}).outputs["clusterName"]


def test_an_endpoint_that_is_not_there_yet_is_missed_though_nothing_names_it(network):
    """Nodes would start, and never join."""
    endpoint_ids = {k: v for k, v in network.outputs["endpointIds"].items() if k != "ecr.dkr"}
    assert ends_with(network, endpointIds=endpoint_ids) == (
        "stack dev-network has no endpointIds.ecr.dkr: it was brought up from an older "
        "Pulumi.dev.yaml; bring it up again, then this stack"
    )


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ({"part": None},
         "stack dev-network, the network part of dev, is not up; bring it up first"),
        ({"part": {"of": "other", "name": "network"}},
         "stack dev-network is the network part of other, and this stack needs the network part "
         "of dev; set heiiki:part.stacks.network"),
        ({"part": {"of": "dev", "name": "pools"}},
         "stack dev-network is the pools part of dev, and this stack needs the network part of "
         "dev; set heiiki:part.stacks.network"),
        ({"keyArn": None},
         "stack dev-network has no output keyArn: it was brought up by an older program, or in "
         "part; bring it up again, then this stack"),
        ({"keyArn": rpc.UNKNOWN},  # as `up --target` records it, and an update reads it
         "stack dev-network has no output keyArn: it was brought up by an older program, or in "
         "part; bring it up again, then this stack"),
        ({"subnetIds": {"nodes-1a": rpc.UNKNOWN, "nodes-1c": "subnet-2",
                        "control-plane-1a": "subnet-3", "control-plane-1c": "subnet-4"}},
         "stack dev-network has no subnetIds.nodes-1a: it was brought up from an older"),
        ({"subnetIds": {"nodes-1a": "subnet-1", "nodes-1c": "subnet-2"}},
         "stack dev-network has no subnetIds.control-plane-1a, subnetIds.control-plane-1c: it was "
         "brought up from an older Pulumi.dev.yaml; bring it up again, then this stack"),
        ({"securityGroupIds": {"node": "sg-1", "endpoint": "sg-2"}},
         "stack dev-network has no securityGroupIds.control-plane: it was brought up"),
    ],
)  # fmt: skip
def test_an_earlier_stack_that_does_not_fit_is_named(network, outputs, told):
    assert told in ends_with(network, **outputs)


def test_futures_that_failed_are_told_of_by_no_later_test(network):
    assert ends_with(network, keyArn=None)
    assert failed_futures(), "or nobody would have to be asked"
    ask_why()
    assert failed_futures() == []
