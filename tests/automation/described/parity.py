"""A deployment told to the reader as AWS would tell it, and read: what the parity tests share."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from automation.aws_calls import Account
from automation.described.calls import Kind
from automation.described.live import as_text
from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import Described, resources_of
from automation.described.scope import Scope
from automation.described.tables import KINDS, calls
from automation.state import Resource
from model.deployment import Deployment, Node
from proof.findings import Proof
from proof.prove import prove
from sources.recorded import read_recorded
from tests.automation.described.answers import Answers
from tests.policies.mutations.runs import label, proved
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

HERE = {"region": REGION, "account": ACCOUNT, "partition": "aws"}
READ = {kind.token for kind in KINDS}


@dataclass(frozen=True)
class Told:
    """kinds: what is read. tell: each adds what AWS has of a stack. real_id: how the provider calls
    a thing, where that is another id than the deployments of tests have."""

    kinds: Sequence[Kind]
    tell: Sequence[Callable[[Answers, Stack], None]]
    real_id: Callable[[Node], str]

    @property
    def tokens(self) -> frozenset[str]:
        return frozenset(kind.token for kind in self.kinds)

    def recorded(self, node: Node) -> Resource:
        resource, id_ = node.resource, self.real_id(node)
        sources = {name: sorted(urns) for name, urns in node.sources.items()}
        return Resource(
            resource.urn, resource.type, resource.name, id_, resource.props,
            {**node.outputs(), "id": id_}, sources,
        )  # fmt: skip

    def read(
        self, account: Account, opened: Stack, monkeypatch: Any, beside: str = ""
    ) -> tuple[Deployment, Described]:
        """The deployment with what is read of it. What no table reads is as a reading has it; the
        network around it is as it is recorded.

        beside: a type that nobody has recorded.
        """
        answers = Answers(account, REGION)
        for tell in self.tell:
            tell(answers, opened)
        asked = calls(self.kinds)
        services = {service for call in asked for service in call.services}
        answers.answering(services, monkeypatch.setattr)
        nodes = opened.deployment.nodes.values()
        told = {
            node.resource.urn
            for node in nodes
            if node.resource.type in self.tokens
            or (node.resource.name in opened.touched and node.resource.type not in READ)
        }
        own_ids = (n.outputs().get("id") for n in nodes if n.resource.type != beside)
        ids = {id_ for id_ in own_ids if isinstance(id_, str)}
        known = [node for node in nodes if node.resource.urn in told]
        recorded = [self.recorded(n) for n in known if n.resource.type != beside]
        records = Records(recorded, account=HERE["account"])
        own, reading = records.scope(), Reading(account, REGION, HERE)
        types = {node.resource.type for node in nodes} - {beside}
        found = reading.run(asked, Scope.of(own.made | ids, own.described, types, keys=own.keys))
        assert reading.silent == {}
        described = resources_of(found, records)
        around = [node for node in nodes if node.resource.urn not in told]
        live = read_recorded(json.loads(as_text(described.resources))).nodes.values()
        return Deployment.of([*around, *live]), described

    def same(
        self, account: Account, opened: Stack, monkeypatch: Any, verdict: str
    ) -> set[tuple[str, str]]:
        """What is found by what AWS says, which is what the state says, word for word."""
        deployment, described = self.read(account, opened, monkeypatch)
        assert described.missing == []
        assert deployment.nodes.keys() == opened.deployment.nodes.keys()
        own = [n for n in deployment.nodes.values() if n.resource.type in self.tokens]
        assert verdict == "open" or own, "nothing that is read is in it"
        by_state, by_aws = proved("dev", opened).proof, prove(deployment, opened.boundary)
        assert by_aws.verdict == by_state.verdict == verdict
        assert by_aws.interfaces == by_state.interfaces
        assert said(by_aws) == said(by_state)
        return said(by_aws)


def said(proof: Proof) -> set[tuple[str, str]]:
    return {(label(finding), finding.resource) for finding in proof.findings if finding.counts}
