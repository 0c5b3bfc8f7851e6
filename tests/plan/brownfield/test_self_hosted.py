"""What is asked of supplied things of a control plane of our own, beyond what nodes ask."""

import json
from typing import Any

import pytest

from plan.brownfield.api import check_supplied_api
from plan.brownfield.uses import security_group_uses
from plan.errors import Faults
from plan.kms import key_policy
from plan.partitions import partition_of
from spec.lock import Lock
from tests.plan.own import asked, lock, planned
from tests.plan.samples import ACCOUNT, completed, locked, plan, refused_as_read, subnet
from tests.spec.stack_files import stack

VPC = "vpc-0aaaaaaaaaaaaaaa0"
KEY = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/0123abcd-0123-0123-0123-0123456789ab"
TARGETS = f"arn:aws:elasticloadbalancing:ap-northeast-1:{ACCOUNT}:targetgroup/api/0123456789abcdef"
GROUPS = {
    "controlPlane.controllers.securityGroupIds": "sg-0aaaaaaaaaaaaaaa1",
    "controlPlane.etcd.securityGroupIds": "sg-0aaaaaaaaaaaaaaa2",
    "controlPlane.endpoints.main.loadBalancer.securityGroupIds": "sg-0aaaaaaaaaaaaaaa3",
}
CHANGES: dict[str, Any] = {
    "controlPlane.controllers": {"securityGroupIds": ["sg-0aaaaaaaaaaaaaaa1"]},
    "controlPlane.etcd": {"securityGroupIds": ["sg-0aaaaaaaaaaaaaaa2"]},
    "controlPlane.endpoints": {"main": {
        "dnsName": "api.k8s.example.com",
        "loadBalancer": {"kind": "existing", "targetGroupArn": TARGETS,
                         "securityGroupIds": ["sg-0aaaaaaaaaaaaaaa3"]}}},
}  # fmt: skip


def read(changes: dict[str, Any], supplied: dict[str, Any]) -> Lock:
    """A sound lock but for these records; None takes one away."""
    keys = completed(lock(changes), stack(asked(changes))).model_dump(mode="json", by_alias=True)
    for noun, records in supplied.items():
        keys["supplied"][noun] = {k: v for k, v in (keys["supplied"][noun] | records).items() if v}
    return locked(keys)


def test_security_groups_of_every_machine_and_load_balancer_are_read():
    uses = {use.path: use.named for use in security_group_uses(stack(asked(CHANGES)))}
    assert uses == GROUPS
    assert planned(CHANGES, read(CHANGES, {}))


@pytest.mark.parametrize("path", GROUPS)
def test_one_that_was_not_read_is_a_fault(path: str):
    told = refused_as_read(asked(CHANGES), read(CHANGES, {"securityGroups": {GROUPS[path]: None}}))
    assert told == [(path, "was not read; run heiiki lock", repr(GROUPS[path]))]


@pytest.mark.parametrize("path", GROUPS)
def test_one_of_another_vpc_is_a_fault(path: str):
    """The VPC and its subnets are told of by themselves."""
    changes = {**CHANGES, "network.vpc": {"kind": "existing", "vpcId": VPC, "cidr": "10.0.0.0/16"}}
    other = {GROUPS[path]: {"vpcId": "vpc-0bbbbbbbbbbbbbbb0"}}
    told = refused_as_read(asked(changes), read(changes, {"securityGroups": other}))
    message = f"lies in vpc-0bbbbbbbbbbbbbbb0, not in network.vpc.vpcId {VPC}"
    assert [(p, m) for p, m, _ in told if p.endswith("securityGroupIds")] == [(path, message)]


def test_no_tag_is_asked_of_others_for_which_nobody_looks():
    """Neither load balancers of Services nor routes to pods are made; EKS's cloud provider looks
    (test_checks.py)."""
    zones = {"a": 0, "c": 1, "d": 2}
    changes = {
        "network.vpc": {"kind": "existing", "vpcId": VPC, "cidr": "10.0.0.0/16"},
        "network.subnets": {
            zone: {"kind": "existing", "subnetId": f"subnet-0aaaaaaaaaaaaaaa{n}",
                   "availabilityZone": f"ap-northeast-1{zone}", "cidr": f"10.0.{16 * n}.0/20",
                   "routeTableId": "rtb-0aaaaaaaaaaaaaaa0"}
            for zone, n in zones.items()
        },
    }  # fmt: skip
    table = {
        "vpcId": VPC,
        "tags": {},
        "routes": [{"destination": "10.0.0.0/16", "target": "local"}],
    }
    untagged = {
        "subnets": {
            row["subnetId"]: {"vpcId": VPC, "tags": {}, "mapPublicIpOnLaunch": False,
                              **{k: row[k] for k in ("availabilityZone", "cidr", "routeTableId")}}
            for row in changes["network.subnets"].values()
        },
        "routeTables": {"rtb-0aaaaaaaaaaaaaaa0": table},
    }  # fmt: skip
    told = refused_as_read(asked(changes), read(changes, untagged))
    assert {path for path, _, _ in told} == {"network.endpoints.existing.s3", "network.vpc.vpcId"}
    assert [message for _, message, _ in told if "tag" in message] == []


