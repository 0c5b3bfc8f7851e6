"""The ways to the API: load balancers, names and zones."""

import re
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.api_endpoints import (
    BALANCER_NAME_MAX,
    Record,
    balancer_name,
    leading_nowhere,
    without_record,
)
from plan.errors import PlanError
from plan.self_hosted.needs import private_domains
from tests.plan import foreign_etcd
from tests.plan.own import OPEN_NETWORK, planned
from tests.plan.self_hosted.scopes import DNS_NAME, endpoints, scope_of
from tests.spec.strategies import FAST
from tests.spec.test_self_hosted import SUPPLIED

NAME = st.from_regex(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?", fullmatch=True)


def test_an_endpoint_is_a_load_balancer_in_each_zone_and_a_record_in_a_zone_of_its_own():
    found, told = endpoints()
    main = found.endpoints["main"]
    assert told.refused == []
    assert main.balancer is not None and main.target_group_arn is None
    assert main.balancer.subnets == ("nodes-1a", "nodes-1c", "nodes-1d")
    assert (main.balancer.port, main.balancer.target_port) == (6443, 6443)
    assert main.balancer.allowed_cidrs == (IPv4Network("10.0.0.0/16"),)
    assert main.record == Record("k8s.example.com", None, None)
    assert (found.zones, found.dns_names) == (("k8s.example.com",), (DNS_NAME,))
    assert main.url == f"https://{DNS_NAME}:6443"


def test_names_are_pinned_and_take_what_aws_takes():
    assert balancer_name("test", "main") == "api-test-main-b5a7f333"


@FAST
@given(st.lists(st.tuples(NAME, NAME), min_size=2, max_size=6, unique=True))
def test_names_fit_and_differ_where_what_is_asked_differs(asked):
    names = [balancer_name(*one) for one in asked]
    assert len(set(names)) == len(names)
    for name in names:
        assert len(name) <= BALANCER_NAME_MAX and "--" not in name
        assert re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]", name) and not name.startswith("internal-")


def test_clusters_and_endpoints_whose_names_read_the_same_are_told_apart():
    assert balancer_name("a-b", "c") != balancer_name("a", "b-c")


def test_a_supplied_load_balancer_is_joined_and_nothing_is_made():
    found, told = endpoints({"main": {"loadBalancer": SUPPLIED}})
    main = found.endpoints["main"]
    assert told.refused == []
    assert (main.balancer, main.record, found.zones) == (None, None, ())
    assert main.target_group_arn == SUPPLIED["targetGroupArn"]
    assert main.supplied_group_ids == tuple(SUPPLIED["securityGroupIds"])


def test_two_endpoints_share_a_zone_that_is_made_once():
    other = {"dnsName": "green.k8s.example.com", "loadBalancer": {"port": 443},
             "record": {"ttlSeconds": 30}}  # fmt: skip
    found, told = endpoints({"main": {}, "green": other})
    assert told.refused == [] and found.zones == ("k8s.example.com",)
    assert found.endpoints["green"].record == Record("k8s.example.com", None, 30)
    assert found.endpoints["green"].url == "https://green.k8s.example.com"


def test_a_record_stands_in_a_supplied_zone_or_in_none():
    zone = {"kind": "existing", "hostedZoneId": "Z0123456789ABC"}
    found, _ = endpoints({"main": {"record": {"zone": zone}}})
    assert found.endpoints["main"].record == Record(None, "Z0123456789ABC", None)
    none, _ = endpoints({"main": {"record": {"kind": "none"}}})
    assert none.endpoints["main"].record is None and none.endpoints["main"].balancer


