"""docs/self-hosted/firewall.md: the firewall's table of the example, as the plan has it."""

from ipaddress import IPv4Network

from docs.network_page import shown_ports, table_of
from docs.self_hosted_example import ETCD
from plan.self_hosted.firewall import (
    DROPPED,
    ApiEndpoint,
    SelfHostedAllow,
    self_hosted_firewall_table,
)

INTRODUCTION = """# Who may open a connection to whom, where the control plane is ours

Security groups are stateful, so no row is a return path. What is in no row is dropped: workers and
etcd in either direction, services' ports on nodes, metrics, SSH. Pods' packets travel inside the
overlay's. Names, time and instance metadata AWS does not filter.

One group per etcd member, shown here as `etcd-*`, and one per API endpoint, `api-*`. `S…` are the
rules of an earlier generation's table that a row answers.

This page is generated from `plan/self_hosted/firewall.py`: `make docs`.
"""


def self_hosted_firewall_page() -> str:
    """The page. Rows that differ in a member's or an endpoint's name alone stand once."""
    endpoint = ApiEndpoint("main", 6443, (IPv4Network("10.9.0.0/16"),))
    table = self_hosted_firewall_table(
        members=ETCD.members, api_endpoints=(endpoint,), operator=True
    )
    rows = dict.fromkeys(
        (_role(r.source), _role(r.target), *_ports(r), r.why, " ".join(r.answers)) for r in table
    )
    dropped = table_of(("rule", "why it has no row"), DROPPED.items())
    header = ("from", "to", "protocol", "ports", "why", "answers")
    return "\n".join([INTRODUCTION, table_of(header, rows), "## Not opened\n", dropped])


def _role(side: str | IPv4Network) -> str:
    if isinstance(side, IPv4Network):
        return "each named CIDR"
    kind, dash, _ = side.partition("-")
    return f"`{kind}-*`" if dash and kind in ("etcd", "api") else f"`{side}`"


def _ports(row: SelfHostedAllow) -> tuple[str, str]:
    return ("icmp", "type 3") if row.protocol == "icmp" else shown_ports(row)
