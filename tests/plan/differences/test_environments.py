"""Two environments compared: nothing of their own counts, and everything else is told."""

import dataclasses
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings

from plan.cluster import ClusterPlan, plan_cluster
from plan.differences.environments import (
    AskedDifference,
    Differences,
    PlanDifference,
    _by_neutral,
    differences,
)
from plan.differences.neutral import Neutral
from plan.differences.plan_rows import LEFT_OUT, plan_rows
from plan.errors import PlanError
from plan.routes import Via
from spec.stack_file import parse_stack_file
from tests.plan.brownfield.test_checks import WATCHED
from tests.plan.samples import completed, lock_for, lock_keys, locked, plan, subnet
from tests.spec.stack_files import changed, stack, text_of
from tests.spec.strategies import FAST, stack_keys

POOL = {"instanceType": "m7i.large", "maxSize": 3}
RICH: dict[str, Any] = {  # one of everything that a plan may hold
    "network.vpc": {"kind": "create", "cidr": "10.0.0.0/16"},
    "network.egress": {
        "kind": "nat", "natGateways": {"nat-1a": {"kind": "create", "subnet": "public-1a"}},
    },
    "network.routeTables": {"shared": {"kind": "create"}},
    "network.subnets": {
        "public-1a": subnet("a", "10.0.0.0/20", exposure="public"),
        "private-1a": subnet("a", "10.0.16.0/20", exposure="private"),
        "private-1c": subnet("c", "10.0.32.0/20", exposure="private", natGateway="nat-1a"),
        "operator": subnet("a", "10.0.48.0/20", routeTable="shared"),
    },
    "network.connections": {
        "bastion": {
            "kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
            "availabilityZone": "ap-northeast-1a", "allowedCidrs": ["203.0.113.7/32"],
        },
        "office": {
            "kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
            "onPremisesCidrs": ["192.168.0.0/16", "172.31.0.0/16"],
        },
        "line": {
            "kind": "virtualPrivateGateway", "onPremisesCidrs": ["172.29.0.0/16"],
            "subnets": ["private-1a", "private-1c"],
        },
    },
    "network.dns": {"inboundEndpoint": {"sourceCidrs": ["172.29.4.0/24"]}},
    "network.endpoints": {"additional": {"logs": "applications log"}, "buckets": ["own-bucket"],
                          "packageRepositories": []},
    "access": {
        "operator": {}, "sessionManager": True,
        "principals": {"viewers": {
            "principalArn": "arn:aws:iam::123456789012:role/viewers", "groups": ["viewers"],
            "username": "viewer", "policy": "AmazonEKSViewPolicy", "namespaces": ["default"]}},
    },
    "addOns": {"irsa": True, "ebsCsi": True, "clusterAutoscaler": True, "containerLogs": True},
    "nodePools": {"zone-1a": {**POOL, "subnets": ["private-1a"]}},
    "carryIn": {
        "importerArns": ["arn:aws:iam::123456789012:role/carrier"],
        "buckets": {"material": {"nodePools": ["zone-1a"], "operator": True}},
        "repositories": {"base": {}},
    },
}  # fmt: skip
OTHER_ACCOUNT = "210987654321"


def elsewhere(name: str, region: str = "ap-northeast-1", letters: str = "ac",
              account: str = OTHER_ACCOUNT, vpc: str = "10.0") -> ClusterPlan:  # fmt: skip
    """The rich stack in another place: its text with every name of the first one exchanged."""
    text = text_of(changed(RICH)).replace("heiiki:name: test", f"heiiki:name: {name}")
    number = region.rsplit("-", 1)[-1]
    for old, new in zip("ac", letters, strict=True):
        text = text.replace(f"ap-northeast-1{old}", f"{region}{new.upper()}")
        text = text.replace(f"-1{old}", f"-{number}{new.upper()}")
    for letter in letters:
        text = text.replace(f"{number}{letter.upper()}", f"{number}{letter}")
    text = text.replace("ap-northeast-1", region).replace("123456789012", account)
    text = text.replace("10.0.", f"{vpc}.").replace(
        "tgw-0123456789abcdef0", "tgw-0fedcba9876543210"
    )
    partition = {"c": "aws-cn"}.get(region[0], "aws-us-gov" if "gov" in region else "aws")
    text = text.replace("arn:aws:", f"arn:{partition}:")
    keys = lock_keys(region)
    keys["accountId"] = account
    if region != "ap-northeast-1":
        keys["images"] = {name: f"ami-{number:0>17}" for name in keys["images"]}
    spec = parse_stack_file(text, where="x")
    return plan_cluster(spec, completed(locked(keys), spec))


