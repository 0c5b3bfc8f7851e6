"""Any well-formed stack is either planned or refused with faults, and what is planned holds."""

from itertools import combinations

import pytest
from hypothesis import given, settings

from plan.cluster import ClusterPlan, plan_cluster
from plan.errors import PlanError
from plan.firewall import BASTION, DNS_INBOUND, ENDPOINT, OPERATOR, S3
from plan.names import ROLE_NAME_MAX
from plan.routes import EVERYWHERE, INTERNET_GATEWAY, Via
from plan.self_hosted.cluster import SelfHosted
from plan.subnets import machine_subnets
from spec.stack_file import parse_stack_file
from tests.plan.samples import lock_for
from tests.spec.stack_files import text_of
from tests.spec.strategies import FAST, stack_keys

AROUND = {BASTION, DNS_INBOUND, ENDPOINT, OPERATOR, S3}  # of every network


def check(plan: ClusterPlan) -> None:
    """What must hold of every plan."""
    _check_references(plan)
    _check_endpoints(plan)
    _check_closed(plan)
    _check_inbound(plan)
    _check_names(plan)
    cidrs = [s.cidr for s in plan.layout.subnets.values()]
    assert not [pair for pair in combinations(cidrs, 2) if pair[0].overlaps(pair[1])]
    vpc = plan.spec.network.vpc
    assert all(any(c.subnet_of(v) for v in (vpc.cidr, *vpc.secondary_cidrs)) for c in cidrs)
    if isinstance(plan.control_plane, SelfHosted):
        pods = plan.control_plane.pod_cidr
        assert not any(pods.overlaps(c) for c in (plan.control_plane.service_cidr, *cidrs))
    else:
        assert plan.control_plane.dns_service_ip in plan.control_plane.service_cidr


def _check_references(plan: ClusterPlan) -> None:
    layout = plan.layout
    named = [*layout.nodes, *layout.control_plane, *([layout.operator] if layout.operator else [])]
    named += [s for pool in plan.node_pools.values() for s in pool.subnets]
    named += [s for c in plan.connections.values() for s in (*c.subnets, *c.attachment_subnets)]
    named += [s for e in plan.endpoints.values() for s in e.subnets]
    assert set(named) <= set(layout.subnets)
    tables = [s.route_table for s in layout.subnets.values()] + [r.route_table for r in plan.routes]
    tables += [t for e in plan.endpoints.values() for t in e.route_tables]
    assert set(tables) <= set(layout.route_tables)
    gateways = getattr(plan.spec.network.egress, "nat_gateways", {})
    ways = {INTERNET_GATEWAY, *(Via("natGateway", name) for name in gateways),
            *(Via("connection", name) for name in plan.connections)}  # fmt: skip
    assert {r.via for r in plan.routes} <= ways
    roles = {a.role for a in plan.add_ons.values()} | {p.role for p in plan.principals.values()}
    assert roles - {None} <= set(plan.roles)
    assert all(pool.subnets and pool.image_id for pool in plan.node_pools.values())
    assert set(plan.node_pools) == set(plan.spec.node_pools)
    sides = {side for row in plan.firewall for side in (row.source, row.target)}
    roles = {side for side in sides if isinstance(side, str)}
    assert roles <= AROUND | set(plan.control_plane.security_groups)


def _check_endpoints(plan: ClusterPlan) -> None:
    machines = machine_subnets(plan.spec, plan.layout)
    zones = {plan.layout.subnets[n].availability_zone for n in machines}
    assert zones
    for endpoint in plan.endpoints.values():
        assert endpoint.why
        if endpoint.type == "Interface":
            found = [plan.layout.subnets[n].availability_zone for n in endpoint.subnets]
            assert sorted(found) == sorted(zones)
        if endpoint.endpoint_id is None:
            assert endpoint.policy is not None
    tables = plan.layout.tables_of(machines)
    ours = {t for t in tables if plan.layout.route_tables[t].route_table_id is None}
    assert ours <= set(plan.endpoints["s3"].route_tables)


def _check_closed(plan: ClusterPlan) -> None:
    outward = [r for r in plan.routes if r.destination == EVERYWHERE]
    everywhere = [r for r in plan.firewall if EVERYWHERE in (r.source, r.target)]
    if plan.spec.network.egress.kind == "none":
        assert outward == []
        assert everywhere == []
        assert plan.spec.network.dns.firewall
        assert {s.exposure for s in plan.layout.subnets.values()} == {"isolated"}


def _check_inbound(plan: ClusterPlan) -> None:
    """Who asks the resolver is behind a connection that its subnets lead back to."""
    rows = [row for row in plan.firewall if DNS_INBOUND in (row.source, row.target)]
    inbound = plan.inbound_endpoint
    if inbound is None:
        assert rows == []
        return
    zones = [plan.layout.subnets[name].availability_zone for name in inbound.addresses]
    assert len(set(zones)) >= 2
    assert {row.source for row in rows} == set(inbound.sources)
    assert {(row.target, row.ports) for row in rows} == {(DNS_INBOUND, (53, 53))}
    for name in inbound.addresses:
        table = plan.layout.subnets[name].route_table
        routes = [route.destination for route in plan.routes if route.route_table == table]
        assert all(any(cidr.subnet_of(to) for to in routes) for cidr in inbound.sources)


def _check_names(plan: ClusterPlan) -> None:
    for names in (
        [route.name for route in plan.routes],
        [(row.source, row.target, row.service) for row in plan.firewall],
        [role.role_name for role in plan.roles.values()],
        [endpoint.name for endpoint in plan.endpoints.values()],
        [principal.principal_arn for principal in plan.principals.values()
         if principal.principal_arn],
    ):  # fmt: skip
        assert len(set(names)) == len(names)
    assert all(len(role.role_name) <= ROLE_NAME_MAX for role in plan.roles.values())


@pytest.mark.uncounted
def test_a_stack_is_planned_soundly_or_refused_with_faults():
    verdicts = []

    # More than elsewhere, so that enough are planned whatever constants hypothesis has seen.
    @settings(FAST, max_examples=150)
    @given(stack_keys())
    def judge(keys):
        spec = parse_stack_file(text_of(keys), where="x")
        try:
            plan = plan_cluster(spec, lock_for(spec), where="x")
        except PlanError as error:
            verdicts.append("refused")
            assert error.faults
            assert all(fault.path and fault.message for fault in error.faults)
        else:
            verdicts.append("planned")
            check(plan)

    judge()
    assert verdicts.count("planned") >= 10  # else the strategy shows nothing
    assert verdicts.count("refused") >= 10
