"""What load balancers send on: who listens for which group, and where its targets are."""

import pytest

from model.deployment import Node
from model.network import Forwarding
from model.sets import EVERY_ADDRESS, EVERY_IPV4, shown
from model.traffic import box
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import packets

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"})
A = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"})
BALANCER = node(t.BALANCER, "front", {"internal": True, "subnets": ["a"]})
SPEAKS = {"port": 8443, "protocol": "HTTPS"}
SEND = [{"type": "forward", "targetGroupArn": "group"}]


def group(**props: object) -> Node:
    return node(t.TARGET_GROUP, "group", {**SPEAKS, "targetType": "ip", **props})


def listener(**props: object) -> Node:
    given = {"port": 443, "protocol": "HTTPS", "loadBalancerArn": "front", "defaultActions": SEND}
    return node(t.LISTENER, "listener", {**given, **props})


def target(to: object = "10.9.0.7", **props: object) -> Node:
    return node(t.TARGET, "target", {"targetGroupArn": "group", "targetId": to, **props})


def sent(*nodes: Node) -> tuple[Forwarding, ...]:
    return network(NET, A, BALANCER, *nodes).forwardings


def one(*nodes: Node) -> Forwarding:
    (found,) = sent(*nodes)
    return found


def test_a_listener_sends_to_the_targets_of_its_group():
    found = one(group(), listener(), target())
    assert (found.balancer, found.key, found.name) == ("front", "group", "group")
    assert (packets(found.traffic), packets(found.asked)) == ("tcp 8443", "tcp 443")
    assert (shown(found.traffic.addresses), shown(found.asked.addresses)) == (
        "10.9.0.7/32",
        "0.0.0.0/0, ::/0",
    )
    assert (found.target, found.keeps_sources, found.unknown) == ("10.9.0.7/32", False, "")


@pytest.mark.parametrize(
    "nodes",
    [
        (group(), target()),
        (group(), listener()),
        (listener(), group(), target(targetGroupArn="other")),
        (group(), target(), listener(loadBalancerArn="another")),
        (group(), target(), listener(defaultActions=[{"type": "fixed-response"}])),
        (group(targetType="lambda"), listener(), target("arn:aws:lambda:eu-west-1:1:function:f")),
    ],
)
def test_who_sends_nothing_sends_nothing(nodes):
    assert [f for f in sent(*nodes) if f.key == "group"] == []
    assert len(sent(group(), listener(), target())) == 1, "and each of them is there"


def test_a_rule_of_a_listener_sends_too_and_by_weights():
    plain = [{"type": "fixed-response"}]
    weighed = [{"type": "forward", "forward": {"targetGroups": [{"arn": "group", "weight": 1}]}}]
    rule = node(t.LISTENER_RULE, "rule", {"listenerArn": "listener", "actions": weighed})
    assert one(group(), target(), listener(defaultActions=plain), rule).key == "group"
    assert one(group(), target(), listener(defaultActions=weighed)).key == "group"


def test_a_target_has_a_port_of_its_own_and_a_check_one_more():
    assert packets(one(group(), listener(), target(port=9)).traffic) == "tcp 9"
    checked = group(healthCheck={"port": "8080"})
    assert packets(one(checked, listener(), target()).traffic) == "tcp 8443 and tcp 8080"
    same = group(healthCheck={"port": "traffic-port"})
    assert packets(one(same, listener(), target()).traffic) == "tcp 8443"


@pytest.mark.parametrize("protocol", ["UDP", "QUIC"])
def test_what_speaks_no_tcp_is_asked_for_its_health_by_tcp(protocol):
    spoken = group(protocol=protocol, port=53)
    assert packets(one(spoken, listener(), target()).traffic) == "udp 53 and tcp 53"
    assert packets(one(spoken, listener(), target(port=9)).traffic) == "udp 9 and tcp 9"
    elsewhere = group(protocol=protocol, port=53, healthCheck={"port": "80", "protocol": "HTTP"})
    assert packets(one(elsewhere, listener(), target()).traffic) == "udp 53 and tcp 80"
    unknown = group(protocol=protocol, port=53, healthCheck={"port": UNKNOWN})
    assert packets(one(unknown, listener(), target()).traffic) == "udp 53 and tcp 0-65535"


def test_what_manages_targets_is_the_load_balancers_own():
    managed = group(targetControlPort=3000)
    assert packets(one(managed, listener(), target()).traffic) == "tcp 8443 and tcp 3000"


@pytest.mark.parametrize(
    ("protocol", "spoken"),
    [
        ("TLS", "tcp 53"),
        ("UDP", "udp 53 and tcp 53"),
        ("TCP_UDP", "tcp 53 and udp 53"),
        ("GENEVE", "all"),
        (UNKNOWN, "all"),
    ],
)
def test_what_is_spoken_with_targets(protocol, spoken):
    found = one(group(protocol=protocol, port=53), listener(), target())
    assert packets(found.traffic) == spoken


def test_a_port_that_nobody_knows_is_any():
    found = one(group(port=UNKNOWN), listener(port=UNKNOWN), target())
    assert packets(found.traffic) == "tcp 0-65535"
    assert packets(found.asked) == "tcp 0-65535"