@pytest.mark.parametrize("name", ["aws", "s3", "node", "ec2", "cluster", "administrator", "a"])
def test_a_name_of_its_own_is_no_difference_whatever_it_is(name):
    found = differences(plan(RICH), elsewhere(name))
    assert found.follows == ()
    assert found.count == 0
    assert AskedDifference("name", "test", name, True) in found.asked


@pytest.mark.parametrize(
    ("region", "letters"),
    [
        ("ap-northeast-1", "cd"), ("us-east-1", "bf"), ("eu-central-2", "ab"),
        ("us-gov-west-1", "ab"), ("cn-north-1", "ab"), ("af-south-1", "ca"),
    ],
)  # fmt: skip
def test_a_place_of_its_own_is_no_difference(region, letters):
    """Region, zones, account, partition, VPC and the ids of what others supply.

    But for one: where S3 is not known to tell whose an endpoint is, a bucket is held otherwise.
    """
    found = differences(plan(RICH), elsewhere("closed", region, letters, vpc="10.9"))
    otherwise = {"bucket"} if region.startswith(("cn-", "us-gov-")) else set()
    assert {difference.noun for difference in found.follows} == otherwise
    assert [d for d in found.asked if not d.of_nature] == []
    assert {d.path for d in found.asked} >= {
        "name", "availabilityZones", "network.vpc.cidr",
        "network.connections.office.transitGatewayId",
    }  # fmt: skip
    assert found.images_compared == (region == "ap-northeast-1")


def told(changes: dict[str, Any], lock: Any = None) -> list[tuple[str, ...]]:
    """What the rich stack with these changes has more (right) and less (left)."""
    found = differences(plan(RICH), plan({**RICH, **changes}, lock))
    return [(d.noun, d.name, d.property, d.left, d.right) for d in found.follows]


def test_what_an_endpoint_more_brings_is_told_once_each():
    more = {"logs": "applications log", "kms": "they encrypt"}
    rows = told({"network.endpoints": {**RICH["network.endpoints"], "additional": more}})
    assert rows == [
        ("endpoint", "kms", None, None, "they encrypt"),
        ("DNS", "names that resolve", "names", (), ("kms.ap-northeast-1.amazonaws.com",)),
    ]


def test_a_policy_that_allows_more_is_told_action_by_action():
    rows = told({"addOns": {**RICH["addOns"], "ebsCsi": False}})
    policy = next(row for row in rows if row[:2] == ("endpoint", "ec2"))
    own = "aws:PrincipalAccount=123456789012, aws:ResourceAccount=123456789012"
    assert policy[2] == f"policy: Allow * on * if StringEquals {own}"
    assert "ec2:AttachVolume" in policy[3]
    assert policy[4] == ()
    assert ("role", "ebs-csi", None, "ebs-csi pods of test", None) in rows
    assert ("add-on", "aws-ebs-csi-driver", None, "v1.0.0-eksbuild.1", None) in rows


def test_a_resource_more_in_a_policy_is_told_by_itself():
    packages = {**RICH["network.endpoints"], "packageRepositories": ["al2023"]}
    rows = [r for r in told({"network.endpoints": packages}) if r[0] == "endpoint"]
    arn = "policy: Allow * on arn:aws:s3:::{}/*"
    assert rows == [
        ("endpoint", "s3", arn.format(bucket), None, ("s3:GetObject",))
        for bucket in ("al2023-ap-northeast-1", "al2023-repos-ap-northeast-1-de612dc2")
    ]


def test_a_way_out_is_told_as_a_route_a_subnet_and_a_row_of_the_firewall():
    closed = {
        "network.egress": {"kind": "none"},
        "network.subnets": {
            name: {**keys, "exposure": "isolated", "natGateway": None}
            for name, keys in RICH["network.subnets"].items()
            if name != "public-1a"
        },
    }
    assert told(closed) == [
        ("subnet", "private-1a", "exposure", "private", "isolated"),
        ("subnet", "private-1a", "nat gateway", ("nat-1a",), None),
        ("subnet", "private-1c", "exposure", "private", "isolated"),
        ("subnet", "private-1c", "nat gateway", ("nat-1a",), None),
        ("subnet", "public-1a", None, "public, 10.0.0.0/20 in ap-northeast-1a", None),
        ("route", "private-1a to everywhere", None, "through nat-1a", None),
        ("route", "private-1c to everywhere", None, "through nat-1a", None),
        ("route", "public-1a to everywhere", None, "through internet-gateway", None),
        ("firewall", "everywhere from node: https", None,
         "the internet, since network.egress asks for it", None),
    ]  # fmt: skip


