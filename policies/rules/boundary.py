"""What the operator declares as inside: accounts, ranges, connections, supplied things, exceptions.

The declaration is the configuration of the policy `boundary`:

    pulumi preview --policy-pack policies --policy-pack-config boundary.json

A fault in it fails the preview, and what has the fault grants nothing until it is repaired: an
entry of a list, or a whole key that has a wrong form. All else counts, so that what is told of the
resources is true of what the operator has declared.
"""

import datetime
from dataclasses import dataclass, field

from rules.addresses import PRIVATE_RANGES, Network

FACTS_COUNT_DAYS = 30  # where nothing is said


@dataclass(frozen=True)
class Connection:
    """A way to another private network that is meant to exist.

    accounts: of AWS's own, that a VPC link of API Gateway lets in. They make no other party own,
    and where they stand alone, the connection names such links only.
    """

    name: str
    cidrs: tuple[Network, ...]
    owner: str
    reason: str
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Supply:
    """Things that others made and somebody answers for.

    ids: by id, by ARN, or a bucket's name. stacks: whatever a stack puts out, by the logical name
    of the reference to it.
    """

    ids: tuple[str, ...]
    stacks: tuple[str, ...]
    owner: str
    reason: str


@dataclass(frozen=True)
class OwnDomains:
    """Domains whose name servers are the operator's own: names in them may be asked from inside."""

    names: tuple[str, ...]
    owner: str
    reason: str


@dataclass(frozen=True)
class Used:
    """Pulumi packages, or API groups of Kubernetes, that no rule has judged: what is of them may
    be used until a date."""

    names: tuple[str, ...]
    owner: str
    reason: str
    expires: datetime.date


@dataclass(frozen=True)
class RuleException:
    """One rule that one resource may break until a date.

    scp: the service control policy that stands in for the endpoint policy which CN-083 demands.
    only: the parts of the resource that it answers for, as a finding calls them; empty: all of it.
    path: where it stands in the declaration.
    """

    rule: str
    name: str
    type: str | None
    owner: str
    reason: str
    expires: datetime.date
    scp: str = ""
    only: tuple[str, ...] = ()
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class Boundary:
    """The declaration as far as it is sound. `faults` says what is not; that is not in the rest."""

    accounts: frozenset[str] = frozenset()
    organization_id: str | None = None
    regions: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    packages: tuple[Used, ...] = ()
    api_groups: tuple[Used, ...] = ()
    registries: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    cidrs: tuple[Network, ...] = ()
    connections: tuple[Connection, ...] = ()
    supplied: tuple[Supply, ...] = ()
    domains: tuple[OwnDomains, ...] = ()
    facts_max_age_days: int = FACTS_COUNT_DAYS
    exceptions: tuple[RuleException, ...] = ()
    faults: tuple[str, ...] = ()
    # Not declared: names of Services of the same deployment; None where they are not known yet.
    services_given: frozenset[str] | None = frozenset()

    @property
    def ranges(self) -> tuple[Network, ...]:
        """Where traffic may go: the declared ranges, or every private range when none is."""
        return self.cidrs or PRIVATE_RANGES

    @property
    def supplied_ids(self) -> frozenset[str]:
        """The ids of things outside this deployment that somebody answers for."""
        return frozenset(id_ for supply in self.supplied for id_ in supply.ids)

    @property
    def own_domains(self) -> frozenset[str]:
        """The domains that somebody keeps the name servers of, for the operator."""
        return frozenset(name for own in self.domains for name in own.names)

    @property
    def package_names(self) -> frozenset[str]:
        """The packages that somebody answers for."""
        return frozenset(name for used in self.packages for name in used.names)

    @property
    def api_group_names(self) -> frozenset[str]:
        """The API groups that somebody answers for."""
        return frozenset(name for used in self.api_groups for name in used.names)

    def connections_named(self, name: str) -> list[Connection]:
        """The declared connections that name this resource, with ranges behind it."""
        return [c for c in self.links_named(name) if c.cidrs]

    def links_named(self, name: str) -> list[Connection]:
        """The same of a VPC link of API Gateway, which needs no ranges: none lie behind it."""
        return [c for c in self.connections if name_matches(c.name, name)]


def name_matches(pattern: str, name: str) -> bool:
    """An exact logical name, or a beginning followed by *."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
