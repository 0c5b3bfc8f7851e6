"""What the proof says of a stack that is up: by its file, by its record, and by what AWS has."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore import xform_name

from automation import Stack
from automation.aws_calls import Account, iam_action
from automation.described.live import as_text, read_stack
from automation.proof import declared_text
from docs.permissions_page import PAGE
from model.build import build_network
from model.deployment import Deployment
from model.network import Network
from proof.findings import Proof
from proof.prove import prove
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from sources.facts import read_facts_file
from sources.recorded import read_recorded
from sources.state import read_state

Said = set[tuple[str, str, str, bool, bool]]


@dataclass(frozen=True)
class Live:
    """One reading of AWS. asked: the permissions of all calls that were made."""

    deployment: Deployment
    proof: Proof
    missing: list[str]
    asked: set[str]


def boundary_of(stack: Stack) -> Boundary:
    """What the stack's policy file declares."""
    file = stack.files.policy_file
    declared = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    today = datetime.datetime.now(datetime.UTC).date()
    return parse_boundary(declared.get("boundary", {}), today)


def declared(stack: Stack) -> Deployment:
    """What the stack file says, with what is known of a supplied network."""
    return with_facts(stack, read_recorded(json.loads(declared_text(stack.files))))


def with_facts(stack: Stack, deployment: Deployment) -> Deployment:
    if not stack.files.facts_file.exists():
        return deployment
    today = datetime.datetime.now(datetime.UTC).date()
    return deployment.with_described(
        read_facts_file(stack.files.facts_file, boundary_of(stack), today)
    )


def recorded(stack: Stack) -> Deployment:
    """What is recorded, with the same."""
    return with_facts(stack, read_state(json.loads(stack._run.command("stack", "export"))))


def permission_of(operation: Any) -> str:
    """The permission that a call needs, as the call itself is named."""
    service = operation.service_model.signing_name
    return iam_action(service, xform_name(operation.name))


def listening(account: Account, asked: set[str]) -> None:
    """Note the permissions of all calls that are made from now on."""

    def note(model: Any, **_: Any) -> None:
        asked.add(permission_of(model))

    account.session.events.register("before-call", note)
    account._clients.clear()  # those that are there have hooks of their own


def live(stack: Stack, monkeypatch: Any) -> Live:
    """What `heiiki prove --live` reads and says."""
    account, asked = stack.account(), set[str]()
    listening(account, asked)
    with monkeypatch.context() as patched:
        patched.setattr(Stack, "account", lambda _: account)
        read = read_stack(stack)
    deployment = read_recorded(json.loads(as_text(read.resources)))
    missing = [resource.name for resource in read.missing]
    return Live(deployment, prove(deployment, boundary_of(stack)), missing, asked)


def said(proof: Proof) -> Said:
    """Rules and subjects of what was found, and how each counts."""
    return {(f.rule, f.resource, f.type, f.decided, bool(f.answered)) for f in proof.findings}


def allowed() -> set[str]:
    """The permissions of the documented policies."""
    text = PAGE.read_text(encoding="utf-8").split("automation/described: begin -->")[1]
    text = text.split("automation/described: end -->")[0]
    policies = [json.loads(part.split("```")[0]) for part in text.split("```json\n")[1:]]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    return {action for statement in statements for action in statement["Action"]}


def same_by_file_record_and_aws(stack: Stack, monkeypatch: Any) -> Live:
    """What is found in AWS: the very network that is recorded, and of it the same findings about
    the same resources as by the file and by the record."""
    found, of_record = live(stack, monkeypatch), recorded(stack)
    boundary = boundary_of(stack)
    by_record, by_file = prove(of_record, boundary), prove(declared(stack), boundary)
    assert found.missing == [] and found.deployment.made.keys() >= of_record.made.keys()
    differing = said(found.proof) ^ said(by_record)
    assert not differing, differing
    assert found.proof.verdict == by_record.verdict
    assert (by_file.verdict, said(by_file)) == (by_record.verdict, said(by_record))
    network, theirs = build_network(of_record), build_network(found.deployment)
    assert network.subnets and network.interfaces and network.endpoints
    assert comparable(theirs, network) == comparable(network, network)
    assert len(found.asked) > 60 and found.asked <= allowed()
    return found


def comparable(network: Network, of: Network) -> dict[str, dict[str, Any]]:
    """A network's things as far as another one has them, without what only AWS knows: addresses
    that it has chosen, what it called the ACL that comes with a VPC, and IPv6 in that."""
    chosen = {
        "interfaces": lambda thing: replace(thing, addresses=None),
        "nat_gateways": lambda thing: replace(thing, addresses=None),
        "network_acls": lambda thing: [(e.number, e.allows, e.egress) for e in thing.entries],
    }
    things = {name: dict(_keyed(getattr(network, name))) for name in network.__dataclass_fields__}
    return {
        name: {
            key: chosen.get(name, lambda thing: thing)(thing)
            for key, thing in found.items()
            if key in dict(_keyed(getattr(of, name)))
        }
        for name, found in things.items()
    }


def _keyed(things: Any) -> Any:
    """What is listed and has no key is its own."""
    return things.items() if isinstance(things, Mapping) else [(one, one) for one in things]
