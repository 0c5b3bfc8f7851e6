"""Whether what a finding shows is true: packets by the brute force, every hop by the properties of
what it names, requests by the second evaluator of policies.
"""

import re
from dataclasses import dataclass

from iam.requests import Open, Request
from proof.findings import Finding
from rules.boundary import Boundary
from tests.policies.iam.oracle import allowed
from tests.policies.iam.universe import as_facts
from tests.policies.mutations.hops import ANY_MACHINE, fault_on_the_way
from tests.policies.mutations.plain import Plain
from tests.policies.mutations.remembering import Asked
from tests.policies.mutations.runs import Run
from tests.policies.proof import brute
from tests.policies.proof.worlds import address_of

PACKET = re.compile(r"(\S+) to (\S+) by (\w+)(?:/(\d+))?: (.+)")
HOP = re.compile(rf"([A-Za-z -]+?) ({ANY_MACHINE}|\S+)(?: \((.*)\))?")
MISSING = re.compile(r"subnet (.+) is not described")
NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}


@dataclass(frozen=True)
class Shown:
    """A packet as a finding tells it, with the names on its way."""

    packet: brute.Packet
    source: str
    hops: tuple[tuple[str, str], ...]

    @property
    def sender(self) -> str:
        return self.hops[0][1]


def read(witness: str) -> Shown:
    """A witness as people read it."""
    source, destination, protocol, port, way = PACKET.fullmatch(witness).groups()  # type: ignore[union-attr]
    ends = (address_of(source), address_of(destination))
    packet = brute.Packet(*ends, NUMBERS[protocol], int(port or 0))
    hops = [HOP.fullmatch(hop) for hop in way.split(" -> ")]
    return Shown(packet, source, tuple((hop[1], hop[2]) for hop in hops if hop))


def fault(run: Run, finding: Finding) -> str:
    """What is not true of a packet that a finding shows; nothing where all of it is.

    A subnet in which nothing stands is judged as if a machine did; no property tells of that one,
    so its hops are followed, and tests/policies/test_whole.py holds where its packets end.
    """
    shown = read(finding.witness)
    reader, found = _ends(run, finding)
    if untrue := fault_on_the_way(reader, finding.witness, finding.decided):
        return untrue
    if shown.sender == ANY_MACHINE:
        return ""
    kind, last = shown.hops[-1]
    if last in found:
        return "" if found[last] or not finding.decided else f"{last} is not sure"
    if finding.decided:
        return f"ends at {sorted(found)}, not at {last}"
    if kind.startswith("transit gateway"):  # of which all is described but its tables
        told = [
            n.resource.name for n in reader.each("TransitRouteTablePropagation", "VpnConnection")
        ]
        return "" if "tgw" in found or told else f"transit gateway {last} is described"
    if any(name in found for _, name in shown.hops):  # a table on the way is not told as a whole
        return ""
    missing = MISSING.search(finding.what)
    if missing is None or missing[1] in reader.ids:
        return f"{finding.what}: it is"
    return ""


def _ends(run: Run, finding: Finding) -> tuple[Plain, dict[str, bool]]:
    """Where the packet of a finding may end, by the brute force over the stack's own properties."""
    reader = Plain(run.stack, generous=not finding.decided)
    shown = read(finding.witness)
    packet = shown.packet
    found: dict[str, bool] = {}
    for node in reader.machines(shown.sender):
        world = reader.world()
        interface = reader.add(world, node, shown.source)
        if interface is not None:
            for end, sure in brute.ends(world, interface, packet).items():
                name = end.rsplit("::", 1)[-1] if end.startswith("urn:") else end
                found[name] = found.get(name, False) or sure
    return reader, found


def request_is_allowed(asked: Asked) -> bool:
    """Whether the document allows the request, by an evaluator that shares nothing."""
    import json

    assert isinstance(asked.decision, Open)
    request = asked.decision.request
    document = asked.document
    if isinstance(document, str):
        document = json.loads(document)
    account = request.principal.owner.account if request.principal.owner else None
    facts = as_facts(
        request.principal.kind, request.principal.name, account,
        request.action, request.resource, dict(request.context),
    )  # fmt: skip
    return allowed(document, facts) is True


def is_outside(request: Request, boundary: Boundary, subject: str) -> bool:
    """Whether the caller, or behind an endpoint the resource, is nobody's of the boundary."""
    who = request.principal
    owner = who.owner.account if who.owner else None
    if who.kind == "Federated":
        return True
    if owner is None or owner not in boundary.accounts:
        return True
    behind = request.resource_owner.account if request.resource_owner else None
    return subject == "endpoint" and behind is not None and behind not in boundary.accounts
