"""Who may open a connection to whom where the control plane is ours. The table documents it.

Roles: `etcd-<member>` one by one, `controller`, `worker`, `operator`, `api-<endpoint>` for the load
balancer of each API endpoint; `endpoint` and the addresses of S3 as in `plan/firewall.py`. Nothing
stands here that nobody needs: no port of services on nodes, no metrics of etcd, no kubelet's
read-only port, no SSH. Each row names the rules of earlier generations that it answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from plan.firewall import ENDPOINT, HTTPS, OPERATOR, S3, Allow, dashed

CONTROLLER, WORKER = "controller", "worker"
API, ETCD_CLIENT, ETCD_PEER = (6443, 6443), (2379, 2379), (2380, 2380)
KUBELET, OVERLAY = (10250, 10250), (8472, 8472)
UNREACHABLE = (3, -1)  # ICMP: type, and any code; as AWS takes it in place of ports


@dataclass(frozen=True, slots=True)
class SelfHostedAllow(Allow):
    """A row, and which rules of a self-hosted cluster's earlier table it answers."""

    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """A load balancer before the API servers. cidrs: from where people and pipelines come.

    internal: whether those inside call it; at public addresses no group of theirs is seen.
    """

    name: str
    port: int = 6443
    cidrs: tuple[IPv4Network, ...] = ()
    internal: bool = True

    @property
    def role(self) -> str:
        return f"api-{self.name}"


def etcd_role(member: str) -> str:
    return f"etcd-{member}"


def self_hosted_firewall_table(
    *,
    members: Sequence[str],
    on_controllers: bool = False,
    api_endpoints: Sequence[ApiEndpoint],
    external_etcd: Sequence[tuple[IPv4Network, int]] = (),
    issuers: Sequence[tuple[str, IPv4Network, int]] = (),
    operator: bool = False,
    services: bool = True,
) -> tuple[SelfHostedAllow, ...]:
    """The rows, in a stable order.

    members: of an etcd of ours; none where it is external, whose own firewall is its owner's.
    on_controllers: whether they live there. A member's role is then that of the interface which
        outlives its machines: it answers controllers alone, and calls nobody, since what a machine
        begins leaves by its own interface.
    external_etcd: networks that it lies in, and ports that it answers at.
    issuers: of tokens, each by name, with a network that it lies in and its port.
    services: whether there are interface endpoints and S3 for machines to call.
    """
    of_etcd = _etcd_on_controllers(members) if on_controllers else _etcd(members)
    beyond = [*_external(external_etcd), *_issuers(issuers)]
    rows = [*of_etcd, *beyond, *_api(api_endpoints, operator), *_nodes()]
    own = [] if on_controllers else [*map(etcd_role, members)]  # members' machines
    if services:
        rows += _services([*own, CONTROLLER, WORKER, *([OPERATOR] if operator else [])])
    return (*rows, *_unreachable(members, own, api_endpoints))


def _etcd(members: Sequence[str]) -> list[SelfHostedAllow]:
    rows = list[SelfHostedAllow]()
    for member in members:
        target = etcd_role(member)
        rows.append(
            SelfHostedAllow(CONTROLLER, target, "tcp", ETCD_CLIENT, "client",
                            "API servers to etcd; there are no other clients", ("S19", "S20", "S7"))
        )  # fmt: skip
        for peer in members:
            if peer != member:
                rows += [
                    SelfHostedAllow(etcd_role(peer), target, "tcp", ETCD_PEER, "peer",
                                    "members among themselves", ("S22",)),
                    SelfHostedAllow(etcd_role(peer), target, "tcp", ETCD_CLIENT, "join",
                                    "a member that comes back asks the others to take it in",
                                    ("S21",)),
                ]  # fmt: skip
    return rows


def _etcd_on_controllers(members: Sequence[str]) -> list[SelfHostedAllow]:
    """Whoever asks a member, a machine of another or an API server, asks from a controller."""
    rows = list[SelfHostedAllow]()
    for target in map(etcd_role, members):
        rows += [
            SelfHostedAllow(CONTROLLER, target, "tcp", ETCD_CLIENT, "client",
                            "API servers to etcd, and a member that comes back asks the others to "
                            "take it in; there are no other clients",
                            ("S19", "S20", "S7", "S21")),
            SelfHostedAllow(CONTROLLER, target, "tcp", ETCD_PEER, "peer",
                            "members among themselves, each from the controller that it lives on",
                            ("S22",)),
        ]  # fmt: skip
    return rows


def _external(etcd: Sequence[tuple[IPv4Network, int]]) -> list[SelfHostedAllow]:
    """It calls nobody here."""
    return [
        SelfHostedAllow(CONTROLLER, cidr, "tcp", (port, port),
                        f"etcd-{dashed(cidr)}-{port}",
                        f"API servers to the etcd that others run in {cidr}", ("S19",))
        for cidr, port in etcd
    ]  # fmt: skip


def _issuers(issuers: Sequence[tuple[str, IPv4Network, int]]) -> list[SelfHostedAllow]:
    """They call nobody here, and are called for their keys alone. Several may be of one server, and
    EC2 has a rule once."""
    names: dict[tuple[IPv4Network, int], list[str]] = {}
    for name, cidr, port in issuers:
        names.setdefault((cidr, port), []).append(name)
    return [
        SelfHostedAllow(CONTROLLER, cidr, "tcp", (port, port), f"issuer-{dashed(cidr)}-{port}",
                        "API servers to the keys of issuers, which people log in by",
                        former=f"issuer-{known[0]}-{dashed(cidr)}-{port}")
        for (cidr, port), known in names.items()
    ]  # fmt: skip