@pytest.mark.parametrize(
    ("props", "keeps"),
    [
        ({"protocol": "HTTP", "targetType": "instance"}, False),
        ({"protocol": "TCP", "targetType": "ip"}, False),
        ({"protocol": "TCP", "targetType": "ip", "preserveClientIp": "true"}, True),
        ({"protocol": "TCP", "targetType": "ip", "preserveClientIp": UNKNOWN}, True),
        ({"protocol": "TCP", "targetType": "instance"}, True),
        ({"protocol": "TCP", "targetType": None}, True),
        ({"protocol": "TCP", "targetType": "instance", "preserveClientIp": "false"}, False),
        ({"protocol": "UDP", "targetType": "ip"}, True),
        ({"protocol": "UDP", "targetType": "ip", "preserveClientIp": "false"}, True),
        ({"protocol": UNKNOWN, "targetType": "ip"}, True),
    ],
)
def test_whether_targets_see_clients(props, keeps):
    assert one(group(**props), listener(), target()).keeps_sources is keeps


MACHINE = node(t.INSTANCE, "machine", {"subnetId": "a"}, privateIp="10.0.0.9")
CARD = node(t.INTERFACE, "card", {"subnetId": "a", "privateIps": ["10.0.0.8"]})
ENDPOINT = node(
    t.ENDPOINT, "endpoint", {"vpcId": "net", "vpcEndpointType": "Interface", "subnetIds": ["a"]}
)
POOL = node(t.POOL, "pool", {"vpcZoneIdentifiers": ["a"], "targetGroupArns": ["group"]})


def test_targets_are_things_of_the_deployment_by_their_ids():
    found = one(group(), listener(), MACHINE, target("machine"))
    assert (found.target, shown(found.traffic.addresses)) == ("machine", "10.0.0.0/24")
    again = node(t.BALANCER, "inner", {"internal": True, "subnets": ["a"]})
    assert one(group(targetType="alb"), listener(), again, target("inner")).target == "inner"


@pytest.mark.parametrize("thing", [MACHINE, CARD, ENDPOINT])
def test_an_unknown_target_is_the_thing_that_it_comes_from(thing):
    props = {"targetGroupArn": "group", "targetId": UNKNOWN}
    it = node(t.TARGET, "target", props, {"targetId": [thing.resource.urn]})
    found = one(group(), listener(), thing, it)
    assert (found.target, found.unknown) == (thing.resource.name, "")
    assert shown(found.traffic.addresses) in ("10.0.0.0/24", "10.0.0.8/32")


@pytest.mark.parametrize("sources", [[], ["group"], ["machine", "group"], ["elsewhere"]])
def test_an_unknown_target_of_which_nobody_tells_may_be_anywhere(sources):
    props = {"targetGroupArn": "group", "targetId": UNKNOWN}
    it = node(t.TARGET, "target", props, {"targetId": sources})
    found = one(group(), listener(), MACHINE, it)
    assert found.unknown == "where target target is" and found.about is not None
    assert found.traffic.addresses == EVERY_ADDRESS


def test_a_supplied_instance_is_somewhere_and_its_owner_tells():
    found = one(group(targetType="instance"), listener(), target("i-0a1b2c3d4e5f60718"))
    assert found.unknown and found.about.what == "i-0a1b2c3d4e5f60718"


def test_machines_of_pools_are_targets_by_either_side():
    assert one(group(), listener(), POOL).target == "pool"
    alone = node(t.POOL, "pool", {"vpcZoneIdentifiers": ["a"]}, name="pool-1")
    joined = {"autoscalingGroupName": "pool-1", "lbTargetGroupArn": "group"}
    assert one(group(), listener(), alone, node(t.POOL_TARGET, "j", joined)).target == "pool"
    unknown = {"autoscalingGroupName": UNKNOWN, "lbTargetGroupArn": "group"}
    by_source = node(t.POOL_TARGET, "j", unknown, {"autoscalingGroupName": ["pool"]})
    assert one(group(), listener(), alone, by_source).target == "pool"


@pytest.mark.parametrize("named", ["arn:of:others", UNKNOWN])
def test_a_group_that_nobody_describes_may_send_anywhere(named):
    actions = [{"type": "forward", "targetGroupArn": named}]
    found = one(listener(defaultActions=actions))
    assert found.unknown == "which targets Listener listener sends to is not described"
    assert found.traffic.addresses == EVERY_ADDRESS and found.keeps_sources


def test_an_unknown_action_may_name_any_group_that_it_comes_from():
    it = node(
        t.LISTENER,
        "listener",
        {"loadBalancerArn": UNKNOWN, "defaultActions": [UNKNOWN]},
        {"loadBalancerArn": ["front"], "defaultActions": ["group"]},
    )
    found = one(group(), target(), it)
    assert (found.balancer, found.key, packets(found.asked)) == ("front", "group", "all")


def test_an_address_of_ipv6_is_one_of_its_own():
    sent = one(group(), listener(), target("fd00::1")).traffic
    assert sent == one(group(), listener(), target("fd00:0::1")).traffic
    assert sent and sent != one(group(), listener(), target("fd00::2")).traffic
    assert not sent & box(EVERY_IPV4)
