"""Commands that are told to people can be run as they are told."""

import shlex
from pathlib import Path

import pytest

from automation.invocation import invocation, of_cluster
from automation.stack_files import PROJECT, StackFiles, find_stack_files
from spec.part import PartSpec
from tests.scenarios import EXAMPLES, ROOT


def test_a_stack_of_the_project_is_called_by_its_name():
    files = find_stack_files("acme/dev", PROJECT)
    assert invocation("outputs", files, environment={}) == "heiiki outputs --stack acme/dev"


def test_one_elsewhere_is_called_by_its_file_as_it_is_reached_from_here(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    files = find_stack_files(file=EXAMPLES / "two-vpc")
    told = invocation("kubeconfig", files, "--output", "a b", environment={})
    at = "examples/two-vpc/Pulumi.two-vpc.yaml"
    assert told == f"heiiki kubeconfig --file {at} --output 'a b'"
    monkeypatch.chdir(tmp_path)
    assert f" --file {EXAMPLES / 'two-vpc' / 'Pulumi.two-vpc.yaml'} " in invocation(
        "kubeconfig", files, "--output", "x", environment={}
    )
    named = find_stack_files("acme/two-vpc", EXAMPLES / "two-vpc")
    assert " --stack acme/two-vpc --file " in invocation("up", named, environment={})


def test_within_another_command_it_is_called_by_that_one(monkeypatch):
    monkeypatch.chdir(ROOT)
    within = shlex.join([str(ROOT / ".venv/bin/python"), "-m", "local", "exec", "--"])
    told = invocation("up", find_stack_files("dev", PROJECT), environment={"HEIIKI_WITHIN": within})
    assert told == ".venv/bin/python -m local exec -- heiiki up --stack dev"


def test_a_folder_that_is_gone_is_no_hindrance(monkeypatch, tmp_path):
    files = find_stack_files(file=EXAMPLES / "dev")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert str(EXAMPLES / "dev" / "Pulumi.dev.yaml") in invocation("up", files, environment={})


@pytest.mark.parametrize("stack", ["dev-pools", "acme/dev-pools"])
def test_the_cluster_of_a_part_is_in_a_stack_of_its_own(stack):
    part = PartSpec(name="pools", of="dev")
    found = of_cluster(StackFiles(stack, Path("/x/Pulumi.dev-pools.yaml"), part))
    assert found.stack == stack.replace("pools", "cluster")
    assert found.stack_file == Path("/x/Pulumi.dev-cluster.yaml")
    whole = StackFiles("dev", Path("/x/Pulumi.dev.yaml"))
    assert of_cluster(whole) is whole