def _api(endpoints: Sequence[ApiEndpoint], operator: bool) -> list[SelfHostedAllow]:
    """Connections to a load balancer and from it on are two: each has its row. A controller that
    calls the endpoint may be sent back to itself or to another, both by way of the balancer."""
    rows = [
        SelfHostedAllow(CONTROLLER, CONTROLLER, "tcp", API, "api",
                        "a controller to the API server of another, and of its own by its address",
                        ("S5",)),
        SelfHostedAllow(CONTROLLER, CONTROLLER, "tcp", HTTPS, "extension-api",
                        "API servers to extension servers and webhooks on another controller",
                        ("S5",)),
        SelfHostedAllow(WORKER, CONTROLLER, "tcp", API, "service-api",
                        "pods to the Service kubernetes, which leads to addresses of controllers: "
                        "CoreDNS and whoever else watches the API", ("S4",)),
    ]  # fmt: skip
    for endpoint in endpoints:
        port, role = (endpoint.port, endpoint.port), endpoint.role
        rows.append(
            SelfHostedAllow(role, CONTROLLER, "tcp", API, f"{role}-api",
                            "the load balancer to API servers, and its health checks",
                            ("S3", "S24"))
        )  # fmt: skip
        rows += [
            SelfHostedAllow(WORKER, role, "tcp", port, "worker-api",
                            "kubelets and pods to the Kubernetes API", ("S4",)),
            SelfHostedAllow(CONTROLLER, role, "tcp", port, "controller-api",
                            "pods on controllers to the name of the endpoint", ("S5",)),
        ] if endpoint.internal else []  # fmt: skip
        if operator and endpoint.internal:
            rows.append(
                SelfHostedAllow(OPERATOR, role, "tcp", port, "operator-api", "kubectl", ("S23",))
            )
        rows += [
            SelfHostedAllow(cidr, role, "tcp", port, f"clients-{dashed(cidr)}-api",
                            f"people and pipelines from {cidr}", ("S23",),
                            former=f"clients-{i}-api")
            for i, cidr in enumerate(endpoint.cidrs)
        ]  # fmt: skip
    return rows


def _nodes() -> list[SelfHostedAllow]:
    """Pods' packets are inside the overlay's, so no row lets pods through by ports of their own."""
    rows = [
        SelfHostedAllow(CONTROLLER, target, "tcp", KUBELET, "kubelet",
                        "API servers to kubelets: logs, shells, port-forwarding", answers)
        for target, answers in ((CONTROLLER, ("S6",)), (WORKER, ("S14", "S9", "S15")))
    ]  # fmt: skip
    pairs = {
        (WORKER, CONTROLLER): ("S8",),
        (CONTROLLER, WORKER): ("S12",),
        (WORKER, WORKER): ("S13", "S16"),
        (CONTROLLER, CONTROLLER): ("S8",),
    }
    return rows + [
        SelfHostedAllow(source, target, "udp", OVERLAY, "overlay",
                        "packets of pods inside those of the overlay (VXLAN)", answers)
        for (source, target), answers in pairs.items()
    ]  # fmt: skip


def _services(machines: Iterable[str]) -> list[SelfHostedAllow]:
    rows = list[SelfHostedAllow]()
    for role in machines:
        rows += [
            SelfHostedAllow(role, ENDPOINT, "tcp", HTTPS, "aws",
                            "AWS APIs through interface endpoints"),
            SelfHostedAllow(role, S3, "tcp", HTTPS, "s3",
                            "bundle, programs and image layers through the S3 gateway endpoint"),
        ]  # fmt: skip
    return rows


def _unreachable(
    members: Sequence[str], own: Sequence[str], endpoints: Sequence[ApiEndpoint]
) -> list[SelfHostedAllow]:
    """A packet that is too large is told to its sender, wherever connections go; no echo.

    own: roles of members that have machines of their own.
    """
    machines = [*own, CONTROLLER, WORKER]
    ways = {(a, b) for a in machines for b in machines if a != b or a in (CONTROLLER, WORKER)}
    ways -= {(WORKER, role) for role in own} | {(role, WORKER) for role in own}
    for role in {*map(etcd_role, members)}:  # where they have none: their interfaces
        ways |= {(CONTROLLER, role), (role, CONTROLLER)}
    balancers, inside = ([e.role for e in endpoints],
                         [e.role for e in endpoints if e.internal])  # fmt: skip
    ways |= {(role, CONTROLLER) for role in balancers} | {(CONTROLLER, role) for role in balancers}
    ways |= {(role, WORKER) for role in inside} | {(WORKER, role) for role in inside}
    return [
        SelfHostedAllow(source, target, "icmp", UNREACHABLE, "unreachable",
                        "how large a packet may be (ICMP type 3)", ("S1", "S11", "S18"))
        for source, target in sorted(ways)
    ]  # fmt: skip


DROPPED = {  # rules of the earlier table that no row answers, and why
    "S2": "no SSH: Session Manager, through its endpoint, is recorded and needs no port",
    "S10": "no SSH, as S2",
    "S17": "no SSH, as S2",
    "S25": "file systems are the add-on's own groups to open",
    "S26": "file systems are the add-on's own groups to open",
}
