"""A stack file, the state of the same stack and the live account say the same.

Stack files are drawn, declared without an engine, made in the embedded AWS, recorded as a state has
it, and read. The proof of each of the three finds the same of the same things; and so it does where
somebody opens the stack.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from automation.aws_calls import Account
from automation.declared import as_text, declared_by
from automation.described.live import supplied_ids
from automation.lock.resolve import resolve_lock
from automation.proof import told_by_aws
from components.program import program
from local.aws.api import forget
from model.deployment import Deployment
from proof.findings import Proof
from proof.prove import prove
from rules.boundary import Boundary
from sources.recorded import read_recorded
from spec.stack_file import parse_stack_file
from tests.automation.described.made import Up, account_at, environment_at
from tests.local.aws.engine_side import EngineSide, engine_side
from tests.policies.mutations.beside import with_beside
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.stacks import Stack
from tests.policies.mutations.variants import declared_for, keys_of
from tests.spec.stack_files import text_of

# Two regions that the embedded AWS has whole, and their zones by the letters that are drawn.
PLACES = (("ap-northeast-1", {"b": "d"}), ("eu-central-1", {}))
# By the seed of a stack file: what somebody opens, all at once, and by which rules that is found.
# By the seed of a stack file: what somebody makes beside it that opens nothing, and what opens it.
CHANGES: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    0: (
        ("prefix list",),
        ("a public endpoint", "a key for a foreign account", "egress to one public address",
         "a transit gateway that takes whatever is attached"),
    ),
    14: (
        ("idle VPC", "inline rules"),
        ("a public subnet", "egress by the older kind of rule",
         "an Elastic IP at a network interface"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def side(endpoint_url) -> Iterator[EngineSide]:
    with engine_side(endpoint_url) as made:
        yield made


@pytest.fixture(scope="module")
def account(endpoint_url) -> Account:
    return account_at(endpoint_url)


def drawn(seed: int) -> dict[str, Any]:
    """The keys of a stack file, in a region that the embedded AWS has."""
    region, letters = PLACES[seed % len(PLACES)]
    keys = keys_of(seed)
    for pool in keys["nodePools"].values():
        if pool.get("image", {}).get("kind") == "custom":  # which would have to be there
            pool["image"] = {"kind": "optimized", "family": "al2023"}
    text = json.dumps(keys).replace(keys["region"], region)
    text = text.replace("arn:aws-cn:", "arn:aws:").replace("arn:aws-us-gov:", "arn:aws:")
    for drawn_letter, letter in letters.items():
        text = text.replace(f'"{region}{drawn_letter}"', f'"{region}{letter}"')
    return dict(json.loads(text))


def with_neighbours(keys: dict[str, Any], account: Account) -> str:
    """The stack file with who is on the other end of its connections."""
    ec2 = account.client("ec2", keys["region"])
    text = text_of(keys)
    vpc = ec2.create_vpc(CidrBlock="172.28.0.0/16")["Vpc"]["VpcId"]
    text = text.replace("vpc-0123456789abcdef0", vpc)
    for number in "01":
        made = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        text = text.replace(f"tgw-0123456789abcdef{number}", made)
    return text


@dataclass(frozen=True)
class Stood:
    """A stack file's stack that is up, and what its file declares."""

    up: Up
    declared: Deployment
    boundary: Boundary

    @classmethod
    def of(cls, seed: int, side: EngineSide, account: Account) -> "Stood":
        forget()
        keys = drawn(seed)
        spec = parse_stack_file(with_neighbours(keys, account), where=f"Pulumi.{seed}.yaml")
        lock = resolve_lock(spec, None, environment=environment_at(account.endpoint_url))

        def run() -> object:
            return program(spec, lock, where="drawn")

        by_file = declared_by(run, project="project", stack="stack", standing_in=told_by_aws(spec))
        up = Up(side, account, spec.region, "aws", supplied_ids(spec))
        up.make(run)
        declared = read_recorded(json.loads(as_text(by_file)))
        return cls(up, declared, declared_for(spec, lock))


def said(proof: Proof) -> set[tuple[str, str, bool, bool]]:
    """Rules and subjects of what was found, and how each counts."""
    return {(f.rule, f.resource, f.decided, bool(f.answered)) for f in proof.findings}


def three(stood: Stood, boundary: Boundary) -> tuple[Proof, Proof, Proof]:
    deployment, told = stood.up.by_aws()
    assert told.missing == [] and told.silent == {}
    by_state = stood.up.by_state()
    assert deployment.made.keys() >= by_state.made.keys() and len(by_state.made) > 80
    every = (stood.declared, by_state, deployment)
    return tuple(prove(one, boundary) for one in every)  # type: ignore[return-value]


def agree(proofs: tuple[Proof, Proof, Proof]) -> str:
    """The verdict of all three."""
    by_file, by_state, by_aws = map(said, proofs)
    assert by_file == by_state
    assert by_aws == by_state
    (verdict,) = {proof.verdict for proof in proofs}
    return verdict


def compare(seed: int, side: EngineSide, account: Account) -> Stood:
    """A closed stack, by all three."""
    stood = Stood.of(seed, side, account)
    bastion = "bastion" in drawn(seed)["network"].get("connections", ())
    verdict = agree(three(stood, stood.boundary))
    assert verdict == ("open, answered for" if bastion else "closed")
    return stood


def opening(name: str) -> Mutation:
    (mutation,) = (entry.mutation for entry in ENTRIES if entry.mutation.name == name)
    return mutation


def changed(stack: Stack, seed: int) -> Stack:
    """With everything at once, each where it fits first."""
    beside, doors = CHANGES[seed]
    stack = with_beside(stack, beside)
    for name in doors:
        stack = next(iter(opening(name).change(stack)))
    return stack


@pytest.mark.parametrize("seed", CHANGES)
def test_a_stack_is_closed_and_then_open_by_its_file_by_its_state_and_by_aws(side, account, seed):
    stood = compare(seed, side, account)
    recorded = changed(Stack("stack", True, stood.up.by_state(), stood.boundary), seed)
    declared = changed(Stack("stack", False, stood.declared, stood.boundary), seed)
    up = stood.up.changed(recorded.deployment.nodes)
    after = replace(stood, up=up, declared=declared.deployment)
    proofs = three(after, recorded.boundary)
    assert agree(proofs) == "open"
    found = {finding.rule for finding in proofs[0].findings if finding.counts}
    caught = frozenset().union(*(opening(name).caught for name in CHANGES[seed][1]))
    assert found >= {rule for rule in caught if rule.startswith("CN-")}


ANEW = settings(
    max_examples=1, phases=[Phase.generate], derandomize=False, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_one_that_nobody_has_seen_is_closed_by_all_three(side, account):
    """A failure tells the seed."""

    @ANEW
    @given(seed=st.integers(1000, 2**31))
    def run(seed: int) -> None:
        compare(seed, side, account)

    run()