def test_another_network_behind_a_connection_is_a_change_and_not_a_loss_and_a_gain():
    office = {**RICH["network.connections"]["office"], "onPremisesCidrs": ["172.30.0.0/16"]}
    rows = told({"network.connections": {**RICH["network.connections"], "office": office}})
    assert ("route", "shared to office (network 1)", "destination",
            "192.168.0.0/16", "172.30.0.0/16") in rows  # fmt: skip
    assert ("route", "shared to office (network 2)", None, "through office", None) in rows
    assert ("firewall", "operator from a network: office-ssh-0", "source",
            "192.168.0.0/16", "172.30.0.0/16") in rows  # fmt: skip


def test_versions_and_images_of_the_lock_file_are_told():
    keys = lock_keys()
    keys["addOns"]["coredns"] = "v2.0.0-eksbuild.1"
    keys["images"]["al2023/1.35/x86_64"] = "ami-0123456789abcdef0"
    assert told({}, locked(keys)) == [
        ("add-on", "coredns", "version", "v1.0.0-eksbuild.1", "v2.0.0-eksbuild.1"),
        ("node pool", "zone-1a", "image id", plan(RICH).node_pools["zone-1a"].image_id,
         "ami-0123456789abcdef0"),
    ]  # fmt: skip


def test_an_organization_is_told_once_and_not_with_every_policy():
    found = differences(plan(RICH), plan({**RICH, "boundary.organizationId": "o-abcde12345"}))
    assert found.follows == ()
    assert found.asked == (AskedDifference("boundary.organizationId", None, "o-abcde12345", False),)


GROUP = "sg-0123456789abcdef0"


def supplied(subnet_id: str, table_id: str, *, endpoint: str | None = None) -> ClusterPlan:
    """A stack in subnets of another team."""
    name = stack().name
    subnets = {
        f"core-1{zone}": {"kind": "existing", "subnetId": f"subnet-{subnet_id}{zone * 8}",
                          "availabilityZone": f"ap-northeast-1{zone}", "cidr": cidr,
                          "routeTableId": f"rtb-{table_id}{zone * 8}"}
        for zone, cidr in (("a", "10.0.0.0/20"), ("c", "10.0.16.0/20"))
    }  # fmt: skip
    vpc = f"vpc-{subnet_id}00000000"
    tags = {f"kubernetes.io/cluster/{name}": "shared", "kubernetes.io/role/internal-elb": "1"}
    keys = lock_keys()
    keys["supplied"] = {
        "vpcs": {vpc: {"cidrs": ["10.0.0.0/16"], "dnsSupport": True, "dnsHostnames": True,
                       "watch": WATCHED}},
        "subnets": {
            row["subnetId"]: {"vpcId": vpc, "availabilityZone": row["availabilityZone"],
                              "cidr": row["cidr"], "routeTableId": row["routeTableId"],
                              "tags": tags, "mapPublicIpOnLaunch": False}
            for row in subnets.values()
        },
        "routeTables": {
            row["routeTableId"]: {"vpcId": vpc, "tags": tags, "routes": [
                {"destination": "10.0.0.0/16", "target": "local"}]}
            for row in subnets.values()
        },
        "endpoints": {f"vpce-{subnet_id}00000000": {
            "vpcId": vpc, "serviceName": keys["endpointServices"]["s3"]["serviceName"],
            "type": "Gateway", "state": "available", "privateDns": False,
            "routeTableIds": [row["routeTableId"] for row in subnets.values()],
            "policy": plan().endpoints["s3"].policy,
        }},
    }  # fmt: skip
    changes: dict[str, Any] = {
        "network.vpc": {"kind": "existing", "vpcId": vpc, "cidr": "10.0.0.0/16"},
        "network.subnets": subnets,
    }
    existing = {"s3": f"vpce-{subnet_id}00000000"}
    if endpoint:
        existing["ec2"] = endpoint
        keys["endpointServices"]["ec2"]["policySupported"] = False
        keys["supplied"]["endpoints"][endpoint] = {
            "vpcId": vpc, "serviceName": keys["endpointServices"]["ec2"]["serviceName"],
            "type": "Interface", "state": "available", "privateDns": True, "policy": None,
            "availabilityZones": list(keys["availabilityZones"]), "securityGroupIds": [GROUP],
        }  # fmt: skip
        keys["supplied"]["securityGroups"] = {GROUP: {"vpcId": vpc, "ingress": [
            {"protocol": "tcp", "ports": [443, 443], "cidrs": ["10.0.0.0/16"]}]}}  # fmt: skip
        changes["network.endpoints.securityGroup"] = {"kind": "existing", "securityGroupId": GROUP}
    changes["network.endpoints.existing"] = existing
    return plan(changes, locked(keys))


