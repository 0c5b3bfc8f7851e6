"""What a program declares without an engine. That an engine gets the same: tests/engine."""

import json
import subprocess
import sys

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.rpc import UNKNOWN

from automation.declared import as_text, declared_by
from components.program import program
from tests.scenarios import ROOT, read


def in_example(scenario):
    spec, lock = read(scenario)
    found = declared_by(lambda: program(spec, lock, where=scenario), project="p", stack=scenario)
    return {(r.type.split(":", 1)[1], r.name): r for r in found}


def test_ids_are_unknown_and_told_by_where_they_come_from():
    found = in_example("dev")
    vpc = found["ec2/vpc:Vpc", "cluster"]
    subnet = found["ec2/subnet:Subnet", "nodes-1a"]
    assert vpc.inputs["cidrBlock"] == "10.0.0.0/16"
    assert subnet.inputs["vpcId"] == UNKNOWN
    assert subnet.sources["vpcId"] == [vpc.urn]


def test_what_stands_in_for_an_output_is_read_by_what_takes_it():
    def program_of_two():
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        aws.ssm.Parameter("p", type="String", value="x", description=vpc.owner_id)

    told = {"aws:ec2/vpc:Vpc": {"ownerId": "111122223333"}}
    for standing_in, value in ((told, "111122223333"), (None, UNKNOWN)):
        found = declared_by(program_of_two, project="p", stack="s", standing_in=standing_in)
        assert [r.inputs["description"] for r in found if r.name == "p"] == [value]
        assert [r.sources["description"] for r in found if r.name == "p"] == [[found[0].urn]]


def test_every_example_declares_itself_whole_and_the_same_twice():
    for scenario in ("dev", "two-vpc", "open", "existing"):
        first, second = in_example(scenario), in_example(scenario)
        assert len(first) > 40
        assert first == second


def test_a_program_that_asks_for_something_is_told_that_only_aws_answers():
    def asking():
        aws.get_caller_identity()

    with pytest.raises(Exception, match=r"aws:index/getCallerIdentity.*only AWS answers"):
        declared_by(asking, project="p", stack="s")


def test_what_a_program_raises_is_raised():
    def failing():
        raise pulumi.RunError("no such zone")

    with pytest.raises(pulumi.RunError, match="no such zone"):
        declared_by(failing, project="p", stack="s")


def test_a_secret_counts_as_unknown_and_is_written_nowhere():
    def secretive():
        aws.ssm.Parameter("p", type="SecureString", value=pulumi.Output.secret("hunter2"))

    [found] = declared_by(secretive, project="p", stack="s")
    assert found.inputs["type"] == "SecureString"
    assert found.inputs["value"] == UNKNOWN
    assert "hunter2" not in as_text([found])


def test_to_record_loads_of_the_sdk_what_is_named_and_leaves_the_collector_as_it_was():
    """In a process of its own, as `heiiki prove` has one."""
    told = subprocess.run(
        [sys.executable, "-c", _RECORD], cwd=ROOT, text=True, capture_output=True,
        check=True,
    ).stdout  # fmt: skip
    assert json.loads(told) == {"vpc": True, "ami": False, "collected": True, "meanwhile": False}


_RECORD = """
import gc, json, sys
from pathlib import Path
from automation import declared, proof
from automation.stack_files import find_stack_files
seen, declared_by = [], declared.declared_by
def spied(*args, **kwargs):
    seen.append(gc.isenabled())
    return declared_by(*args, **kwargs)
declared.declared_by = spied
proof.declared_text(find_stack_files(None, Path("examples/dev")))
print(json.dumps({
    "vpc": "pulumi_aws.ec2.vpc" in sys.modules, "ami": "pulumi_aws.ec2.get_ami" in sys.modules,
    "collected": gc.isenabled(), "meanwhile": seen[0],
}))
"""
