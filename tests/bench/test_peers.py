"""Mutations as others read them: each in both forms, whole and sound, and the page as it was found.

Checkov is not asked here, since it is half a gigabyte; `python -m bench.peers` asks it. cfn-lint
comes with moto, in the same version, and is asked about a few.
"""

import json
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bench.peers import cloudformation, found, judges, page, terraform
from bench.peers.cases import DECLARED, NOT_OF_AWS, Case, cases
from bench.peers.claims import DOORS
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.stacks import stack

PAGE = Path(__file__).parents[2] / "docs" / "proof" / "peers.md"
ADDRESS = re.compile(r"aws_[a-z0-9_]+\.[A-Za-z_][A-Za-z0-9_-]*")


@cache
def every() -> tuple[Case, ...]:
    return tuple(cases())


@cache
def closed(peer: str, scenario: str) -> dict[str, Any]:
    return found.FORMS[peer].write(stack(scenario, True).deployment)


def test_every_mutation_of_the_catalogue_is_a_case():
    assert [case.entry for case in every()] == list(ENTRIES)
    excuses = Counter(case.excuse for case in every())
    assert set(excuses) == {"", DECLARED, NOT_OF_AWS}
    assert excuses[""] > 400


def test_every_mutation_of_an_aws_resource_is_another_plan_and_a_sound_one():
    for case in every():
        if not case.excuse:
            plan = terraform.plan(case.after)
            assert plan != closed("checkov", case.scenario), case.entry.id
            sound_plan(plan)


def sound_plan(plan: dict[str, Any]) -> None:
    """All three parts tell the same resources, and every reference is one of them."""
    json.dumps(plan)  # nothing but what JSON knows: no value that is not known has stayed in it
    planned = plan["planned_values"]["root_module"]["resources"]
    configured = plan["configuration"]["root_module"]["resources"]
    addresses = [each["address"] for each in planned]
    assert len(set(addresses)) == len(addresses) > 40
    assert [each["address"] for each in configured] == addresses
    assert [each["address"] for each in plan["resource_changes"]] == addresses
    assert all(ADDRESS.fullmatch(address) for address in addresses)
    for each in configured:
        for reference in _under(each["expressions"], "references"):
            assert ".".join(reference.split(".")[:2]) in addresses, reference
    for each in planned:
        for value in each["values"].values():
            assert not isinstance(value, dict) or all(
                not isinstance(v, dict) for v in value.values()
            )
    assert plan["configuration"]["provider_config"]["aws"]["name"] == "aws"


def _is_block(value: Any) -> bool:
    """A block is a list of one in a plan; only maps of somebody's own words are none."""
    return isinstance(value, dict)


def _under(value: Any, key: str) -> list[str]:
    """Every item of the lists below a key, however deep."""
    if isinstance(value, list):
        return [item for each in value for item in _under(each, key)]
    if not isinstance(value, dict):
        return []
    below = [item for each in value.values() for item in _under(each, key)]
    return [*(value.get(key) or () if isinstance(value.get(key), list) else ()), *below]


def test_a_plan_names_what_an_id_comes_from_and_does_not_know_it():
    plan = closed("checkov", "dev")
    resources = plan["planned_values"]["root_module"]["resources"]
    (cluster,) = (r for r in resources if r["type"] == "aws_eks_cluster")
    assert "subnet_ids" not in cluster["values"]["vpc_config"][0]
    assert cluster["values"]["vpc_config"][0]["endpoint_public_access"] is False
    (told,) = (r for r in plan["configuration"]["root_module"]["resources"]
               if r["type"] == "aws_eks_cluster")  # fmt: skip
    references = told["expressions"]["vpc_config"][0]["subnet_ids"]["references"]
    assert "aws_subnet.control-plane-1a.id" in references
    (role,) = (r for r in resources if r["address"] == "aws_iam_role.cluster")
    assert json.loads(role["values"]["assume_role_policy"])["Statement"], "policies are told"


