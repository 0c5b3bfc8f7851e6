"""The pack over members, controllers and their endpoint, which the cluster does not wire yet."""

import copy

import pytest

from automation.declared import declared_by
from components.program import program
from tests.plan import foreign_etcd
from tests.plan.own import OPEN_NETWORK, asked, lock
from tests.plan.samples import ACCOUNT, completed
from tests.policies.analyzer import MANDATORY, configured, judge, rule_id
from tests.policies.deployed import Shown, whole
from tests.policies.plain_program import excepted
from tests.policies.test_examples import UNKNOWN_VALUE
from tests.self_hosted_program import REGION, declare
from tests.spec.stack_files import stack

BOUNDARY = {"accounts": [ACCOUNT], "regions": [REGION]}


@pytest.fixture(scope="module")
def declared():
    return declared_by(lambda: declare({}), project="heiiki", stack="own")


def findings(declared, change=lambda kind, name, inputs: inputs, **boundary):
    servicer = configured({**BOUNDARY, **boundary})
    return {
        (rule_id(d), r.urn.rsplit("::", 1)[-1])
        for r in declared
        if r.type.startswith("aws:")
        for d in judge(
            r.type,
            change(r.type, r.urn.rsplit("::", 1)[-1], copy.deepcopy(dict(r.inputs))),
            r.urn.rsplit("::", 1)[-1],
            servicer,
        )
        if d.enforcementLevel == MANDATORY
    }


def test_every_type_is_known_and_nothing_is_open(declared):
    kinds = {r.type for r in declared}
    assert {"aws:ebs/volume:Volume", "aws:lb/loadBalancer:LoadBalancer",
            "aws:lb/targetGroup:TargetGroup", "aws:lb/listener:Listener",
            "aws:ec2/networkInterface:NetworkInterface"} <= kinds  # fmt: skip
    assert findings(declared) == set()


@pytest.mark.parametrize(
    ("kind", "key", "value", "rule"),
    [
        ("aws:lb/loadBalancer:LoadBalancer", "internal", False, "CN-110"),
        ("aws:lb/loadBalancer:LoadBalancer", "internal", UNKNOWN_VALUE, "CN-110"),
        ("aws:ebs/volume:Volume", "encrypted", False, "CN-055"),
        ("aws:ec2/networkInterface:NetworkInterface", "ipv6AddressCount", 1, "CN-051"),
    ],
)
def test_a_door_is_found(declared, kind, key, value, rule):
    def opened(type_, name, inputs):
        return {**inputs, key: value} if type_ == kind else inputs

    found = findings(declared, opened)
    names = {r.urn.rsplit("::", 1)[-1] for r in declared if r.type == kind}
    assert names and {(rule, name) for name in names} <= found


def test_as_a_whole_it_lacks_what_the_network_would_bring_and_has_no_way_out(declared):
    """Its VPC is bare. These machines pull from the own registry alone: nobody asks of them what
    nodes of EKS need, whose images AWS keeps."""
    shown = [Shown(r.type, r.urn, r.inputs, r.sources) for r in declared]
    said = [one for one in whole(configured(BOUNDARY), shown) if one.level == MANDATORY]
    bare = {"autoscaling", "ec2", "ecr.api", "ecr.dkr", "s3"}
    assert {one.text.split("endpoint for ")[1].split(";")[0] for one in said
            if one.rule == "CN-190"} == bare  # fmt: skip
    rest = {(one.rule, one.urn.rsplit("::", 1)[-1]) for one in said if one.rule != "CN-190"}
    unjoined = {("CN-220", f"nodes-1{zone}") for zone in "acd"}
    assert rest == {("CN-126", "own"), *unjoined}


