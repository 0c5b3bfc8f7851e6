"""A deployment before the pack, as the engine shows it: one by one, and then as a whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from automation.declared import DeclaredResource, declared_by
from components.program import program
from rules.table import BY_ID
from tests.policies.analyzer import proto, struct
from tests.scenarios import read

FLOW_LOGS = "stack-require-flow-log-of-vpc"  # the rule that warns


@dataclass(frozen=True)
class Said:
    """What the pack says: level, id of the rule, name of what it is about, text."""

    level: int
    rule: str
    urn: str
    text: str


@dataclass(frozen=True)
class Shown:
    """One resource. sources: by input, the URNs that its value comes from."""

    type: str
    urn: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Iterable[str]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


@cache
def example(scenario: str) -> tuple[Shown, ...]:
    """What an example's program declares, in its first preview."""
    spec, lock = read(scenario)
    declared = declared_by(
        lambda: program(spec, lock, where=scenario), project="heiiki", stack=scenario
    )
    return tuple(map(_shown, declared))


def _shown(declared: DeclaredResource) -> Shown:
    return Shown(declared.type, declared.urn, declared.inputs, declared.sources)


def whole(servicer: Any, resources: Iterable[Shown]) -> list[Said]:
    """What the pack says of the deployment as a whole, but for what advisory rules find."""
    said = everything(servicer, resources)
    return [each for each in said if each.rule not in BY_ID or BY_ID[each.rule].level != "advisory"]


def everything(servicer: Any, resources: Iterable[Shown]) -> list[Said]:
    """All that the pack says of the deployment as a whole."""
    listed = list(resources)
    for shown in listed:
        name = shown.urn.rsplit("::", 1)[-1]
        properties = struct(dict(shown.inputs))
        servicer.Analyze(
            proto.AnalyzeRequest(type=shown.type, name=name, urn=shown.urn, properties=properties),
            None,
        )
    answer = servicer.AnalyzeStack(
        proto.AnalyzeStackRequest(resources=[_sent(shown) for shown in listed]), None
    )
    return [_said(diagnostic) for diagnostic in answer.diagnostics]


def levels_of_flow_logs(servicer: Any) -> list[int]:
    """The levels at which the pack says that a VPC has no flow log."""
    vpc = Shown("aws:ec2/vpc:Vpc", "urn:pulumi:s::p::aws:ec2/vpc:Vpc::main")
    return [said.level for said in everything(servicer, [vpc]) if said.rule == "CN-240"]


def _sent(shown: Shown) -> Any:
    sent = proto.AnalyzerResource(
        type=shown.type, name=shown.urn.rsplit("::", 1)[-1], urn=shown.urn,
        properties=struct({**shown.inputs, **shown.outputs}),
    )  # fmt: skip
    for key, urns in shown.sources.items():
        sent.propertyDependencies[key].urns.extend(urns)
    return sent


def _said(diagnostic: Any) -> Said:
    text = diagnostic.message.partition("\n")[2]
    return Said(diagnostic.enforcementLevel, text.split(" ", 1)[0], diagnostic.urn, text)