def test_a_zone_is_known_to_more_vpcs_where_any_endpoint_says_so():
    people, other = (f"vpc-{number:017x}" for number in (1, 2))
    found, told = endpoints({
        "main": {"record": {"zone": {"moreVpcIds": [people]}}},
        "more": {"dnsName": "more.k8s.example.com",
                 "record": {"zone": {"moreVpcIds": [people, other]}}},
        "own": {"dnsName": "own.example.com"},
    })  # fmt: skip
    assert told.refused == [] and set(found.zones) == {"k8s.example.com", "example.com"}
    assert found.zone_vpc_ids == {"k8s.example.com": (people, other)}
    assert endpoints()[0].zone_vpc_ids == {}


OUTSIDE = {"loadBalancer": {"internal": False, "allowedCidrs": ["203.0.113.7/32"]}}
PUBLIC = "Z0123456789ABC"


def test_what_faces_the_internet_lies_in_public_subnets_and_machines_do_not_call_it():
    """Even where its name comes first. Only those who are named may ask."""
    people = {**OUTSIDE, "dnsName": "k8s.example.org"}
    named = {"controlPlane.endpoints": {"a": people, "main": {"dnsName": DNS_NAME}}}
    found = planned({**OPEN_NETWORK, **named, "access.operator": {}})
    own = found.control_plane
    outside, inside = (own.endpoints.endpoints[name].balancer for name in ("a", "main"))
    assert (outside.internal, inside.internal) == (False, True)
    assert outside.subnets == ("public-1a", "public-1c", "public-1d")
    assert inside.subnets == ("private-1a", "private-1c", "private-1d")
    assert own.api_server_name == DNS_NAME == own.record["apiServer"]
    assert "k8s.example.org" in own.pki.certificates["kube-apiserver"].dns_names
    assert own.endpoints.endpoints["a"].record is None
    assert without_record(own.endpoints, "api") == [
        "api.a.record: none is made, so k8s.example.org must lead to the load balancer; until it "
        "does, people find nothing there"
    ]
    assert "k8s.example.org" not in private_domains(found.spec), "nobody inside asks for it"
    assert DNS_NAME in private_domains(found.spec)
    rows = {(str(r.source), r.target) for r in found.firewall if "api-a" in (r.source, r.target)
            if r.protocol == "tcp"}  # fmt: skip
    assert rows == {("203.0.113.7/32", "api-a"), ("api-a", "controller")}
    inside_asks = {
        r.source for r in found.firewall if (r.target, r.protocol) == ("api-main", "tcp")
    }
    assert {"worker", "controller", "operator"} <= inside_asks


def test_a_record_of_it_stands_in_a_zone_that_others_made():
    zone = {"zone": {"kind": "existing", "hostedZoneId": PUBLIC}}
    found, told = endpoints({"main": {**OUTSIDE, "record": zone}}, scope_of(changes=OPEN_NETWORK))
    assert told.refused == [] and found.zones == ()
    assert found.endpoints["main"].record == Record(None, PUBLIC, None)


def test_a_load_balancer_that_is_turned_inside_out_is_another_one():
    """AWS changes no scheme, and has a name once: the next is there before the former goes."""
    scope = scope_of(changes=OPEN_NETWORK)
    names = [endpoints({"main": one}, scope)[0].endpoints["main"].balancer.name
             for one in ({}, OUTSIDE)]  # fmt: skip
    assert names[0] == "api-test-main-b5a7f333" != names[1]


def test_without_one_inside_machines_have_no_way():
    with pytest.raises(PlanError, match="created inside or supplied, which machines of the cluste"):
        planned({**OPEN_NETWORK, "controlPlane.endpoints": {"a": {**OUTSIDE, "dnsName": DNS_NAME}}})


def leading_to(name, **more):
    return {"dnsName": "api.example.com", "loadBalancer": {"kind": "named", "dnsName": name},
            **more}  # fmt: skip


