"""Every mutation of the catalogue as a deployment before and after it, to be shown to others."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.peers.terraform_names import MADE_UP
from model.deployment import Deployment
from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.stacks import CLOSED, OWN, stack

DECLARED = "only the declaration is another one, and no peer has any"
NOT_OF_AWS = "it is no resource of AWS: an object of Kubernetes, another package, or a made-up type"


@dataclass(frozen=True)
class Case:
    """A mutation in the first example where it fits. changed: the URNs that are new or another."""

    entry: Entry
    scenario: str
    before: Deployment
    after: Deployment

    @property
    def changed(self) -> frozenset[str]:
        before, after = self.before.nodes, self.after.nodes
        return frozenset(
            urn for urn in before.keys() | after.keys() if before.get(urn) != after.get(urn)
        )

    @property
    def excuse(self) -> str:
        """Why no peer can be shown the mutation; nothing where one can."""
        if not self.changed:
            return DECLARED
        every = {**self.before.nodes, **self.after.nodes}
        types = {every[urn].resource.type for urn in self.changed}
        return "" if any(map(_of_aws, types)) else NOT_OF_AWS


def _of_aws(token: str) -> bool:
    return token.startswith(("aws:", "pulumi:providers:aws")) and token not in MADE_UP


def cases() -> Iterator[Case]:
    """All of them, in the catalogue's order."""
    for entry in ENTRIES:
        for scenario in (*CLOSED, OWN):
            closed = stack(scenario, known=True)
            opened = next(iter(entry.mutation.change(closed)), None)
            if opened is not None:
                yield Case(entry, scenario, closed.deployment, opened.deployment)
                break
