"""docs/architecture/network.md: addresses, routes, endpoints, firewall, from planned examples."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from pathlib import Path

from plan.cluster import ClusterPlan, plan_cluster
from plan.fact_files import load_facts
from plan.firewall import OPEN_EGRESS, Allow
from plan.routes import EVERYWHERE
from plan.subnets import machine_subnets
from spec.lock import lock_file_name, parse_lock
from spec.stack_file import parse_stack_file

EXAMPLES = Path(__file__).parents[1] / "examples"
SHOWN = {
    "dev": "The smallest stack: a name, a region, two zones, one pool.",
    "two-vpc": "A cluster VPC and a bastion VPC that stands for on-premises systems, peered.",
    "on-premises": "A virtual private gateway to a data centre, whose resolvers ask ours.",
}
INTRODUCTION = """# The network

What the plan decides, shown on three examples. A closed network has no internet gateway, no NAT
gateway and no default route; machines reach AWS through the endpoints below and nothing else.

This page is generated from `plan/` and `examples/`: `make docs`.
"""
ENDPOINTS = """## Endpoints by feature

Interface endpoints have private DNS, the policy of
[plan/endpoint_policies.py](../../plan/endpoint_policies.py), one interface in every zone that has
machines, and one security group. The gateway endpoint for S3 is in every route table of machines.
"""
FIREWALL = """## Firewall table

Security groups are stateful, so no row is a return path. What is in no row is dropped. The rows of
`two-vpc` and `on-premises`; a smaller stack has fewer, and the last row exists only where
`network.egress` asks for it.
"""


def network_page() -> str:
    """The page: what is the same for every stack, then each example."""
    plans = {name: _planned(name) for name in SHOWN}
    rows = (*plans["two-vpc"].firewall, *plans["on-premises"].firewall, *OPEN_EGRESS)
    table = tuple(dict.fromkeys(rows))
    parts = [INTRODUCTION, ENDPOINTS, _endpoint_table(), FIREWALL, _firewall_table(table)]
    for name, plan in plans.items():
        parts += [
            f"## Example `{name}`\n\n{SHOWN[name]}\n",
            _picture(plan),
            f"### Addresses of `{name}`\n\n{_subnet_table(plan)}",
            f"### Routes of `{name}` beyond the local ones\n\n{_route_table(plan)}",
        ]
    return "\n".join(parts)


def _planned(name: str) -> ClusterPlan:
    folder = EXAMPLES / name
    stack_file, lock_file = folder / f"Pulumi.{name}.yaml", folder / lock_file_name(name)
    spec = parse_stack_file(stack_file.read_text(encoding="utf-8"), where=stack_file.name)
    lock = parse_lock(lock_file.read_text(encoding="utf-8"), where=lock_file.name)
    return plan_cluster(spec, lock, where=stack_file.name)


def table_of(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """In Markdown."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _endpoint_table() -> str:
    facts = load_facts("features.yaml")
    return table_of(
        ("feature", "who calls", "endpoints", "why"),
        (
            (f"`{name}`", ", ".join(row["callers"]), ", ".join(f"`{s}`" for s in row["calls"]),
             row["why"])
            for name, row in facts["features"].items()
        ),
    )  # fmt: skip


def _firewall_table(table: Iterable[Allow]) -> str:
    return table_of(
        ("from", "to", "protocol", "ports", "why"),
        ((_side(r.source), _side(r.target), *shown_ports(r), r.why) for r in table),
    )


def _side(side: str | IPv4Network) -> str:
    return f"`{side}`" if isinstance(side, IPv4Network) else side


def shown_ports(row: Allow) -> tuple[str, str]:
    """The protocol, and one port or from which to which."""
    if row.protocol == "-1":
        return "all", "all"
    low, high = row.ports
    return row.protocol, str(low) if low == high else f"{low}-{high}"


def _users(plan: ClusterPlan, name: str) -> str:
    layout, inbound = plan.layout, plan.inbound_endpoint
    roles = (
        ("nodes and pods", any(name in p.subnets for p in plan.node_pools.values())),
        ("control plane's interfaces", name in layout.control_plane),
        ("operator", name == layout.operator),
        ("inbound DNS endpoint", name in inbound.addresses if inbound else False),
        ("endpoints", any(name in e.subnets for e in plan.endpoints.values())),
    )
    return ", ".join(role for role, here in roles if here)


def _subnet_table(plan: ClusterPlan) -> str:
    return table_of(
        ("subnet", "zone", "CIDR", "addresses", "route table", "holds"),
        (
            (f"`{s.name}`", s.availability_zone, f"`{s.cidr}`", f"{s.cidr.num_addresses - 5:,}",
             f"`{s.route_table}`", _users(plan, s.name))
            for s in plan.layout.subnets.values()
        ),
    )  # fmt: skip


def _route_table(plan: ClusterPlan) -> str:
    rows = [(f"`{r.route_table}`", f"`{r.destination}`", f"`{r.via.name}`") for r in plan.routes]
    s3 = plan.endpoints["s3"]
    rows += [(f"`{table}`", "addresses of S3", "the gateway endpoint") for table in s3.route_tables]
    return table_of(("table", "destination", "leads to"), rows)


def _picture(plan: ClusterPlan) -> str:
    """A Mermaid flowchart: subnets by zone, what leads where, and the absence of a way out."""
    vpc, layout = plan.spec.network.vpc, plan.layout
    lines = ["```mermaid", "flowchart LR", f'  subgraph vpc["VPC {vpc.cidr}"]']
    for zone in plan.spec.availability_zones:
        lines.append(f'    subgraph {_id(zone)}["{zone}"]')
        lines += [
            f'      {_id(s.name)}["{s.name}<br/>{s.cidr}<br/>{_users(plan, s.name)}"]'
            for s in layout.subnets.values()
            if s.availability_zone == zone
        ]
        lines.append("    end")
    names = ", ".join(e.service for e in plan.endpoints.values() if e.type == "Interface")
    lines += [f'    interfaces(["interface endpoints<br/>{names}"])', '    s3(["S3 gateway"])']
    lines += ["  end", '  aws[("AWS services")]', "  interfaces --> aws", "  s3 --> aws"]
    for name in machine_subnets(plan.spec, layout):
        lines += [f"  {_id(name)} -->|443| interfaces", f"  {_id(name)} -->|443| s3"]
    for connection in plan.connections.values():
        cidrs = ", ".join(str(cidr) for cidr in connection.far_cidrs)
        far = _id(f"far-{connection.name}")
        lines.append(f'  {far}["{connection.name}: {connection.spec.kind}<br/>{cidrs}"]')
        lines += [f"  {_id(name)} <--> {far}" for name in connection.subnets]
    if not [route for route in plan.routes if route.destination == EVERYWHERE]:
        lines += ['  internet(("internet"))', "  vpc -.-x|no route| internet"]
    return "\n".join([*lines, "```", ""])


def _id(name: str) -> str:
    return name.replace("-", "_").replace(".", "_")