def test_a_name_may_lead_to_another_endpoint_and_is_a_record_alone():
    found, told = endpoints({"main": {}, "people": leading_to(DNS_NAME)})
    people = found.endpoints["people"]
    assert told.refused == [] and people.leads_to == DNS_NAME
    assert (people.balancer, people.target_group_arn, people.supplied_group_ids) == (None, None, ())
    assert people.record == Record("example.com", None, 60, DNS_NAME)
    assert found.dns_names == (DNS_NAME, "api.example.com"), "both stand in the certificate"
    assert found.zones == ("k8s.example.com", "example.com")
    zone = {"kind": "existing", "hostedZoneId": "Z0123456789ABC"}
    supplied = leading_to(DNS_NAME, record={"zone": zone, "ttlSeconds": 10})
    kept = endpoints({"main": {}, "people": supplied})[0].endpoints["people"].record
    assert kept == Record(None, "Z0123456789ABC", 10, DNS_NAME)
    assert found.endpoints["main"].leads_to is None
    passed = leading_to(DNS_NAME, record={"zone": zone, "handedOver": True})
    handed = endpoints({"main": {}, "people": passed})[0].endpoints["people"].record
    assert handed == Record(None, "Z0123456789ABC", 60, DNS_NAME, handed_over=True)


def test_clusters_are_traded_by_one_line_and_by_one_record():
    blue = {"main": {}, "people": leading_to(DNS_NAME)}
    green = {"main": {}, "people": leading_to("api.green.example.com")}
    before, after = endpoints(blue)[0], endpoints(green)[0]
    assert before != after and before.zones == after.zones
    assert {n for n in before.endpoints if before.endpoints[n] != after.endpoints[n]} == {"people"}
    assert replace(after.endpoints["people"].record, leads_to=DNS_NAME) == (
        before.endpoints["people"].record
    )
    assert before.dns_names == after.dns_names, "and no certificate is made anew"


def test_a_name_that_others_have_to_make_is_warned_of_and_no_other():
    found, _ = endpoints({"main": {}, "own": {"dnsName": "own.k8s.example.com",
                                               "record": {"kind": "none"}}})  # fmt: skip
    assert without_record(found, "api") == [
        "api.own.record: none is made, so own.k8s.example.com must lead to the load balancer "
        "before machines start; until it does, they and people find nothing there"
    ]
    asked = {"controlPlane.endpoints": {"main": {"dnsName": DNS_NAME, "loadBalancer": SUPPLIED}}}
    (told,) = [w for w in planned(asked).warnings if "must lead to the load balancer" in w]
    assert told.startswith(f"controlPlane.endpoints.main.record: none is made, so {DNS_NAME} must")
    assert not any("must lead to" in w for w in planned().warnings)


NOWHERE = (
    "api.people.loadBalancer.dnsName: {} lies in {}, a private zone that is made here and has no "
    "record of it, so the name leads nowhere in the VPC; name an endpoint with a record here, or "
    "one whose zone is another's"
)


@pytest.mark.parametrize(
    ("target", "zone"),
    [
        (DNS_NAME, None),
        ("api.green.example.com", "example.com"),
        ("other.k8s.example.com", "k8s.example.com"),
        ("api.green.example.org", None),
        ("api.test.heiiki.internal", "test.heiiki.internal"),
        ("api.green.heiiki.internal", None),
    ],
)
def test_a_name_that_leads_into_a_zone_of_ours_without_a_record_is_warned_of(target, zone):
    found, told = endpoints({"main": {}, "people": leading_to(target)})
    assert told.refused == [], "another may have joined a nearer zone to the VPC"
    warned = leading_nowhere(found, ("test.heiiki.internal",), "api")
    assert warned == ([] if zone is None else [NOWHERE.format(target, zone)])


def test_the_zone_of_etcd_s_members_counts_where_it_is_made():
    people = leading_to("api.gone.test.heiiki.internal")
    asked = {"controlPlane.endpoints": {"main": {"dnsName": DNS_NAME}, "people": people}}
    (told,) = [w for w in planned(asked).warnings if "leads nowhere" in w]
    assert told.startswith("controlPlane.endpoints.people.") and "in test.heiiki.internal" in told
    foreign = foreign_etcd.changes()
    assert not any("leads nowhere" in w for w in planned({**foreign, **asked}).warnings)