def test_a_cluster_whose_etcd_others_run_is_as_closed_as_one_with_its_own():
    """One by one and as a whole, with the network that it lies in declared by the connection. A
    name of a member is asked of whoever answers for it, which somebody has to answer for."""

    def shown(changes):
        spec = stack(asked(changes))
        found = declared_by(
            lambda: program(spec, completed(lock(changes), spec), where="test"),
            project="heiiki", stack="test",
        )  # fmt: skip
        return [Shown(r.type, r.urn, r.inputs, r.sources) for r in found]

    def said(resources, **boundary):
        of_whole = whole(configured({**BOUNDARY, **boundary}), resources)
        return findings(resources, **boundary) | {
            (one.rule, one.urn.rsplit("::", 1)[-1]) for one in of_whole if one.level == MANDATORY
        }

    named = foreign_etcd.changes()
    ours, theirs = shown({"network.connections": named["network.connections"]}), shown(named)
    allowed = said(ours)
    assert said(theirs) - allowed == {("CN-126", "cluster"), ("CN-201", "controller")}
    own = {"names": ["corp.example.com"], "owner": "network", "reason": "its servers are ours"}
    assert said(theirs, domains=[own], hosts=[".corp.example.com"]) <= allowed
    here, there = ({r.urn.rsplit("::", 1)[-1] for r in found} for found in (ours, theirs))
    assert {name for name in there - here if "etcd" in name} == {
        f"controller-to-cidr-etcd-10.20.3.0-24-{port}" for port in (2379, 2380)
    }


def test_members_on_controllers_are_as_closed_as_on_machines_of_their_own():
    """One by one and as a whole; and a group that lets everybody in is found on a member, too."""

    def shown(changes):
        spec = stack(asked(changes))
        found = declared_by(
            lambda: program(spec, completed(lock(changes), spec), where="test"),
            project="heiiki", stack="test",
        )  # fmt: skip
        return [Shown(r.type, r.urn, r.inputs, r.sources) for r in found]

    def said(resources):
        of_whole = whole(configured(BOUNDARY), resources)
        return findings(resources) | {
            (one.rule, one.urn.rsplit("::", 1)[-1]) for one in of_whole if one.level == MANDATORY
        }

    ours, theirs = shown({}), shown({"controlPlane.etcd": {"placement": "controllers"}})
    assert {"controller-1a", "etcd-1a"} <= {r.urn.rsplit("::", 1)[-1] for r in theirs}
    assert said(theirs) <= said(ours)
    rule = "etcd-1a-from-controller-client"
    ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    (row,) = [r for r in theirs if r.type == ingress and r.urn.rsplit("::", 1)[-1].endswith(rule)]

    def opened(type_, name, inputs):
        if type_ != ingress or not name.endswith(rule):
            return inputs
        inputs.pop("referencedSecurityGroupId", None)
        return {**inputs, "cidrIpv4": "0.0.0.0/0"}

    name = row.urn.rsplit("::", 1)[-1]
    assert name in {where for _, where in findings(theirs, opened) - findings(theirs)}


def test_a_load_balancer_that_faces_the_internet_is_a_door_that_somebody_answers_for():
    """In a network that is open already; what is answered for by name opens nothing beside."""

    def shown(changes):
        changes = {**OPEN_NETWORK, **changes}
        spec = stack(asked(changes))
        found = declared_by(
            lambda: program(spec, completed(lock(changes), spec), where="test"),
            project="heiiki", stack="test",
        )  # fmt: skip
        return [Shown(r.type, r.urn, r.inputs, r.sources) for r in found]

    def said(resources, **boundary):
        of_whole = whole(configured({**BOUNDARY, **boundary}), resources)
        return findings(resources, **boundary) | {
            (one.rule, one.urn.rsplit("::", 1)[-1]) for one in of_whole if one.level == MANDATORY
        }

    main = {"dnsName": "api.k8s.example.com"}
    outside = {"dnsName": "k8s.example.org",
               "loadBalancer": {"internal": False, "allowedCidrs": ["203.0.113.7/32"]}}  # fmt: skip
    inside = said(shown({"controlPlane.endpoints": {"main": main}}))
    resources = shown({"controlPlane.endpoints": {"main": main, "people": outside}})
    faces = {r.urn.rsplit("::", 1)[-1]: r.inputs["internal"] for r in resources
             if r.type == "aws:lb/loadBalancer:LoadBalancer"}  # fmt: skip
    assert faces == {"api-main": True, "api-people": False}
    rule = "api-people-from-cidr-clients-203.0.113.7-32-api"
    assert said(resources) - inside == {("CN-110", "api-people"), ("CN-101", rule)}
    answered = [*excepted("CN-110", "api-people"), *excepted("CN-101", rule)]
    assert said(resources, exceptions=answered) <= inside
