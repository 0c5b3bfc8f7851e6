"""Who may open a connection to whom: every row of the seed's table, kept, narrowed or dropped."""

from ipaddress import IPv4Network

import pytest

from plan.firewall import (
    BASTION,
    CONTROL_PLANE,
    ENDPOINT,
    NODE,
    OPERATOR,
    S3,
    allowed,
    firewall_table,
)  # fmt: skip
from plan.routes import EVERYWHERE
from tests.plan.samples import LISTED, lock_keys, locked, plan, refused, with_endpoint
from tests.scenarios import CLOSED, SCENARIOS, planned

TABLE = planned("two-vpc").firewall
PEOPLE = IPv4Network("203.0.113.7/32")
BASTION_VPC = IPv4Network("172.24.0.0/24")
OPERATOR_SUBNET = IPv4Network("172.25.192.0/18")
CLUSTER_VPC = IPv4Network("172.25.0.0/16")
QUESTIONS = [  # source, target, protocol, port, whether it passes; what it answers
    (PEOPLE, BASTION, "tcp", 22, True, "X1 SSH from the operator's own address"),
    (PEOPLE, BASTION, "tcp", 3389, False, "X2 RDP is not carried over"),
    (OPERATOR_SUBNET, BASTION, "tcp", 22, False, "X3 is a return path: groups are stateful"),
    (BASTION, OPERATOR_SUBNET, "tcp", 22, True, "the bastion leads to the operator's subnet"),
    (CLUSTER_VPC, OPERATOR, "tcp", 22, False, "X4 everything from the VPC: dropped"),
    (NODE, OPERATOR, "tcp", 22, False, "X4 nodes do not reach the operator"),
    (BASTION_VPC, OPERATOR, "tcp", 22, True, "X5 narrowed to SSH"),
    (BASTION_VPC, OPERATOR, "tcp", 443, False, "X5 narrowed to SSH"),
    (BASTION_VPC, OPERATOR, "udp", 22, False, "X5 narrowed to SSH"),
    (NODE, ENDPOINT, "tcp", 443, True, "X6 by group, not by CIDR"),
    (OPERATOR, ENDPOINT, "tcp", 443, True, "X6 by group, not by CIDR"),
    (CLUSTER_VPC, ENDPOINT, "tcp", 443, False, "X6 narrowed to groups"),
    (NODE, ENDPOINT, "tcp", 80, False, "X6 only 443"),
    (CONTROL_PLANE, ENDPOINT, "tcp", 443, False, "the control plane calls no endpoint"),
    (OPERATOR, CONTROL_PLANE, "tcp", 443, True, "X7 kubectl"),
    (OPERATOR, CONTROL_PLANE, "tcp", 22, False, "X7 only 443"),
    (NODE, CONTROL_PLANE, "tcp", 443, True, "X8 kubelets and pods to the API"),
    (CONTROL_PLANE, NODE, "tcp", 10250, True, "X9 X12 kubelet"),
    (CONTROL_PLANE, NODE, "tcp", 1025, True, "X9 X12 lowest port"),
    (CONTROL_PLANE, NODE, "tcp", 65535, True, "X9 X12 highest port"),
    (CONTROL_PLANE, NODE, "tcp", 1024, False, "X9 X12 below the range"),
    (CONTROL_PLANE, NODE, "tcp", 443, True, "X10 X13 extension API servers"),
    (CONTROL_PLANE, NODE, "tcp", 80, False, "X10 X13 only 443 below 1025"),
    (CONTROL_PLANE, NODE, "udp", 10250, False, "X9 only TCP"),
    (NODE, NODE, "udp", 53, True, "X11 nodes among themselves"),
    (NODE, NODE, "tcp", 1, True, "X11 any port"),
    (OPERATOR, NODE, "tcp", 22, True, "X14 SSH, since the pool has a key"),
    (OPERATOR, NODE, "tcp", 80, True, "X15 the operator tries services"),
    (OPERATOR, NODE, "tcp", 10250, False, "X14 X15 nothing else"),
    (NODE, S3, "tcp", 443, True, "image layers"),
    (OPERATOR, S3, "tcp", 443, True, "packages and image layers"),
    (NODE, BASTION, "tcp", 22, False, "workers reach neither the bastion nor the internet"),
    (BASTION, NODE, "tcp", 22, False, "the bastion reaches no worker"),
    (BASTION, CONTROL_PLANE, "tcp", 443, False, "the bastion reaches no API"),
    (BASTION_VPC, CONTROL_PLANE, "tcp", 443, False, "only the operator's subnet has a route"),
    (NODE, EVERYWHERE, "tcp", 443, False, "no way out"),
    (EVERYWHERE, NODE, "tcp", 443, False, "no way in"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "protocol", "port", "passes"),
    [question[:5] for question in QUESTIONS],
    ids=[f"{q[5]}: {q[0]} to {q[1]} {q[2]} {q[3]}" for q in QUESTIONS],
)
def test_a_flow_of_the_two_vpcs_is_decided(source, target, protocol, port, passes):
    assert (allowed(TABLE, source, target, protocol, port) is not None) is passes


def test_every_row_has_a_reason_and_a_name_of_its_own():
    for scenario in SCENARIOS:
        table = planned(scenario).firewall
        assert all(row.why for row in table)
        names = [(row.source, row.target, row.service) for row in table]
        assert len(set(names)) == len(names), scenario


