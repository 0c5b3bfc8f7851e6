"""Every known way to open a closed stack is caught, by the right rule and with a true witness.

Each mutation is applied to examples that are closed without it, with the ids known and before any
is. What is found besides is what the mutation says, and concerns what it changed.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from iam.requests import Open
from proof.findings import Finding
from proof.prove import prove
from rules.table import BY_ID
from tests.policies.mutations.asked_names import fault_of_name
from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.hops import OTHERS, fault_on_the_way
from tests.policies.mutations.plain import Plain
from tests.policies.mutations.runs import Run, closed, forget, label, proved, runs
from tests.policies.mutations.stacks import CLOSED, OWN, stack
from tests.policies.mutations.witnesses import fault, is_outside, request_is_allowed

every_mutation = pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])


@pytest.fixture(scope="module", autouse=True)
def runs_of_all() -> Iterator[None]:
    """Each is shared by the tests of this module, and by no others."""
    yield
    forget()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("scenario", (*CLOSED, OWN))
def test_an_example_is_closed_until_somebody_opens_it(scenario, known):
    run = closed(scenario, known)
    bastion = scenario == "two-vpc"  # has an internet gateway, and somebody answers for it
    assert run.counted == run.advised == [] and run.proof.complete is True
    assert run.proof.verdict == ("open, answered for" if bastion else "closed")
    assert run.proof.resources > 90 and run.proof.interfaces > 5 and len(run.asked) > 10


@every_mutation
def test_a_mutation_is_caught(entry: Entry):
    mutation = entry.mutation
    made = runs(entry)
    assert {run.stack.known for run in made} == {True, False}, "it fits nowhere"
    for run in made:
        where = (run.scenario, run.stack.known)
        assert closed(*where).counted == []
        if mutation.verdict == "closed":
            assert run.proof.verdict == closed(*where).proof.verdict, where
            assert run.proof.complete is not True
            assert (run.broken, run.found) == (mutation.caught, frozenset()), where
            continue
        assert run.proof.verdict == mutation.verdict, where
        assert mutation.caught <= run.found, (where, mutation.caught - run.found)
        assert run.found <= mutation.caught | mutation.also, (where, run.found - mutation.caught)
        _concerns_what_was_changed(run)


def _concerns_what_was_changed(run: Run) -> None:
    """A rule's finding is about a resource that the mutation made or edited."""
    about = {f.resource for f in run.counted if f.claim == "rule"}
    assert not run.stack.touched or about <= run.stack.touched, about - run.stack.touched


@every_mutation
def test_what_is_shown_of_a_mutation_is_true(entry: Entry):
    for run in runs(entry):
        for finding in run.counted:
            if finding.claim == "reach":
                assert fault(run, finding) == "", finding
            if finding.claim == "names" and finding.decided:
                reader = Plain(run.stack, generous=False)
                assert fault_of_name(reader, finding.witness) == "", finding
        opened = [asked for asked in run.asked if isinstance(asked.decision, Open)]
        told = [f for f in run.counted if f.claim == "perimeter" and f.decided]
        assert len(opened) == len(told)
        for asked in opened:
            request = asked.decision.request
            assert request_is_allowed(asked), request
            assert is_outside(request, run.stack.boundary, asked.question.subject), request


def test_a_hop_that_is_not_true_is_noticed():
    """Of each way that is sure: each hop under another name, in another part, and left out."""
    twisted = 0
    for run in (run for entry in ENTRIES for run in runs(entry)[:1]):
        reader = Plain(run.stack, generous=False)
        for finding in run.counted:
            if finding.claim == "reach" and finding.decided:
                packet, _, way = finding.witness.partition(": ")
                for false in _twisted(OTHERS.sub("", way).split(" -> ")):
                    twisted += 1
                    assert fault_on_the_way(reader, f"{packet}: {false}", True), false
    assert twisted > 500