LISTED = {
    f"nodes-{zone}{more}": {"availabilityZone": f"ap-northeast-1{zone}", "exposure": "isolated",
                            "cidr": f"10.0.{i}.0/{28 if more else 24}"}
    for i, (zone, more) in enumerate((("a", ""), ("a", "-b"), ("c", ""), ("d", "")))
}  # fmt: skip

HIDING = {  # and what machines could not find any more
    "amazonaws.com": "amazonaws.com",
    "ap-northeast-1.amazonaws.com": "amazonaws.com",
    "api.aws": "api.aws",
    "ap-northeast-1.compute.internal": "compute.internal",
    "svc.cluster.local": "cluster.local",
}


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({}, ["api: names no way to the API, and nobody would find it; write one"]),
        ({"main": {"dnsName": "k8s.corp", "record": {}}},
         ["api.main.record.zone.name: a private zone corp would hide every other name that ends so "
          "from the whole VPC; name a zone of your own"]),
        *(({"main": {"dnsName": f"api.{zone}"}},
           [f"api.main.record.zone.name: a private zone {zone} would hide names of {hidden}, which "
            "machines need, from the whole VPC; name a zone of your own"])
          for zone, hidden in HIDING.items()),
        ({"main": {"record": {"zone": {"name": "example.com"}}},
          "one": {"dnsName": "one.k8s.example.com"}},
         [f"api.main.record.zone.name: {DNS_NAME} would stand in example.com and be looked for in "
          "k8s.example.com, which another endpoint asks for; write k8s.example.com"]),
        ({"main": {}, "one": {"dnsName": "1a.etcd.test.heiiki.internal"}},
         ["api.one.dnsName: lies in etcd.test.heiiki.internal, where members of etcd have their "
          "names; choose another name"]),
        ({"main": {}, "green": {}},
         ["api.green.dnsName: is that of main already; give each endpoint a name of its own"]),
        ({"main": {}, "one": leading_to("two.example.com"),
          "two": {**leading_to(DNS_NAME), "dnsName": "two.example.com"}},
         ["api.one.loadBalancer.dnsName: is that of two, which leads elsewhere itself; name the "
          "endpoint that answers"]),
        ({"main": {"loadBalancer": {"subnets": ["nodes-a", "nodes-a-b"]}}},
         ["api.main.loadBalancer.subnets: name 2 of ap-northeast-1a, and a load balancer takes one "
          "of a zone; leave one out",
          "api.main.loadBalancer.subnets: nodes-a-b is 10.0.1.0/28, and AWS asks for a /27 with "
          "eight free addresses; name a larger one"]),
        ({"main": {"loadBalancer": {"subnets": ["front"]}}},
         ["api.main.loadBalancer.subnets: is no subnet; known: nodes-a, nodes-a-b, nodes-c, "
          "nodes-d"]),
        ({"main": OUTSIDE},
         ["api.main.loadBalancer.internal: is false, and the network has no public subnet, so "
          "nothing of it is reached from the internet; leave it out, or list network.subnets with "
          "some of exposure public"]),
        ({"main": {"loadBalancer": {**OUTSIDE["loadBalancer"], "subnets": ["nodes-a"]}}},
         ["api.main.loadBalancer.subnets: nodes-a is isolated, and the load balancer faces the "
          "internet; name subnets of exposure public"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(asked, refused):
    _, told = endpoints(asked, scope_of(changes={"network.subnets": LISTED}))
    assert told.refused == refused


def test_by_default_a_load_balancer_lies_in_the_first_subnet_of_each_zone():
    found, told = endpoints(scope=scope_of(changes={"network.subnets": LISTED}))
    assert told.refused == []
    assert found.endpoints["main"].balancer.subnets == ("nodes-a", "nodes-c", "nodes-d")