@pytest.mark.parametrize("part", ["controllers", "etcd"])
def test_machines_in_a_subnet_of_no_node_reach_s3_and_aws(part: str):
    """By the endpoint in their table, without which they find no bundle."""
    subnets = {
        **{f"nodes-{z}": subnet(z, f"10.0.{16 * n}.0/20", exposure="isolated")
           for n, z in enumerate("acd")},
        "front": subnet("a", "10.0.64.0/20", exposure="public"),
    }  # fmt: skip
    own = {"etcd": {"subnets": ["front"], "members": 1}, "controllers": {"subnets": ["front"]}}
    changes = {"network.subnets": subnets, "network.egress": {"kind": "internetGateway"},
               f"controlPlane.{part}": own[part]}  # fmt: skip
    with_them = planned(changes).endpoints["s3"].route_tables
    without = planned({k: v for k, v in changes.items() if part not in k}).endpoints["s3"]
    assert set(with_them) - set(without.route_tables) == {"front"}


def policy(*sids: str) -> dict[str, Any]:
    """Our own key's, without these statements."""
    whole = key_policy(stack(asked()), partition_of("ap-northeast-1"), ACCOUNT)
    return {**whole, "Statement": [s for s in whole["Statement"] if s["Sid"] not in sids]}


def told_of(document: dict[str, Any]) -> list[str]:
    changes = {"controlPlane.encryptionKey": {"kind": "existing", "keyArn": KEY}}
    record = {"state": "Enabled", "usage": "ENCRYPT_DECRYPT", "spec": "SYMMETRIC_DEFAULT",
              "manager": "CUSTOMER", "rotation": True, "policy": document}  # fmt: skip
    return [
        m for _, m, _ in refused_as_read(asked(changes), read(changes, {"keys": {KEY: record}}))
    ]


def test_machines_use_a_supplied_key_by_iam_and_a_policy_that_keeps_them_out_is_a_fault():
    (told,) = told_of(policy("AccountDecidesByIam"))
    assert told.startswith(
        "has a policy that leaves kms:CreateGrant, kms:Decrypt, kms:Encrypt, kms:GenerateDataKey "
        "not to the account's IAM, by which machines of the cluster use it; ask its owner for "
    )
    asked_for = json.loads(told.partition("ask its owner for ")[2])
    assert asked_for["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    less = policy("AccountDecidesByIam")
    less["Statement"].append({**asked_for, "Action": ["kms:Decrypt", "kms:CreateGrant"]})
    (told,) = told_of(less)
    assert told.startswith("has a policy that leaves kms:Encrypt, kms:GenerateDataKey not to")


def test_what_is_asked_for_is_enough_and_eks_is_only_warned_of():
    asked_for = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                 "Action": ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt",
                            "kms:GenerateDataKey"], "Resource": "*"}  # fmt: skip
    document = policy("AccountDecidesByIam")
    changes = {"controlPlane.encryptionKey": {"kind": "existing", "keyArn": KEY}}
    record = {"state": "Enabled", "usage": "ENCRYPT_DECRYPT", "spec": "SYMMETRIC_DEFAULT",
              "manager": "CUSTOMER", "rotation": True, "policy": document}  # fmt: skip
    eks = plan(changes, locked({**lock().model_dump(mode="json", by_alias=True),
                                "supplied": {"keys": {KEY: record}}}))  # fmt: skip
    assert any("leaves nothing to the account's IAM" in warning for warning in eks.warnings)
    document["Statement"].append(asked_for)
    own = planned(changes, read(changes, {"keys": {KEY: record}}))
    assert not [warning for warning in own.warnings if "encryptionKey" in warning]


ZONE = "Z0123456789ABC"
ZONE_PATH = "controlPlane.endpoints.people.record.zone.hostedZoneId"
TARGETS_PATH = "controlPlane.endpoints.main.loadBalancer.targetGroupArn"
IN_A_VPC = {"network.vpc": {"kind": "existing", "vpcId": VPC, "cidr": "10.0.0.0/16"}}
API: dict[str, Any] = {
    "controlPlane.endpoints": {
        **CHANGES["controlPlane.endpoints"],
        "people": {"dnsName": "k8s.corp.example.com",
                   "record": {"zone": {"kind": "existing", "hostedZoneId": ZONE}}}},
}  # fmt: skip
GROUP = {"protocol": "TCP", "port": 6443, "targetType": "instance", "vpcId": VPC,
         "healthCheck": {"protocol": "HTTPS", "path": "/readyz"}}  # fmt: skip