def test_ids_of_supplied_resources_are_no_difference():
    found = differences(supplied("012345678", "a00000000"), supplied("987654321", "b00000000"))
    assert found.count == 0
    assert "network.subnets.core-1a.subnetId" in {d.path for d in found.asked}


def test_supplied_and_created_are_told_apart():
    found = differences(
        supplied("012345678", "a00000000"),
        supplied("012345678", "a00000000", endpoint="vpce-0123456789abcdef0"),
    )
    rows = {(d.property, d.left, d.right) for d in found.follows}
    assert ("supplied", "false", "true") in rows
    assert ("policy", None, ("none",)) in rows
    created = differences(supplied("012345678", "a00000000"), plan())
    assert PlanDifference("route table", "supplied table of core-1a", None, "supplied", None) in (
        created.follows
    )


def test_asked_values_are_told_with_defaults_and_without_what_may_be_secret():
    script = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script",
              "script": "#!/bin/sh\necho one\n"}  # fmt: skip
    pool = {**POOL, "image": script, "labels": {"a-password": "hunter2"}}
    found = differences(plan(), plan({"nodePools": {"workers": pool}}))
    asked = {d.path: (d.left, d.right) for d in found.asked}
    assert asked["nodePools.workers.image.kind"] == ("optimized", "custom")
    left, right = asked["nodePools.workers.image.script"]
    assert left is None
    assert right == "2 lines, SHA-256 f5dd87fa1cf3d592…"
    assert asked["nodePools.workers.labels.a-password"] == (None, "(not shown: it may be a secret)")
    whole = differences(plan(), plan({"nodePools": {"workers": POOL, "more": pool}}))
    (more,) = [d.right for d in whole.asked if d.path == "nodePools.more"]
    assert more["image"]["script"] == right
    assert more["labels"] == {"a-password": "(not shown: it may be a secret)"}
    assert "taints" not in more


def _of(kind: type, whole: ClusterPlan) -> list[Any]:
    """Every object of this kind in the plan, with the way to exchange it."""
    found = []
    for field in dataclasses.fields(ClusterPlan):
        value = getattr(whole, field.name)
        if isinstance(value, kind):
            found.append((value, lambda new, f=field.name: dataclasses.replace(whole, **{f: new})))
        elif isinstance(value, dict):
            found += [
                (inner, lambda new, f=field.name, v=value, k=key: dataclasses.replace(
                    whole, **{f: {**v, k: new}}))
                for key, inner in value.items() if isinstance(inner, kind)
            ]  # fmt: skip
        elif isinstance(value, tuple):
            found += [
                (inner, lambda new, f=field.name, v=value, i=i: dataclasses.replace(
                    whole, **{f: (*v[:i], new, *v[i + 1:])}))
                for i, inner in enumerate(value) if isinstance(inner, kind)
            ]  # fmt: skip
    layout = whole.layout
    found += [
        (s, lambda new, n=n: dataclasses.replace(whole, layout=dataclasses.replace(
            layout, subnets={**layout.subnets, n: new})))
        for n, s in layout.subnets.items() if isinstance(s, kind)
    ]  # fmt: skip
    return found


def _changed(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, IPv4Network):
        return IPv4Network("192.0.2.0/24")
    if isinstance(value, tuple):
        return tuple(_changed(v) for v in value) if value and isinstance(value[0], int) else ()
    if isinstance(value, dict):
        return {}
    if isinstance(value, Via):
        return dataclasses.replace(value, name="another")
    return "another" if value is None else f"{value}x"


