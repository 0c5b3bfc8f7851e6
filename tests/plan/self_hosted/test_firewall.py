"""Who may open a connection to whom where the control plane is ours: every rule of the earlier
table, kept, narrowed or dropped."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.firewall import ENDPOINT, OPERATOR, S3, allowed
from plan.self_hosted.firewall import (
    CONTROLLER,
    DROPPED,
    WORKER,
    ApiEndpoint,
    etcd_role,
    self_hosted_firewall_table,
)

PEOPLE = IPv4Network("10.9.0.0/16")
MEMBERS = ("1a", "1c", "1d")
BLUE, GREEN = ApiEndpoint("blue", 443, (PEOPLE,)), ApiEndpoint("green")
TABLE = self_hosted_firewall_table(members=MEMBERS, api_endpoints=(BLUE, GREEN), operator=True)
ETCD = etcd_role("1a")
QUESTIONS = [  # source, target, protocol, port, whether it passes; what it answers
    (WORKER, CONTROLLER, "icmp", 3, True, "S1 too large a packet is told"),
    (WORKER, CONTROLLER, "icmp", 8, False, "S1 no echo"),
    (PEOPLE, CONTROLLER, "icmp", 3, False, "S1 from inside alone"),
    (OPERATOR, CONTROLLER, "tcp", 22, False, "S2 no SSH"),
    (BLUE.role, CONTROLLER, "tcp", 6443, True, "S3 S24 load balancer to API servers"),
    (BLUE.role, CONTROLLER, "tcp", 443, False, "S3 they listen on one port"),
    (BLUE.role, CONTROLLER, "tcp", 10250, False, "S3 and nothing else"),
    (WORKER, BLUE.role, "tcp", 443, True, "S4 kubelets and pods to the API"),
    (WORKER, CONTROLLER, "tcp", 6443, True, "S4 the Service kubernetes leads to controllers"),
    (WORKER, CONTROLLER, "tcp", 443, False, "S4 and to their API servers alone"),
    (CONTROLLER, CONTROLLER, "tcp", 6443, True, "S5 a controller to another's API server"),
    (CONTROLLER, CONTROLLER, "tcp", 443, True, "S5 webhooks on another controller"),
    (CONTROLLER, BLUE.role, "tcp", 443, True, "S5 and to the endpoint, back to itself"),
    (CONTROLLER, CONTROLLER, "tcp", 10250, True, "S6 a kubelet of another controller"),
    (WORKER, CONTROLLER, "tcp", 2379, False, "S7 no etcd on controllers"),
    (WORKER, CONTROLLER, "udp", 8472, True, "S8 overlay"),
    (CONTROLLER, CONTROLLER, "udp", 8472, True, "S8 overlay between controllers, once missing"),
    (WORKER, CONTROLLER, "tcp", 10255, False, "S9 no read-only port"),
    (OPERATOR, WORKER, "tcp", 22, False, "S10 no SSH"),
    (CONTROLLER, WORKER, "icmp", 3, True, "S11 too large a packet is told"),
    (CONTROLLER, WORKER, "udp", 8472, True, "S12 overlay"),
    (WORKER, WORKER, "udp", 8472, True, "S13 overlay"),
    (CONTROLLER, WORKER, "tcp", 10250, True, "S14 logs, shells, port-forwarding"),
    (WORKER, WORKER, "tcp", 10250, False, "S14 a worker reads no other's logs"),
    (CONTROLLER, WORKER, "tcp", 4194, False, "S15 cAdvisor is gone"),
    (WORKER, WORKER, "tcp", 10255, False, "S16 no read-only port"),
    (OPERATOR, ETCD, "tcp", 22, False, "S17 no SSH"),
    (CONTROLLER, ETCD, "icmp", 3, True, "S18 too large a packet is told"),
    (CONTROLLER, ETCD, "tcp", 2379, True, "S19 API servers to etcd"),
    (WORKER, ETCD, "tcp", 2379, False, "S20 workers never reach etcd"),
    (WORKER, ETCD, "tcp", 2380, False, "S20 workers never reach etcd"),
    (WORKER, ETCD, "icmp", 3, False, "S20 not even to tell it something"),
    (etcd_role("1c"), ETCD, "tcp", 2379, True, "S21 members ask each other"),
    (etcd_role("1c"), ETCD, "tcp", 2380, True, "S22 peers"),
    (CONTROLLER, ETCD, "tcp", 2380, False, "S22 peers alone"),
    (CONTROLLER, ETCD, "tcp", 2381, False, "no metrics of etcd from outside"),
    (ETCD, CONTROLLER, "tcp", 6443, False, "etcd calls nobody in the cluster"),
    (PEOPLE, BLUE.role, "tcp", 443, True, "S23 people"),
    (PEOPLE, GREEN.role, "tcp", 6443, False, "S23 each endpoint has its own"),
    (OPERATOR, GREEN.role, "tcp", 6443, True, "S23 the operator"),
    (PEOPLE, CONTROLLER, "tcp", 6443, False, "S23 by way of the endpoint"),
    (OPERATOR, ETCD, "tcp", 2379, False, "etcd is the API servers' alone"),
    (CONTROLLER, WORKER, "tcp", 30000, False, "no port of services on nodes"),
    (BLUE.role, WORKER, "tcp", 30000, False, "no port of services on nodes"),
    (ETCD, ENDPOINT, "tcp", 443, True, "keys, volumes, signals"),
    (ETCD, S3, "tcp", 443, True, "its bundle"),
    (WORKER, S3, "tcp", 443, True, "image layers"),
    (OPERATOR, ENDPOINT, "tcp", 443, True, "the operator's own calls"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target", "protocol", "port", "passes", "answers"), QUESTIONS)
def test_the_table_answers(source, target, protocol, port, passes, answers):
    row = next(
        (r for r in TABLE if (r.source, r.target, r.protocol) == (source, target, protocol)
         and (port == r.ports[0] if protocol == "icmp" else r.ports[0] <= port <= r.ports[1])),
        None,
    )  # fmt: skip
    assert (row is not None) is passes, answers
    if protocol != "icmp":
        assert allowed(TABLE, source, target, protocol, port) == row


def test_every_earlier_rule_is_answered_or_dropped_with_a_reason():
    answered = {name for row in TABLE for name in row.answers}
    assert answered | set(DROPPED) == {f"S{i}" for i in range(1, 27)}
    assert not answered & set(DROPPED)
    asked = {word for *_, answer in QUESTIONS for word in answer.split() if word[1:].isdigit()}
    assert asked >= answered


def test_no_row_is_open_to_everybody_or_says_nothing():
    for row in TABLE:
        assert row.why and row.service
        assert row.protocol in ("tcp", "udp", "icmp")
        if isinstance(row.source, IPv4Network):
            assert row.source.prefixlen >= 8 and row.target.startswith("api-")
        assert row.protocol == "icmp" or row.ports[0] == row.ports[1], "one port a row"


def test_a_rule_s_name_is_its_own():
    names = [(row.target, row.source, row.service) for row in TABLE]
    assert len(names) == len(set(names))


def test_an_external_etcd_has_no_row_here_and_its_owner_opens_it():
    table = self_hosted_firewall_table(members=(), api_endpoints=(BLUE,))
    assert table and not [r for r in table if "etcd" in f"{r.source} {r.target}"]


def test_without_services_nothing_leads_to_them():
    table = self_hosted_firewall_table(members=MEMBERS, api_endpoints=(), services=False)
    assert table and not [r for r in table if r.target in (ENDPOINT, S3)]


@given(st.lists(st.from_regex(r"\A[1-9][a-f](-[2-9])?\Z"), min_size=1, max_size=7, unique=True))
def test_workers_never_reach_etcd_however_many_members_there_are(members):
    table = self_hosted_firewall_table(members=members, api_endpoints=(BLUE,), operator=True)
    roles = {etcd_role(member) for member in members}
    for row in table:
        if row.target in roles:
            assert row.source in roles | {CONTROLLER}, row
            assert row.source != row.target, "a member is one machine"
    for role in roles:
        assert allowed(table, CONTROLLER, role, "tcp", 2379)
        for other in roles - {role}:
            assert allowed(table, other, role, "tcp", 2380)


def test_an_etcd_of_others_is_called_by_controllers_alone_and_calls_nobody():
    far = IPv4Network("10.20.3.0/24")
    table = self_hosted_firewall_table(
        members=(), api_endpoints=(GREEN,), external_etcd=((far, 2379),)
    )
    assert allowed(table, CONTROLLER, far, "tcp", 2379)
    assert not allowed(table, CONTROLLER, far, "tcp", 2380)
    assert [row for row in table if far in (row.source, row.target)] == [
        row for row in table if row.service == "etcd-10.20.3.0-24-2379"
    ]
    assert not allowed(table, WORKER, far, "tcp", 2379)


def test_clients_less_leave_the_rules_of_the_others_as_they_are():
    """AWS has a rule once, so none may move along into the place of another that still stands."""

    def rules(*cidrs):
        endpoint = ApiEndpoint("main", cidrs=tuple(map(IPv4Network, cidrs)))
        table = self_hosted_firewall_table(members=MEMBERS, api_endpoints=[endpoint])
        return {(r.source, r.target, r.service) for r in table if isinstance(r.source, IPv4Network)}

    both = rules("172.30.0.0/16", "172.29.0.0/16")
    assert rules("172.29.0.0/16") < both and len(both) == 2