OTHER = "vpc-0bbbbbbbbbbbbbbb0"


def said_of(
    path: str, supplied: dict[str, Any], *, in_a_vpc: bool = True, asks: dict[str, Any] = API
) -> list[str]:
    """What is at fault there, then what is warned of."""
    changes = {**asks, **(IN_A_VPC if in_a_vpc else {})}
    told, warnings = Faults(), list[str]()
    check_supplied_api(stack(asked(changes)), read(changes, supplied), told, warnings)
    assert {fault.path for fault in told.found} <= {path}
    assert all(one.startswith(f"{path}: ") for one in warnings)
    return [*(fault.message for fault in told.found), *warnings]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"targetType": "ip"}, ["has targets of type ip; Auto Scaling puts machines into one of "
                                "type instance alone"]),
        ({"protocol": "TLS"}, ["leads to TLS 6443; API servers answer at TCP 6443, and open TLS "
                               "themselves"]),
        ({"port": 443}, ["leads to TCP 443; API servers answer at TCP 6443, and open TLS "
                         "themselves"]),
        ({"vpcId": OTHER}, [f"lies in {OTHER}, not in network.vpc.vpcId {VPC}"]),
        ({"healthCheck": {"protocol": "TCP", "path": None}},
         [f"{TARGETS_PATH}: {TARGETS} asks targets for their health by TCP; an API server that is "
          "not ready would be sent to all the same: have its owner ask by HTTPS /readyz"]),
        (None, ["was not read; run heiiki lock"]),
    ],
)  # fmt: skip
def test_a_target_group_leads_to_api_servers(change: dict[str, Any] | None, told: list[str]):
    group = None if change is None else {**GROUP, **change}
    assert said_of(TARGETS_PATH, {"targetGroups": {TARGETS: group}}) == told


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (("corp.example.com", True, [VPC]), []),
        (("k8s.corp.example.com", True, [OTHER, VPC]), []),
        (("p.example.com", True, [VPC]),
         ["is the zone p.example.com, and k8s.corp.example.com lies outside of it"]),
        (("corp.example.com", False, []),
         ["is a public zone: everybody would be told the addresses of k8s.corp.example.com; name a "
          "private one"]),
        (("corp.example.com", True, [OTHER]),
         [f"{ZONE_PATH}: {ZONE} is not associated with network.vpc.vpcId {VPC}, so nobody in it "
          "finds k8s.corp.example.com, unless only others ask for it"]),
        (None, ["was not read; run heiiki lock"]),
    ],
)  # fmt: skip
def test_a_zone_is_private_and_has_the_name(zone: Any, told: list[str]):
    row = zone and dict(zip(("name", "private", "vpcIds"), zone, strict=True))
    assert said_of(ZONE_PATH, {"hostedZones": {ZONE: row}}) == told


@pytest.mark.parametrize(
    ("private", "told"),
    [
        (True, ["is a private zone, and who asks for k8s.corp.example.com from the internet finds "
                "nothing there; name a public one"]),
        (False, []),
    ],
)  # fmt: skip
def test_a_zone_of_what_faces_the_internet_is_public(private: bool, told: list[str]):
    balancer = {"internal": False, "allowedCidrs": ["203.0.113.7/32"]}
    ways = API["controlPlane.endpoints"]
    people = {**ways["people"], "loadBalancer": balancer}
    asks = {"controlPlane.endpoints": {**ways, "people": people}}
    row = {"name": "corp.example.com", "private": private, "vpcIds": [VPC] if private else []}
    assert said_of(ZONE_PATH, {"hostedZones": {ZONE: row}}, asks=asks) == told


def test_a_vpc_that_is_made_has_no_id_to_compare():
    other = {"targetGroups": {TARGETS: {**GROUP, "vpcId": OTHER}}}
    assert said_of(TARGETS_PATH, other, in_a_vpc=False) == []
    zone = {"name": "corp.example.com", "private": True, "vpcIds": [OTHER]}
    assert said_of(ZONE_PATH, {"hostedZones": {ZONE: zone}}, in_a_vpc=False) == []


def test_the_plan_asks_both():
    for noun, path, named in (("targetGroups", TARGETS_PATH, TARGETS),
                              ("hostedZones", ZONE_PATH, ZONE)):  # fmt: skip
        told = refused_as_read(asked(API), read(API, {noun: {named: None}}))
        assert [one[:2] for one in told] == [(path, "was not read; run heiiki lock")]
    assert planned(API, read(API, {}))
