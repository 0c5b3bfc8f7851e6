"""A plan as rows by noun: what two environments are compared by.

Fields are read by name, so a new one is compared without anybody thinking of it; what is left out
stands in LEFT_OUT with the reason.
"""

from collections import Counter
from collections.abc import Mapping
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Any

from plan.carry_in import CarriedBucket, CarriedRepository
from plan.cluster import ClusterPlan
from plan.connections import Connection
from plan.control_plane import AddOn, ControlPlane
from plan.differences.own_rows import OWN_LEFT_OUT, own_rows
from plan.differences.rows import Row, Rows, Value, grants, row_of, text
from plan.endpoints import Endpoint
from plan.firewall import Allow
from plan.iam import Role
from plan.inbound_endpoint import InboundEndpoint
from plan.node_pools import NodePool
from plan.routes import EVERYWHERE, Route, Via
from plan.subnets import RouteTable, Subnet

ASKED = "is what the stack file asks, which is compared by itself"
LABEL = "is a label that follows from the name"
OTHERWISE = "is compared action by action"
REASON = "says why, and does nothing"
LEFT_OUT: dict[type, dict[str, str]] = {
    ClusterPlan: {
        "spec": ASKED, "tags": ASKED, "account_id": "is another in every environment",
        "partition": "follows from the region", "log_groups": "follow from the cluster's name",
        "flow_log_bucket": "follows from the cluster's name and what is asked",
        "warnings": "are sentences about what is compared here",
        "undecided": "are sentences about what was not read",
    },
    Subnet: {"name": LABEL, "tags": LABEL, "subnet_id": "is an id of its owner's"},
    RouteTable: {"name": LABEL, "tags": LABEL, "route_table_id": "is an id of its owner's"},
    Connection: {"name": LABEL, "spec": ASKED, "far_cidrs": ASKED, "near_cidrs":
                 "are those of its subnets"},
    Route: {"name": LABEL, "route_table": "is in the row's name"},
    Endpoint: {"name": LABEL, "service": LABEL, "why": REASON, "policy": OTHERWISE,
               "subnets": "are one in each of its zones", "service_name":
               "follows from service and region", "endpoint_id": "is an id of its owner's",
               "prefix_list_id": "is an id of its owner's"},
    InboundEndpoint: {"name": LABEL, "sources": "are in the rows of the firewall"},
    Allow: {"service": "is in the row's name", "former": "is in the row's name", "why": REASON},
    Role: {"trust": OTHERWISE, "statements": OTHERWISE, "name": LABEL, "role_name": LABEL,
           "description": REASON},
    CarriedBucket: {"name": LABEL, "bucket_name": LABEL, "policy": OTHERWISE,
                    "old_version_days": ASKED},
    CarriedRepository: {"name": LABEL, "repository_name": LABEL, "url": LABEL, "policy": OTHERWISE,
                        "tag_mutability": ASKED, "scan_on_push": ASKED},
    ControlPlane: {"subnets": "are those by default", "dns_service_ip": "follows from serviceCidr",
                   "support": ASKED, "service_cidr": ASKED, "authentication_mode": ASKED,
                   "log_types": ASKED, "deletion_protection": ASKED, "zonal_shift": ASKED},
    AddOn: {"name": LABEL},
    NodePool: {"name": LABEL, "spec": ASKED, "labels": ASKED, "taints": ASKED, "script": ASKED,
               "tags": LABEL, "group_name": LABEL},
}  # fmt: skip


def plan_rows(plan: ClusterPlan) -> Rows:
    """Everything of the plan that two environments may differ in."""
    layout = plan.layout
    used: dict[str, Value] = {
        "of nodes": layout.nodes, "of the control plane": layout.control_plane,
        "of the operator": (layout.operator,) if layout.operator else (),
    }  # fmt: skip
    return {
        "subnet": {n: _subnet(plan, s) for n, s in layout.subnets.items()},
        "subnets": {"by default": Row("", used)},
        "route table": {_table(plan, n): _route_table(t) for n, t in layout.route_tables.items()
                        if n not in layout.subnets},  # a subnet's own table goes with it
        "route": _routes(plan),
        "connection": {n: _row(c.spec.kind, c) for n, c in plan.connections.items()},
        "endpoint": {n: _endpoint(plan, e) for n, e in plan.endpoints.items()},
        "firewall": _firewall(plan.firewall),
        "DNS": {"names that resolve": Row("", {"names": plan.allowed_domains})},
        "inbound endpoint": _inbound(plan),
        "role": {n: _role(r) for n, r in plan.roles.items()},
        "bucket": {n: _carried(b) for n, b in plan.buckets.items()},
        "repository": {n: _carried(r) for n, r in plan.repositories.items()},
        "KMS key": {"cluster": Row("", grants(plan.key_policy["Statement"]))},
        "control plane": {"cluster": _row("", plan.control_plane)},
        **own_rows(plan),
        "add-on": {n: _row(a.version, a) for n, a in plan.add_ons.items()},
        "node pool": {n: _row(f"{p.spec.instance_type}, {p.spec.min_size} to {p.spec.max_size}", p)
                      for n, p in plan.node_pools.items()},
        "access entry": {n: _row(p.policy_arn or p.type, p) for n, p in plan.principals.items()},
        "machine image": {"of machines for people": Row("", {"image id": plan.machine_image_id})},
    }  # fmt: skip


