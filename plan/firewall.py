"""Who may open a connection to whom. The table is the documentation.

Security-group rules, the docs page and the reachability tests all read it. Security groups are
stateful, so no row is a return path; AWS does not filter DNS, DHCP, time and instance metadata.
"""

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

from plan.connections import Connection
from plan.endpoints import Endpoint
from plan.inbound_endpoint import InboundEndpoint
from plan.routes import EVERYWHERE
from plan.subnets import SubnetLayout
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection

CONTROL_PLANE, NODE, OPERATOR, ENDPOINT, BASTION, DNS_INBOUND = (
    "control-plane", "node", "operator", "endpoint", "bastion", "dns-inbound",
)  # fmt: skip
S3 = "s3-prefix-list"  # stands for the addresses behind the S3 gateway endpoint


@dataclass(frozen=True, slots=True)
class Allow:
    """One row. source and target are roles, S3, or a CIDR; ports are inclusive.

    former: the last part of the rule's name in stacks of before, by the place of the CIDR in its
        list. AWS has a rule once, so a rule whose name stays while its CIDR moves along would be
        changed into the next one's, which is there still.
    """

    source: str | IPv4Network
    target: str | IPv4Network
    protocol: str  # "tcp" | "udp" | "-1" for all
    ports: tuple[int, int]
    service: str  # last part of the rule's name
    why: str
    former: str | None = field(default=None, kw_only=True)


HTTPS, SSH, HTTP, DNS = (443, 443), (22, 22), (80, 80), (53, 53)
BASE = (
    Allow(NODE, CONTROL_PLANE, "tcp", HTTPS, "api", "kubelets and pods to the Kubernetes API"),
    Allow(CONTROL_PLANE, NODE, "tcp", (1025, 65535), "kubelet-and-pods",
          "kubelet (10250), and webhooks and proxied pods on their own ports"),
    Allow(CONTROL_PLANE, NODE, "tcp", HTTPS, "extension-api", "extension API servers on pods"),
    Allow(NODE, NODE, "-1", (0, 65535), "pods", "pods among themselves, on whatever port"),
    Allow(NODE, ENDPOINT, "tcp", HTTPS, "aws", "AWS APIs through interface endpoints"),
    Allow(NODE, S3, "tcp", HTTPS, "s3", "image layers through the S3 gateway endpoint"),
)  # fmt: skip
WITH_OPERATOR = (
    Allow(OPERATOR, CONTROL_PLANE, "tcp", HTTPS, "api", "kubectl"),
    Allow(OPERATOR, ENDPOINT, "tcp", HTTPS, "aws", "AWS APIs through interface endpoints"),
    Allow(OPERATOR, S3, "tcp", HTTPS, "s3", "image layers and packages through the S3 endpoint"),
    Allow(OPERATOR, NODE, "tcp", HTTP, "http", "the operator tries services"),
)
WITH_SSH_TO_NODES = (Allow(OPERATOR, NODE, "tcp", SSH, "ssh", "SSH to nodes that have a key"),)

OPEN_EGRESS = (
    Allow(
        NODE, EVERYWHERE, "tcp", HTTPS, "https", "the internet, since network.egress asks for it"
    ),
)


def firewall_table(
    spec: ClusterSpec, connections: dict[str, Connection], endpoints: dict[str, Endpoint],
    layout: SubnetLayout, inbound: InboundEndpoint | None = None,
) -> tuple[Allow, ...]:  # fmt: skip
    """The rows that this stack needs, in a stable order."""
    rows = list(BASE)
    if spec.access.operator is not None:
        rows += WITH_OPERATOR
        if any(pool.key_name for pool in spec.node_pools.values()):
            rows += WITH_SSH_TO_NODES
    rows += network_rows(spec, connections, layout, inbound, nodes=NODE, api=CONTROL_PLANE)
    if "s3" not in endpoints:
        rows = [row for row in rows if row.target != S3]
    called = {caller for e in endpoints.values() if e.type == "Interface" for caller in e.callers}
    return tuple(row for row in rows if row.target != ENDPOINT or row.source in called)


def network_rows(
    spec: ClusterSpec, connections: dict[str, Connection], layout: SubnetLayout,
    inbound: InboundEndpoint | None, *, nodes: str, api: str | None,
) -> list[Allow]:  # fmt: skip
    """Ways in and out of the network. nodes: their role; api: that of whoever answers other
    networks for the Kubernetes API at 443, or None where others say who may ask it."""
    rows = list[Allow]()
    if spec.network.egress.kind != "none":
        rows += [replace(row, source=nodes) for row in OPEN_EGRESS]
    for connection in connections.values():
        rows += _connection_rows(connection, layout, api)
    return rows + (_inbound_rows(inbound) if inbound is not None else [])


def _connection_rows(connection: Connection, layout: SubnetLayout, api: str | None) -> list[Allow]:
    """Rows for machines in subnets that lead to the other side, and for no others."""
    name = connection.name
    rows = []
    if isinstance(connection.spec, BastionVpcConnection):
        rows += [
            Allow(
                cidr,
                BASTION,
                "tcp",
                SSH,
                f"ssh-{dashed(cidr)}",
                "people to the bastion",
                former=f"ssh-{i}",
            )
            for i, cidr in enumerate(connection.spec.allowed_cidrs)
        ]
        rows += [Allow(BASTION, cidr, "tcp", SSH, f"ssh-{dashed(cidr)}",
                       "bastion to the operator, for SSH", former=f"ssh-{i}")
                 for i, cidr in enumerate(connection.near_cidrs)]  # fmt: skip
    for i, cidr in enumerate(connection.far_cidrs):
        if layout.operator in connection.subnets:
            rows.append(Allow(cidr, OPERATOR, "tcp", SSH, f"ssh-{dashed(cidr)}",
                              f"SSH from {name}", former=f"{name}-ssh-{i}"))  # fmt: skip
        if api is not None and set(connection.subnets) & set(layout.control_plane):
            rows.append(Allow(cidr, api, "tcp", HTTPS, f"api-{dashed(cidr)}",
                              f"kubectl from {name}", former=f"{name}-api-{i}"))  # fmt: skip
    return rows


def _inbound_rows(inbound: InboundEndpoint) -> list[Allow]:
    """Questions come over UDP, and over TCP where the answer is long. It asks nobody itself."""
    return [
        Allow(cidr, DNS_INBOUND, protocol, DNS,
              f"{protocol}-{dashed(cidr)}", f"names of the VPC, asked from {origin}")
        for cidr, origin in inbound.sources.items()
        for protocol in ("udp", "tcp")
    ]  # fmt: skip


def dashed(cidr: IPv4Network) -> str:
    """A CIDR as a part of a rule's name."""
    return str(cidr).replace("/", "-")


def allowed(
    table: tuple[Allow, ...], source: str, target: str, protocol: str, port: int
) -> Allow | None:
    """The row that lets this flow between two roles through, or None when it is dropped."""
    return next(
        (
            row
            for row in table
            if (row.source, row.target) == (source, target)
            and row.protocol in (protocol, "-1")
            and row.ports[0] <= port <= row.ports[1]
        ),
        None,
    )