def test_a_name_that_is_not_heard_so_is_noticed():
    """Each under another VPC, and with its rule left out, or one that does not decide put in."""
    twisted = 0
    for run in (run for entry in ENTRIES for run in runs(entry)[:1]):
        reader = Plain(run.stack, generous=False)
        for finding in run.counted:
            if finding.claim == "names" and finding.decided:
                elsewhere = finding.witness.replace("of VPC ", "of VPC not-")
                other = re.sub(r" -> DNS Firewall rule \S+", "", finding.witness)
                if other == finding.witness:
                    other = other.replace(" -> the", " -> DNS Firewall rule dns-allow -> the")
                twisted += 2
                for false in (elsewhere, other):
                    assert fault_of_name(reader, false), false
    assert twisted > 20


def _twisted(hops: list[str]) -> Iterator[str]:
    for index, hop in enumerate(hops):
        words = hop.split(" (")[0].split(" ")
        for false in (
            [hop.replace(f" {words[-1]}", f" not-{words[-1]}", 1)],
            [re.sub(r"\([^,) ]+", r"(203.0.113.0/24", hop)] if "(" in hop else [],
            [],
        ):
            if false != [hop]:
                yield " -> ".join((*hops[:index], *false, *hops[index + 1 :]))


def test_what_is_remembered_is_what_is_decided_anew():
    """Of an example, of the same under another declaration, and of some mutations."""
    foreign = stack("dev", True).declaring(accounts=frozenset({"999988887777"}))
    some = [closed("dev", True), proved("dev", foreign), *(runs(e)[0] for e in ENTRIES[::90])]
    assert len(some[1].counted) > len(some[0].counted) == 0
    for run in some:
        anew = prove(run.stack.deployment, run.stack.boundary)
        assert Counter(map(_said, anew.findings)) == Counter(map(_said, run.proof.findings))


def _said(finding: Finding) -> Finding:
    """But for the witness: of several packets or requests, any shows the same."""
    return replace(finding, witness="")


def test_mutations_are_many_and_apart():
    assert len(ENTRIES) >= 120
    assert max(Counter(entry.mutation.name for entry in ENTRIES).values()) == 1


def test_every_kind_of_witness_is_there():
    """What is checked is there: packets that surely leave and that may, requests of every kind."""
    found = Counter()
    for run in (run for entry in ENTRIES for run in runs(entry)):
        found.update((label(f), f.decided) for f in run.counted if f.witness)
        found.update(a.question.subject for a in run.asked if isinstance(a.decision, Open))
    for kind in (
        ("reach", True),
        ("reach", False),
        ("perimeter", True),
        "endpoint",
        "resource",
        "trust",
    ):
        assert found[kind] > 20, found


def test_each_rule_has_a_mutation_that_only_it_catches():
    """In a stack at least: without the rule, a door is open."""
    alone = {
        next(iter(run.rules)) for entry in ENTRIES for run in runs(entry) if len(run.rules) == 1
    }
    assert set(BY_ID) - alone == {rule.id for rule in BY_ID.values() if rule.level == "advisory"}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("scenario", (*CLOSED, OWN))
def test_what_an_advisory_rule_finds_opens_nothing(scenario, known):
    """The flow logs are gone: each VPC that is made is told of, and the verdict is as it was."""
    before = closed(scenario, known)
    run = proved(scenario, before.stack.lacking(*before.stack.each("aws:ec2/flowLog:FlowLog")))
    vpcs = {("CN-240", vpc.resource.name) for vpc in before.stack.each("aws:ec2/vpc:Vpc")}
    assert vpcs and {(f.rule, f.resource) for f in run.advised} == vpcs
    assert run.counted == [] and run.proof.complete is True
    assert run.proof.verdict == before.proof.verdict


# Those of nodes of EKS have tests of their own (tests/policies/proof/test_completeness.py).
OWN_FEATURES = {
    "IAM authentication", "KMS plugin", "carried images", "kept address", "kept volume",
    "lifecycle hook", "listed objects", "load balancer controller", "load balancer targets",
    "own objects", "parameters", "written objects",
}  # fmt: skip


def test_each_feature_of_a_control_plane_has_a_mutation_that_breaks_it_alone():
    alone, made = set(), set()
    for entry in ENTRIES:
        if entry.channel == "Own control planes" and entry.mutation.verdict == "closed":
            for run in runs(entry):
                features = {feature for finding in run.counted for feature in finding.features}
                assert features, entry.id
                alone |= features if len(features) == 1 else set()
            made.add(entry.id)
    assert len(made) > 20 and alone >= OWN_FEATURES