def test_every_mutation_that_cloudformation_can_tell_is_a_sound_template():
    # Here, since every process of the tests reads this module and one of them needs sympy for it.
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    known = set(PROVIDER_SCHEMA_MANAGER.get_resource_types(cloudformation.REGION))
    told = 0
    for case in every():
        template = cloudformation.template(case.after) if not case.excuse else None
        if template is None or template == closed("cfn-lint", case.scenario):
            continue
        told += 1
        resources = template["Resources"]
        assert len(resources) > 40 and {r["Type"] for r in resources.values()} <= known
        assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in resources)
        for name in _named(template):
            assert name in resources or name == cloudformation.UNSAID, name
    assert told > 340


def _named(value: Any) -> set[str]:
    """Every resource that something refers to."""
    if isinstance(value, list):
        return set().union(*map(_named, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    own = {value["Ref"]} if set(value) == {"Ref"} else set()
    if set(value) == {"Fn::GetAtt"}:
        own = {value["Fn::GetAtt"][0]}
    return own.union(*map(_named, value.values())) if value else own


def test_cfn_lint_takes_the_closed_examples_and_says_of_mutations_what_is_recorded(tmp_path):
    names = ("a public subnet", "IPv6 with an egress-only internet gateway")
    chosen = [case for case in every() if case.entry.mutation.name in names]
    documents = found.documents(found.FORMS["cfn-lint"], chosen)
    documents["closed-two-vpc"] = closed("cfn-lint", "two-vpc")
    answers = judges.asked(Path(sys.executable), "cfn-lint", documents, tmp_path / "templates")
    for scenario in ("dev", "two-vpc"):
        assert not [pair for pair in answers[f"closed-{scenario}"] if pair[0].startswith("E")]
    _, recorded = found.read(found.FILE.read_text(encoding="utf-8"))
    wanted = {told.name: told.peers["cfn-lint"].new for told in recorded if told.name in names}
    said = found.told(chosen, {"cfn-lint": answers})
    assert {told.name: told.peers["cfn-lint"].new for told in said} == wanted
    assert any(wanted.values()) and len(wanted) == len(names)


def test_what_fails_in_the_closed_example_is_not_found_anew():
    case = next(case for case in every() if case.entry.mutation.name == "a public subnet")
    address = next(iter(case.changed - case.before.nodes.keys()))
    called = terraform.addresses(case.after)[address]
    said = {f"closed-{case.scenario}": [("A", "aws_vpc.x")],
            "000": [("A", "aws_vpc.x"), ("A", called), ("B", called)]}  # fmt: skip
    (told,) = found.told([case], {"checkov": said})
    assert told.peers["checkov"] == found.Found(new=("A", "B"))
    said = {f"closed-{case.scenario}": [("A", called)], "000": [("A", called)]}
    (told,) = found.told([case], {"checkov": said})
    assert told.peers["checkov"] == found.Found(before=("A",))


def test_the_page_is_written_from_what_was_found():
    text = found.FILE.read_text(encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page.render(text), "run python -m bench.peers"
    versions, recorded = found.read(text)
    assert versions == judges.versions()
    assert found.written(recorded, versions) == text


def test_most_mutations_of_today_have_been_shown():
    """Others are added before somebody asks the peers again: one in five may wait for that."""
    _, recorded = found.read(found.FILE.read_text(encoding="utf-8"))
    shown = {(told.channel, told.name) for told in recorded}
    today = {(c.entry.channel, c.entry.mutation.name) for c in every() if not c.excuse}
    assert len(today - shown) * 5 <= len(today), "run python -m bench.peers"


def test_a_check_that_counts_is_one_of_checkovs():
    assert set(DOORS) <= set(page.CHECKS.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("a public endpoint", "CKV_AWS_39"),
        ("a subnet that gives public addresses", "CKV_AWS_130"),
        ("a default route into a peering", "CKV2_AWS_44"),
        ("a key for everybody", "CKV_AWS_33"),
        ("a database with a public address, on a subnet that leads out", "CKV_AWS_17"),
    ],
)
def test_what_checkov_is_known_for_is_found_of_the_claim(name, check):
    """The plan is one that Checkov reads well: by values, by connections, by policies."""
    _, recorded = found.read(found.FILE.read_text(encoding="utf-8"))
    (told,) = (told for told in recorded if told.name == name)
    assert check in page.own(told)