def _row(told: str, thing: Any, more: Mapping[str, Value] = MappingProxyType({})) -> Row:
    return row_of(told, thing, {**LEFT_OUT, **OWN_LEFT_OUT}, more)


def _subnet(plan: ClusterPlan, subnet: Subnet) -> Row:
    told = f"{subnet.exposure}, {subnet.cidr} in {subnet.availability_zone}"
    supplied = text(subnet.subnet_id is not None)
    return _row(told, subnet, {"route table": _table(plan, subnet.route_table),
                               "supplied": supplied})  # fmt: skip


def _route_table(table: RouteTable) -> Row:
    supplied = table.route_table_id is not None
    return _row("supplied" if supplied else "created", table, {"supplied": text(supplied)})


def _table(plan: ClusterPlan, table: str) -> str:
    """A supplied table is called by its id, which says nothing elsewhere."""
    if plan.layout.route_tables[table].route_table_id != table:
        return table
    users = (s.name for s in plan.layout.subnets.values() if s.route_table == table)
    return f"supplied table of {next(users)}"


def _routes(plan: ClusterPlan) -> dict[str, Row]:
    """By table and by what lies there: far CIDRs are numbered, since theirs differ."""
    found = {}
    seen: Counter[tuple[str, Via]] = Counter()
    for route in plan.routes:
        to, via = "everywhere", route.via.name
        if route.destination != EVERYWHERE:
            seen[route.route_table, route.via] += 1
            to = f"{via} (network {seen[route.route_table, route.via]})"
        found[f"{route.route_table} to {to}"] = _row(f"through {via}", route, {"via": via})
    return found


def _firewall(table: tuple[Allow, ...]) -> dict[str, Row]:
    """By roles and service; a CIDR is a property, so that another one is a change of the row."""
    found: dict[str, Row] = {}
    for allow in table:
        ports = f"{allow.ports[0]}-{allow.ports[1]}"
        name = f"{_side(allow.target)} from {_side(allow.source)}: {allow.former or allow.service}"
        found[name] = _row(allow.why, allow, {"ports": ports})
    return found


def _side(side: str | IPv4Network) -> str:
    if isinstance(side, str):
        return side
    return "everywhere" if side == EVERYWHERE else "a network"


def _endpoint(plan: ClusterPlan, endpoint: Endpoint) -> Row:
    policy = {"policy": "none"} if endpoint.policy is None else {
        f"policy: {scope}": actions
        for scope, actions in grants(endpoint.policy["Statement"]).items()
    }  # fmt: skip
    tables = tuple(_table(plan, table) for table in endpoint.route_tables)
    supplied = text(endpoint.endpoint_id is not None)
    zones = tuple(plan.layout.subnets[name].availability_zone for name in endpoint.subnets)
    more = {"zones": zones, "route tables": tables, "supplied": supplied, **policy}
    return _row(endpoint.why, endpoint, more)


def _inbound(plan: ClusterPlan) -> dict[str, Row]:
    inbound = plan.inbound_endpoint
    if inbound is None:
        return {}
    return {"of the resolver": _row("", inbound, {"addresses": tuple(inbound.addresses)})}


def _role(role: Role) -> Row:
    trust = {f"trust: {scope}": v for scope, v in grants(role.trust["Statement"]).items()}
    return _row(role.description, role, {**trust, **grants(role.statements)})


def _carried(thing: CarriedBucket | CarriedRepository) -> Row:
    policy = {f"policy: {scope}": v for scope, v in grants(thing.policy["Statement"]).items()}
    return _row("supplied" if thing.supplied else "created", thing, policy)
