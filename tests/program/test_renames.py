"""What has another name or place in the stack file meets nothing of itself that nobody tells of.

The engine makes what is new before it deletes what is gone, so two programs are compared: by what
AWS knows things by (identities.py), and by their URNs. What meets itself is refused before any of
it is made (automation/twins.py); this table is another than the product's.
"""

import copy
from functools import cache
from typing import Any

import pytest

from automation.twins import ONCE
from components.program import program
from local.aws.resources import RESOURCES
from tests.mocks import OWN_KEY_ARN, build
from tests.plan import own
from tests.plan.samples import lock_for, subnet
from tests.plan.test_issuers import CORP
from tests.program.identities import IDENTITIES, known_as, met
from tests.program.test_same_names import BASTION_VPC, PEERING
from tests.spec.stack_files import changed, stack

ACCOUNT = "arn:aws:iam::123456789012"
POOL = {"instanceType": "m7i.large", "maxSize": 3}
SUPPLIED = {"kind": "existing", "instanceProfileArn": f"{ACCOUNT}:instance-profile/nodes",
            "roleArn": f"{ACCOUNT}:role/nodes"}  # fmt: skip
WAYS = {
    "bridge": BASTION_VPC,
    "peered": PEERING,
    "hub": {"kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
            "onPremisesCidrs": ["172.30.0.0/16", "172.29.0.0/16"]},
    "direct": {"kind": "virtualPrivateGateway", "onPremisesCidrs": ["172.28.0.0/16"]},
    "theirs": {"kind": "existing", "targetId": "pcx-0123456789abcdef0",
               "cidrs": ["172.27.0.0/16"]},
}  # fmt: skip
EKS = changed({
    "network.egress": {"kind": "nat", "natGateways": {
        "gate": {"subnet": "front", "elasticIp": {"kind": "existing",
                                                  "allocationId": "eipalloc-0123456789abcdef0"}}}},
    "network.routeTables": {"joint": {}},
    "network.subnets": {
        "front": subnet("a", "10.0.0.0/24", exposure="public"),
        "near-a": subnet("a", "10.0.16.0/20", exposure="private", routeTable="joint"),
        "near-c": subnet("c", "10.0.32.0/20", exposure="private", routeTable="joint"),
        "post": subnet("a", "10.0.48.0/24"),
    },
    "network.connections": {name: {**way, "subnets": ["post"]} for name, way in WAYS.items()},
    "network.vpc": {"kind": "create", "cidr": "10.0.0.0/16",
                    "secondaryCidrs": ["10.1.0.0/16", "10.2.0.0/16"]},
    "nodePools": {"pool-a": POOL, "pool-b": {**POOL, "kind": "managed"},
                  "pool-c": {**POOL, "instanceProfile": SUPPLIED},
                  "pool-d": {**POOL, "instanceProfile": SUPPLIED}},
    "access.principals": {"person": {"principalArn": f"{ACCOUNT}:role/people",
                                     "policy": "AmazonEKSViewPolicy"}},
    "access.operator": {"subnet": "post", "machine": {}},
    "carryIn": {"importerArns": [f"{ACCOUNT}:role/outside"],
                "buckets": {"store": {}}, "repositories": {"images": {}}},
})  # fmt: skip
OWN = changed(own.asked({
    "controlPlane.endpoints": {
        name: {"dnsName": f"{name}.example.com",
               "loadBalancer": {"kind": "create", "allowedCidrs": ["10.7.0.0/16", "10.8.0.0/16"]}}
        for name in ("front", "side")
    },
    "controlPlane.apiServer": {"issuers": {
        "corp": CORP, "side": {**CORP, "url": f"{CORP['url']}-of-partners"}}},
    "controlPlane.etcd": {"custom": {"files": {"/etc/motd": {"content": "x"}}}},
    "nodePools": {"pool-a": POOL, "pool-b": POOL},
    "access.principals": {"person": {"principalArn": f"{ACCOUNT}:role/people",
                                     "groups": ["viewers"]}},
}))  # fmt: skip
ROUTE, ENTRY = "aws:ec2/route:Route", "aws:eks/accessEntry:AccessEntry"
SUBNET = "aws:ec2/subnet:Subnet"
# What each key is to AWS under another name, beside what it is not: all the rest of the stack.
RENAMED: dict[str, list[tuple[str, str]]] = {
    "gate": [("aws:ec2/natGateway:NatGateway", "gate -> xgate")],
    "joint": [],
    "front": [(SUBNET, "front -> xfront")],
    "near-a": [(SUBNET, "near-a -> xnear-a")],
    "post": [(SUBNET, "post -> xpost")],
    "bridge": [(ROUTE, "post-bridge-172.24.0.0-24 -> post-xbridge-172.24.0.0-24")],
    "peered": [
        ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "peered -> xpeered"),
        (ROUTE, "peered-rtb-01234567-to-10.0.48.0-24 -> xpeered-rtb-01234567-to-10.0.48.0-24"),
        (ROUTE, "post-peered-172.23.0.0-16 -> post-xpeered-172.23.0.0-16"),
    ],
    "hub": [
        ("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "hub -> xhub"),
        (ROUTE, "post-hub-172.29.0.0-16 -> post-xhub-172.29.0.0-16"),
        (ROUTE, "post-hub-172.30.0.0-16 -> post-xhub-172.30.0.0-16"),
    ],
    "direct": [
        ("aws:ec2/vpnGateway:VpnGateway", "direct -> xdirect"),
        (ROUTE, "post-direct-172.28.0.0-16 -> post-xdirect-172.28.0.0-16"),
    ],
    "theirs": [(ROUTE, "post-theirs-172.27.0.0-16 -> post-xtheirs-172.27.0.0-16")],
    "pool-a": [],
    "pool-b": [],
    "pool-c": [(ENTRY, "node-pool-c -> node-pool-d")],
    "pool-d": [],
    "person": [],
    "store": [],
    "images": [],
}
RENAMED_OWN: dict[str, list[tuple[str, str]]] = {
    "front": [("aws:route53/record:Record", "api-front -> api-frontx")],
    "corp": [],
    "/etc/motd": [],
    "pool-a": [],
    "person": [],
}
REFUSED = "up refuses it, and so does AWS where it is allowed"
FIXED = "the program says always the same"
# What no stack file changes of a resource that stays, or is refused before anything is made.
MADE_BESIDE = {
    **{("Cluster", name): REFUSED for name in ("encryptionConfig", "kubernetesNetworkConfig",
                                               "roleArn")},
    ("Cluster", "accessConfig"): "of it only what is fixed makes it anew",
    ("Cluster", "bootstrapSelfManagedAddons"): FIXED,
    **{("FlowLog", name): "AWS takes a second one that differs" for name in (
        "iamRoleArn", "logDestinationType", "maxAggregationInterval", "trafficType")},
    ("Group", "initialLifecycleHooks"): "the program leaves them as they were made",
    ("LoadBalancer", "internal"): FIXED,
    ("LoadBalancer", "loadBalancerType"): FIXED,
    ("ResolverFirewallRule", "firewallDomainListId"): "another list comes with another group",
    ("ResolverFirewallRuleGroupAssociation", "firewallRuleGroupId"):
        "another group comes with another cluster, and the association is protected",
    ("Subnet", "availabilityZone"): REFUSED,
    **{("TargetGroup", name): FIXED for name in ("port", "protocol", "targetType")},
    ("TargetGroup", "vpcId"): REFUSED,
    ("VpcEndpoint", "vpcEndpointType"): "a service has one",
}  # fmt: skip
LISTS = ("network.vpc.secondaryCidrs", "network.connections.hub.onPremisesCidrs")