def test_no_row_of_a_closed_network_names_everywhere():
    for scenario in CLOSED:
        table = planned(scenario).firewall
        assert table
        assert EVERYWHERE not in {side for row in table for side in (row.source, row.target)}


def test_the_detector_sees_the_row_of_an_open_network():
    table = planned("open").firewall
    assert allowed(table, NODE, EVERYWHERE, "tcp", 443)
    assert not allowed(table, NODE, EVERYWHERE, "tcp", 80)


def test_the_smallest_cluster_has_no_operator_and_no_way_to_nodes():
    table = plan().firewall
    assert OPERATOR not in {side for row in table for side in (row.source, row.target)}
    assert BASTION not in {side for row in table for side in (row.source, row.target)}
    assert {row.source for row in table if row.target == NODE} == {NODE, CONTROL_PLANE}


def test_ssh_to_nodes_needs_an_operator_and_a_key():
    key = {"nodePools.workers.keyName": "k"}
    assert not allowed(plan(key).firewall, OPERATOR, NODE, "tcp", 22)
    assert not allowed(plan({"access.operator": {}}).firewall, OPERATOR, NODE, "tcp", 22)
    assert allowed(plan({**key, "access.operator": {}}).firewall, OPERATOR, NODE, "tcp", 22)


OFFICE = {
    "kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
    "onPremisesCidrs": ["192.168.0.0/24", "192.168.9.0/24"],
}  # fmt: skip
OFFICE_CIDR = IPv4Network("192.168.9.0/24")


def test_without_an_operator_the_far_side_reaches_the_api_and_nothing_else():
    table = plan({"network.connections": {"office": OFFICE}}).firewall
    assert allowed(table, OFFICE_CIDR, CONTROL_PLANE, "tcp", 443)
    assert {row.target for row in table if row.source == OFFICE_CIDR} == {CONTROL_PLANE}


def test_with_an_operator_the_far_side_reaches_its_machine_by_ssh_and_nothing_else():
    table = plan({"network.connections": {"office": OFFICE}, "access.operator": {}}).firewall
    assert allowed(table, OFFICE_CIDR, OPERATOR, "tcp", 22)
    assert {row.target for row in table if row.source == OFFICE_CIDR} == {OPERATOR}


def test_the_far_side_reaches_only_machines_in_subnets_that_lead_to_it():
    named = {**OFFICE, "subnets": ["nodes-1a"]}
    table = plan({"network.connections": {"office": named}, "access.operator": {}}).firewall
    assert {row.target for row in table if row.source == OFFICE_CIDR} == set()


def test_nodes_reach_a_supplied_s3_endpoint_by_the_locked_prefix_list():
    """Without the row no node could pull an image layer, since our groups let nothing else out."""
    keys = with_endpoint(lock_keys(), "s3", plan().endpoints["s3"].policy)
    found = plan({"network.endpoints.existing": {"s3": "vpce-0123456789abcdef0"}}, locked(keys))
    assert S3 in {row.target for row in found.firewall}
    assert found.endpoints["s3"].prefix_list_id == "pl-0123456789abcdef0"
    assert plan().endpoints["s3"].prefix_list_id is None, "our own endpoint tells it itself"


def test_a_supplied_s3_endpoint_without_a_locked_prefix_list_is_refused():
    keys = with_endpoint(lock_keys(), "s3", plan().endpoints["s3"].policy)
    del keys["endpointServices"]["s3"]["prefixListId"]
    changes = {"network.endpoints.existing": {"s3": "vpce-0123456789abcdef0"}}
    assert [
        (path, message.split(",")[0]) for path, message, _ in refused(changes, locked(keys))
    ] == [("network.endpoints.existing.s3", "has no prefix list in the lock file")]


def test_rows_to_endpoints_are_for_callers_only():
    found = plan({**LISTED, "access.operator": {}})
    only_nodes = {s: e for s, e in found.endpoints.items() if s not in ("ecr.api", "ecr.dkr")}
    table = firewall_table(found.spec, found.connections, only_nodes, found.layout)
    assert allowed(table, NODE, ENDPOINT, "tcp", 443)
    assert not allowed(table, OPERATOR, ENDPOINT, "tcp", 443)


def test_rows_to_s3_need_the_endpoint_for_it():
    found = plan()
    assert allowed(found.firewall, NODE, S3, "tcp", 443)
    without = {s: e for s, e in found.endpoints.items() if s != "s3"}
    table = firewall_table(found.spec, found.connections, without, found.layout)
    assert not allowed(table, NODE, S3, "tcp", 443)


@pytest.mark.parametrize("gone", [0, 1])
def test_a_network_less_leaves_the_rules_of_the_others_as_they_are(gone):
    """AWS has a rule once, so none may move along into the place of another that still stands."""
    far = ["172.30.0.0/16", "172.29.0.0/16"]

    def rules(cidrs, name="office"):
        office = {"kind": "existing", "targetId": "tgw-0123456789abcdef0", "cidrs": cidrs,
                  "subnets": ["control-plane-1a", "operator"]}  # fmt: skip
        changes = {"network.connections": {name: office}, "access.operator": {}}
        table = plan(changes).firewall
        return {(r.source, r.target, r.service) for r in table if isinstance(r.source, IPv4Network)}

    both, left = rules(far), rules([cidr for i, cidr in enumerate(far) if i != gone])
    assert left < both and len(both) == 2 * len(left)
    assert rules(far[::-1]) == both == rules(far, "branch")
