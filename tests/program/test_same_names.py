"""Whatever people call their things, each stays itself: one name in all places at once.

The words are the roles of the firewall, the ways of routes, and every logical name that the program
gives by itself to a resource of a type that people's names are given to as well. A word is either
refused where it stands, with a fault, or the same resources are registered as with any other.
"""

import re
from collections import Counter
from functools import cache

import pytest

from components.program import program
from plan.errors import PlanError
from plan.firewall import BASTION, CONTROL_PLANE, DNS_INBOUND, ENDPOINT, NODE, OPERATOR
from plan.routes import INTERNET_GATEWAY
from tests.mocks import build
from tests.plan.samples import lock_for, subnet
from tests.spec.stack_files import stack

PLAIN = "of-nobody-else"
ROUTE = "aws:ec2/route:Route"
ROLES = (BASTION, CONTROL_PLANE, DNS_INBOUND, ENDPOINT, NODE, OPERATOR)
OF_THE_STACK = {"front", "one", "two", "post", "peered", "pool", "bridge", "test"}
FORM = re.compile(r"[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?")
BASTION_VPC = {
    "kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
    "availabilityZone": "ap-northeast-1a", "allowedCidrs": ["203.0.113.7/32"],
}  # fmt: skip
PEERING = {
    "kind": "vpcPeering", "peerVpcId": "vpc-0123456789abcdef0", "peerCidrs": ["172.23.0.0/16"],
    "peerRouteTableIds": ["rtb-01234567"],
}  # fmt: skip
REFUSED = {  # word to the keys that it may not be
    "operator": {"network.connections.operator"},
    "cluster": {"network.connections.cluster"},
    "administrator": {"access.principals.administrator"},
    "node-pool": {"access.principals.node-pool"},  # of a pool of the stack
    "node-word": {"access.principals.node-word"},
    "rtb-01234567": {"network.routeTables.rtb-01234567", "network.connections.rtb-01234567"},
    "peered-rtb-01234567": {"network.connections.peered-rtb-01234567"},
}


def called(word, bastion):
    """A stack that uses the word for one thing of every kind, and `pool` for a second pool.

    bastion: whether the bastion VPC is the connection that has it, else the peering.
    """
    way, peering = (word, "peered") if bastion else ("bridge", word)
    person = "person" if word.startswith("node-") and word not in REFUSED else word
    return {
        "network.egress": {"kind": "nat", "natGateways": {word: {"subnet": "front"}}},
        "network.routeTables": {word: {}},
        "network.subnets": {
            "front": subnet("a", "10.0.0.0/24", exposure="public"),
            "one": subnet("a", "10.0.16.0/20", exposure="private", routeTable=word),
            "two": subnet("c", "10.0.32.0/20", exposure="private", routeTable=word),
            "post": subnet("a", "10.0.48.0/24"),
        },
        "network.connections": {way: {**BASTION_VPC, "subnets": ["post"]},
                                peering: {**PEERING, "subnets": ["post"]}},
        "nodePools": {name: {"instanceType": "m7i.large", "maxSize": 3} for name in (word, "pool")},
        "access.principals": {person: {"principalArn": "arn:aws:iam::123456789012:role/people"}},
        "access.operator": {"subnet": "post"},
        "carryIn": {"importerArns": ["arn:aws:iam::123456789012:role/outside"],
                    "buckets": {word: {}}, "repositories": {word: {}}},
    }  # fmt: skip


def registered(word, bastion):
    """All registrations, each with a URN of its own."""
    spec = stack(called(word, bastion))
    recorder, _ = build(lambda: program(spec, lock_for(spec), where=word), same_names=True)
    urns = Counter(r.urn for r in recorder.registrations)
    assert [urn for urn, count in urns.items() if count > 1] == []
    return recorder.registrations


@cache
def plain(bastion):
    return registered(PLAIN, bastion)


def own_words():
    """What names there are, whatever the stack file calls its things."""
    both = (*plain(True), *plain(False))
    types = {r.type for r in both if PLAIN in r.name}
    words = {r.name for r in both if r.type in types and PLAIN not in r.name}
    own = {word for word in words if FORM.fullmatch(word) and not OF_THE_STACK & {*word.split("-")}}
    return {*own, *ROLES, INTERNET_GATEWAY.name, *REFUSED}


def targets(registrations):
    """Of every route its property and the types of what it leads to."""
    return Counter(
        (key, tuple(sorted({urn.split("::")[-2].rpartition("$")[2] for urn in sources})))
        for r in registrations if r.type == ROUTE
        for key, sources in r.sources.items() if key.endswith("Id") and key != "routeTableId"
    )  # fmt: skip


def test_there_are_words_to_try():
    words = own_words()
    assert {"internet-gateway", "gateways", "operator", "flow-logs", "cluster"} <= words
    nat = ("natGatewayId", ("aws:ec2/natGateway:NatGateway",))
    assert len(plain(False)) > 100
    assert targets(plain(False))[nat] == 1  # the shared table of both private subnets


@pytest.mark.parametrize("word", REFUSED)
def test_a_word_that_would_mean_two_things_is_refused_where_it_stands(word):
    with pytest.raises(PlanError) as caught:
        registered(word, True)
    assert {f.path for f in caught.value.faults} == REFUSED[word]


def test_any_other_word_makes_the_same_resources():
    for word in sorted(own_words() - set(REFUSED)):
        found, other = registered(word, True), plain(True)
        assert Counter(r.type for r in found) == Counter(r.type for r in other), word
        assert targets(found) == targets(other), word


def test_a_peering_and_gateways_may_share_a_name_too():
    for word in (INTERNET_GATEWAY.name, "gateways"):
        assert targets(registered(word, False)) == targets(plain(False))