def called(value: Any, old: str, new: str) -> Any:
    """The same with another name, wherever it stands."""
    if isinstance(value, dict):
        return {new if k == old else k: called(v, old, new) for k, v in value.items()}
    if isinstance(value, list):
        return [called(v, old, new) for v in value]
    return new if value == old else value


def registered(keys, lock=None):
    spec = stack(keys)
    recorder, _ = build(lambda: program(spec, lock or lock_for(spec), where="test"),
                        same_names=True, key_arn=OWN_KEY_ARN)  # fmt: skip
    return recorder.registrations


@cache
def as_it_was(kind):
    return registered(OWN, own.lock(OWN)) if kind == "own" else registered(EKS)


def test_of_every_type_it_is_known_whether_aws_tells_it_by_more_than_its_id():
    types = {r.type for kind in ("eks", "own") for r in as_it_was(kind)}
    known = {token for token in types if token.startswith("aws:")}
    assert len(known) > 50 and known <= set(IDENTITIES)


@pytest.mark.parametrize("key", RENAMED)
def test_what_is_called_otherwise_meets_itself_only_where_up_refuses_it(key):
    found = sorted(met(as_it_was("eks"), registered(called(EKS, key, f"x{key}"))))
    assert found == sorted(RENAMED[key])
    assert {token for token, _ in found} <= set(ONCE)


@pytest.mark.parametrize("key", RENAMED_OWN)
def test_so_it_is_of_a_control_plane_of_ones_own(key):
    keys = called(OWN, key, f"{key}x")
    assert keys != OWN
    found = met(as_it_was("own"), registered(keys, own.lock(keys)))
    assert found == RENAMED_OWN[key]
    assert {token for token, _ in found} <= set(ONCE)


@pytest.mark.parametrize("kind", ["eks", "own"])
def test_nothing_is_asked_for_twice_that_aws_has_once(kind):
    """Two issuers of one server are behind one rule."""
    found = [key for r in as_it_was(kind) if (key := known_as(r)) is not None]
    assert len(found) > 60 and len(set(found)) == len(found)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("less", [False, True])
def test_no_entry_of_a_list_moves_into_the_place_of_another(path, less):
    keys = copy.deepcopy(EKS)
    *parents, last = path.split(".")
    here = keys
    for parent in parents:
        here = here[parent]
    here[last] = here[last][1:] if less else here[last][::-1]
    assert met(as_it_was("eks"), registered(keys)) == []


def test_what_is_made_anew_under_its_name_goes_first_where_aws_has_it_once():
    """A property whose change makes a resource anew, and leaves what AWS knows it by."""
    found = {
        (r.type.rpartition(":")[2], name)
        for kind in ("eks", "own")
        for r in as_it_was(kind)
        if (key := known_as(r)) is not None and not r.goes_first
        for name, prop in RESOURCES[r.type].properties.items()
        if prop.replaces
        and name in r.inputs
        and known_as(r._replace(inputs={**r.inputs, name: "another"})) == key
    }
    assert found == set(MADE_BESIDE)


def test_a_pool_less_leaves_the_entry_of_a_shared_role_to_be_told_the_record():
    keys = copy.deepcopy(EKS)
    del keys["nodePools"]["pool-c"]
    found = met(as_it_was("eks"), registered(keys))
    assert found == [(ENTRY, "node-pool-c -> node-pool-d")]
    assert ENTRY in ONCE