COMPARED = [
    (kind, field.name)
    for kind in LEFT_OUT
    if kind is not ClusterPlan
    for field in dataclasses.fields(kind)
    if field.name not in LEFT_OUT[kind]
]


@pytest.mark.parametrize(("kind", "field"), COMPARED, ids=lambda v: getattr(v, "__name__", v))
def test_every_field_that_is_not_left_out_is_compared(kind, field):
    whole = plan(RICH)
    candidates = [c for c in _of(kind, whole) if getattr(c[0], field) not in ((), "")]
    assert candidates
    told_of = []
    for thing, exchange in candidates:
        if (kind.__name__, field) == ("Subnet", "route_table"):
            new = dataclasses.replace(thing, route_table="shared")
        else:
            new = dataclasses.replace(thing, **{field: _changed(getattr(thing, field))})
        told_of.append(bool(differences(whole, exchange(new)).follows))
    assert any(told_of)


def test_what_is_left_out_is_there():
    for kind, fields in LEFT_OUT.items():
        assert set(fields) <= {f.name for f in dataclasses.fields(kind)}


@pytest.mark.parametrize(
    "field",
    [f.name for f in dataclasses.fields(ClusterPlan) if f.name not in LEFT_OUT[ClusterPlan]],
)
def test_every_part_of_a_plan_is_compared(field):
    whole = plan(RICH)
    value = getattr(whole, field)
    if field == "layout":
        less: Any = dataclasses.replace(value, nodes=())
    elif field == "control_plane":
        less = dataclasses.replace(value, version="1.34")
    elif field == "key_policy":
        less = {**value, "Statement": value["Statement"][1:]}
    elif field == "inbound_endpoint":
        less = None
    else:
        less = {"dict": {}, "tuple": (), "str": "ami-0123456789abcdef0"}[type(value).__name__]
    if field == "connections":  # what leads there goes with it
        whole = dataclasses.replace(
            whole, routes=tuple(r for r in whole.routes if r.via.name not in value)
        )
    assert differences(whole, dataclasses.replace(whole, **{field: less})).follows


def test_only_the_whole_name_of_a_cluster_is_its_own():
    here = plan()
    neutral = Neutral(here.spec, here.partition, here.account_id, same_region=True)
    assert neutral("kubernetes.io/cluster/test") == "kubernetes.io/cluster/<cluster>"
    for other in ("kubernetes.io/cluster/test-2", "/heiiki/tester/flow-logs", "test"):
        assert neutral(other) == other


def test_names_that_come_to_the_same_are_all_kept():
    here = plan()
    neutral = Neutral(here.spec, here.partition, here.account_id, same_region=True)
    ids = {"sg-0123456789abcdef0": 1, "sg-0fedcba9876543210": 2}
    assert _by_neutral(ids, neutral) == {
        "<sg id>": ("sg-0123456789abcdef0", 1), "<sg id> (2)": ("sg-0fedcba9876543210", 2),
    }  # fmt: skip


def mirrored(found: Differences) -> Differences:
    """The same differences seen from the other side."""
    return Differences(
        tuple(dataclasses.replace(d, left=d.right, right=d.left) for d in found.asked),
        tuple(dataclasses.replace(d, left=d.right, right=d.left) for d in found.follows),
        found.images_compared,
    )


@pytest.mark.uncounted
def test_a_plan_does_not_differ_from_itself_and_two_differ_alike_from_both_sides():
    plans: list[ClusterPlan] = []
    counts = []

    @settings(FAST, max_examples=100)  # most draws have a fault, and no plan
    @given(stack_keys())
    def judge(keys):
        spec = parse_stack_file(text_of(keys), where="x")
        try:
            here = plan_cluster(spec, lock_for(spec))
        except PlanError:
            return
        assert differences(here, here) == Differences((), (), True)
        rows = plan_rows(here)
        assert len(rows["route"]) == len(here.routes)
        assert len(rows["firewall"]) == len(here.firewall)
        if plans:
            found = differences(plans[-1], here)
            counts.append(found.count)
            assert differences(here, plans[-1]) == mirrored(found)
        plans.append(here)

    judge()
    assert sum(count > 0 for count in counts) >= 5  # else the strategy shows nothing
